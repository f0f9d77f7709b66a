#include "interp/spectra/vector_programs.h"

#include <algorithm>

namespace basin::interp {

std::string direction_of(const std::string& parameter) { return "direction of " + parameter; }

std::vector<std::string> names_of(const Parameters<double>& parameters) {
  std::vector<std::string> names;
  for (const auto& s : parameters.slices()) names.push_back(s.name);
  return names;
}

ModelPoint with_directions(const ModelPoint& model, std::int64_t count) {
  std::vector<NamedTensor> all = named_tensors(model.parameters);
  const std::size_t parameters = all.size();
  std::vector<std::pair<std::string, Shape>> wanted;
  for (std::size_t i = 0; i < parameters; ++i) {
    wanted.emplace_back(direction_of(all[i].name), Shape{count} + all[i].value.shape);
    all.push_back({wanted.back().first, Tensor<double>(wanted.back().second)});
  }
  const auto trace = [before = model.trace, wanted](Graph& graph, std::int64_t rows) {
    const Ends ends = before(graph, rows);
    for (const auto& [name, shape] : wanted) graph.input(name, shape);
    return ends;
  };
  return {{trace, model.config}, parameters_from(all)};
}

std::span<double> directions_in(Sweeper& sweeper, std::size_t numbers) {
  return sweeper.parameters().flat().last(numbers);
}

Traced traced(Graph& graph, const std::vector<std::string>& names) {
  Traced all;
  for (const std::string& name : names) {
    all.parameters.push_back(graph[name]);
    all.directions.push_back(graph[direction_of(name)]);
  }
  return all;
}

Layout::Layout(const Parameters<double>& parameters) {
  for (const auto& s : parameters.slices()) sizes_.push_back(s.shape.numel());
}

// f(place among the vectors, size) for each piece, in the programs' order.
template <class F>
void Layout::visit(std::int64_t numbers, std::int64_t count, const F& f) const {
  std::int64_t first = 0;
  for (const std::int64_t size : sizes_) {
    for (std::int64_t vector = 0; vector < count; ++vector) f(vector * (numbers / count) + first, size);
    first += size;
  }
}

void Layout::to_program(std::span<const double> vectors, std::int64_t count, double* packed) const {
  visit(std::ssize(vectors), count,
        [&](std::int64_t at, std::int64_t size) { packed = std::copy_n(vectors.data() + at, size, packed); });
}

void Layout::from_program(const double* packed, std::int64_t count, std::span<double> vectors) const {
  visit(std::ssize(vectors), count, [&](std::int64_t at, std::int64_t size) {
    std::copy_n(packed, size, vectors.data() + at);
    packed += size;
  });
}

void Programs::with(std::int64_t count, const std::function<void(Sweeper&)>& use) {
  std::unique_ptr<Sweeper> sweeper = take(count);
  use(*sweeper);
  const std::lock_guard lock(mutex_);
  free_.emplace(count, std::move(sweeper));
}

std::unique_ptr<Sweeper> Programs::take(std::int64_t count) {
  {
    const std::lock_guard lock(mutex_);
    if (auto found = free_.extract(count)) return std::move(found.mapped());
  }
  return make_(count);
}

}  // namespace basin::interp
