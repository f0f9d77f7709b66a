#include "autodiff/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace basin {
namespace {

void check(const Graph& graph, Var v, const Shape& shape) {
  bool fits = shape.rank() > 0 && shape.rank() == v.shape().rank();
  for (int i = 1; fits && i < v.shape().rank(); ++i) fits = v.shape()[i] == shape[i];
  if (!fits)
    throw ShapeError(fmt::format("runner: data of shape {} given for {}, wanted samples in front of equal axes",
                                 shape.str(), graph.describe(v.id)));
}

void require_rows(std::int64_t first, std::int64_t end, const Shape& shape) {
  if (first < 0 || end > shape[0])
    throw ShapeError(fmt::format("runner: rows {} to {} of data of shape {}", first, end - 1, shape.str()));
}

// What an input's rows come from: held in memory, or read from a file into a buffer.
class InputRows {
 public:
  explicit InputRows(const Tensor<double>& held) : shape(held.shape), held_(&held) {}
  explicit InputRows(const RowSource& read) : shape(read.shape()), read_(&read) {}

  const Shape& shape;
  const double* at(std::int64_t first, std::int64_t count) {
    require_rows(first, first + count, shape);
    const std::int64_t width = shape.numel() / shape[0];
    if (held_) return held_->data.data() + first * width;
    buffer_.resize(std::size_t(count * width));
    read_->read(first, buffer_);
    return buffer_.data();
  }

 private:
  const Tensor<double>* held_ = nullptr;
  const RowSource* read_ = nullptr;
  std::vector<double> buffer_{};
};

// Calls feed(width, from, to) for each input that the program reads: `to` has room for its rows of `width` numbers.
template <class T, class Feed>
void each_input(typename Runner<T>::Batch& batch, const Inputs& data, const Feed& feed) {
  const auto one = [&](const std::string& name, InputRows rows) {
    const Var v = batch.graph[name];
    check(batch.graph, v, rows.shape);
    if (batch.program->has(v)) feed(rows.shape.numel() / rows.shape[0], rows, batch.program->input(v));
  };
  for (const auto& [name, numbers] : data) one(name, InputRows(numbers));
  for (const auto& [name, source] : data.in_files) one(name, InputRows(*source));
}

const Tensor<double>& input_of(const Inputs& data, const std::string& name) {
  const auto found = data.find(name);
  if (found == data.end()) throw NameError("runner: a lane's data have no '" + name + "', which another lane's have");
  return found->second;
}

// The rows of one input that are fed, those of each lane.
template <std::size_t lanes>
struct LaneRows {
  std::int64_t width = 0;  // of a row
  std::span<const std::span<const std::int64_t>, lanes> rows;
  std::array<const double*, lanes> numbers{};

  void require(const Tensor<double>& own, std::size_t lane) const {
    if (rows[lane].size() != rows[0].size())
      throw ShapeError(
          fmt::format("runner: {} rows for lane {}, {} for the first", rows[lane].size(), lane, rows[0].size()));
    for (const std::int64_t row : rows[lane]) require_rows(row, row + 1, own.shape);
  }
  template <class T>
  void put(T* out) const {  // the lanes' numbers side by side
    std::array<const double*, lanes> in;
    for (std::size_t r = 0; r < rows[0].size(); ++r) {
      for (std::size_t l = 0; l < lanes; ++l) in[l] = numbers[l] + rows[l][r] * width;
      for (std::int64_t i = 0; i < width; ++i)
        for (std::size_t l = 0; l < lanes; ++l) *out++ = T(in[l][i]);
    }
  }
};

}  // namespace

template <class T>
Runner<T>::Runner(Model model, const Parameters<T>& parameters, Wanted wanted)
    : model_(std::move(model)), parameters_(parameters), wanted_(std::move(wanted)) {}

template <class T>
typename Runner<T>::Batch& Runner<T>::at(std::int64_t rows) {
  for (auto& [known, batch] : batches_)
    if (known == rows) return *batch;
  auto batch = std::make_unique<Batch>();
  batch->ends = model_.trace(batch->graph, rows);
  batch->spec = wanted_(batch->graph, batch->ends);
  batch->program = std::make_unique<Program<T>>(batch->graph, batch->spec, parameters_.bindings(batch->graph));
  batches_.emplace_back(rows, std::move(batch));
  return *batches_.back().second;
}

template <class T>
typename Runner<T>::Batch& Runner<T>::run(const Inputs& data, std::span<const std::int64_t> rows) {
  Batch& batch = at(std::int64_t(rows.size()));
  each_input<T>(batch, data, [&](std::int64_t width, InputRows& from, std::span<T> to) {
    T* out = to.data();
    for (const std::int64_t row : rows) {
      const double* in = from.at(row, 1);
      for (std::int64_t i = 0; i < width; ++i) *out++ = T(ScalarOf<T>(in[i]));
    }
  });
  batch.program->run();
  return batch;
}

template <class T>
typename Runner<T>::Batch& Runner<T>::run(const Inputs& data, std::int64_t first, std::int64_t count) {
  Batch& batch = at(count);
  each_input<T>(batch, data, [&](std::int64_t width, InputRows& from, std::span<T> to) {
    const double* const in = from.at(first, count);
    std::transform(in, in + count * width, to.data(), [](double v) { return T(ScalarOf<T>(v)); });
  });
  batch.program->run();
  return batch;
}

template <class T>
typename Runner<T>::Batch& Runner<T>::run(std::span<const Inputs* const, lanes_of<T>> data,
                                          std::span<const Rows, lanes_of<T>> rows) {
  Batch& batch = at(std::int64_t(rows[0].size()));
  for (const Inputs* const own : data)
    if (!own->in_files.empty()) throw UsageError("runner: data of a file given for lanes, wanted data in memory");
  for (const auto& [name, numbers] : *data[0]) {
    const Var v = batch.graph[name];
    LaneRows<lanes_of<T>> from{.width = numbers.size() / numbers.shape[0], .rows = rows};
    for (std::size_t l = 0; l < lanes_of<T>; ++l) {
      const Tensor<double>& own = input_of(*data[l], name);
      check(batch.graph, v, own.shape);
      from.require(own, l);
      from.numbers[l] = own.data.data();
    }
    if (batch.program->has(v)) from.put(scalars(batch.program->input(v).data()));
  }
  batch.program->run();
  return batch;
}

template class Runner<float>;
template class Runner<double>;
template class Runner<Pack<float>>;
template class Runner<Pack<double>>;

}  // namespace basin
