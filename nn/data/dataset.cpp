#include "nn/data/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "core/error.h"
#include "core/file.h"
#include "core/rng.h"

namespace basin::nn {
namespace {

void check_finite(const Dataset& data, const Tensor<float>& values, const char* which) {
  const std::int64_t columns = values.shape.rank() > 1 ? values.cols() : 1;
  for (std::int64_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw DataError(fmt::format("data set {}: {} row {}, column {} is {}, wanted a finite number", data.name, which,
                                  i / columns, i % columns, values[i]));
}

void check_shapes(const Dataset& data) {
  const int wanted_rank = data.classes > 0 ? 1 : 2;
  if (data.x.shape.rank() != 2 || data.y.shape.rank() != wanted_rank || data.x.shape[0] != data.y.shape[0])
    throw DataError(fmt::format("data set {}: x {} and y {}, wanted x [n,inputs] and y {}", data.name,
                                data.x.shape.str(), data.y.shape.str(), wanted_rank == 1 ? "[n]" : "[n,outputs]"));
  if (data.x.size() == 0 || data.y.size() == 0)
    throw DataError(
        fmt::format("data set {}: empty, x {} and y {}", data.name, data.x.shape.str(), data.y.shape.str()));
}

void check_labels(const Dataset& data) {
  for (std::int64_t i = 0; i < data.y.size(); ++i)
    if (const float label = data.y[i]; label != std::floor(label) || label < 0 || label >= float(data.classes))
      throw DataError(fmt::format("data set {}: y row {}, column 0 is {}, wanted a whole number in [0,{})", data.name,
                                  i, label, data.classes));
}

std::string hash_of(const Tensor<float>& values) {
  const auto* bytes = reinterpret_cast<const char*>(values.data.data());
  return values.shape.str() + fnv1a64_hex({bytes, values.data.size() * sizeof(float)});
}

Tensor<float> picked_rows(const Tensor<float>& from, std::span<const std::int64_t> indices) {
  const std::int64_t n = from.shape[0], width = n ? from.size() / n : 0;
  Shape shape = from.shape;
  shape[0] = std::int64_t(indices.size());
  Tensor<float> out(shape);
  auto to = out.data.begin();
  for (const std::int64_t i : indices) {
    if (i < 0 || i >= n) throw ShapeError(fmt::format("take_rows: row {} of {}", i, from.shape.str()));
    to = std::copy_n(from.data.begin() + i * width, width, to);
  }
  return out;
}

}  // namespace

void Dataset::validate() const {
  if (classes < 0) throw DataError(fmt::format("data set {}: {} classes", name, classes));
  if (!class_names.empty() && std::ssize(class_names) != classes)
    throw DataError(fmt::format("data set {}: {} names for {} classes", name, class_names.size(), classes));
  check_shapes(*this);
  check_finite(*this, x, "x");
  check_finite(*this, y, "y");
  if (classes > 0) check_labels(*this);
}

std::string Dataset::class_name(std::int64_t label) const {
  return class_names.empty() ? std::to_string(label) : class_names.at(std::size_t(label));
}

Dataset take_rows(const Dataset& data, std::span<const std::int64_t> indices) {
  return {data.name,
          picked_rows(data.x, indices),
          picked_rows(data.y, indices),
          data.classes,
          data.source,
          data.class_names,
          data.reading};
}

Split split(const Dataset& data, double train_fraction, std::uint64_t seed) {
  const std::int64_t n = data.size();
  // The small term keeps a fraction such as 0.29 of 100 rows from losing one to rounding.
  const auto train = std::int64_t(std::floor(double(n) * train_fraction + 1e-6));
  if (!(train_fraction > 0 && train_fraction < 1) || train < 1 || train >= n)
    throw UsageError(
        fmt::format("data set {}: a training fraction of {} of {} rows leaves a part empty; help: choose "
                    "a fraction between 0 and 1, such as 0.8",
                    data.name, train_fraction, n));
  const std::vector<std::int64_t> order = Rng(seed, "split").permutation(n);
  const auto rows = std::span(order);
  return {take_rows(data, rows.first(std::size_t(train))), take_rows(data, rows.subspan(std::size_t(train)))};
}

std::string content_hash(const Dataset& data) {
  std::string text = fmt::format("{} {} {}", data.classes, hash_of(data.x), hash_of(data.y));
  if (!data.class_names.empty()) text += fmt::format(" {}", data.class_names);
  return fnv1a64_hex(text);
}

}  // namespace basin::nn
