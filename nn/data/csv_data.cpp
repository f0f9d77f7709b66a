#include "nn/data/csv_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/csv.h"
#include "core/names.h"

namespace basin::nn {
namespace {

constexpr double max_classes = 65536;

std::int64_t target_column(const CsvTable& table, const std::string& file, const std::string& target) {
  if (table.columns.size() < 2)
    throw DataError(
        fmt::format("{}: {} columns, wanted at least one input and the target", file, table.columns.size()));
  if (target.empty()) return std::int64_t(table.columns.size()) - 1;
  const auto found = std::find(table.columns.begin(), table.columns.end(), target);
  if (found == table.columns.end())
    throw UsageError(fmt::format("{}: no column is called '{}'; help: did you mean '{}'?", file, target,
                                 nearest_name(target, table.columns)));
  return found - table.columns.begin();
}

bool is_label(double value) { return value >= 0 && value == std::floor(value); }

// 0 for regression.
std::int64_t count_classes(const Tensor<float>& y, TargetKind kind, const std::string& name) {
  if (kind == TargetKind::regression) return 0;
  const double classes = double(*std::max_element(y.data.begin(), y.data.end())) + 1;
  if (kind == TargetKind::automatic) {
    const bool labels = std::all_of(y.data.begin(), y.data.end(), is_label);
    return labels && classes <= std::min(double(y.size()), max_classes) ? std::int64_t(classes) : 0;
  }
  if (!(classes >= 1 && classes <= max_classes))
    throw DataError(fmt::format("{}: the largest label is {}, wanted 0 to {}", name, classes - 1, max_classes - 1));
  return std::int64_t(classes);
}

}  // namespace

Dataset read_csv_data(const std::filesystem::path& path, const CsvOptions& options) {
  const CsvTable table = read_csv(path.string());
  const std::int64_t target = target_column(table, path.string(), options.target);
  const std::int64_t n = table.values.rows(), columns = table.values.cols();
  Dataset data{path.stem().string(), Tensor<float>({n, columns - 1}), Tensor<float>({n}), 0, path.string()};
  for (std::int64_t i = 0; i < n; ++i) {
    data.y[i] = float(table.values(i, target));
    for (std::int64_t j = 0, to = 0; j < columns; ++j)
      if (j != target) data.x(i, to++) = float(table.values(i, j));
  }
  data.classes = count_classes(data.y, options.kind, data.name);
  if (data.classes == 0) data.y.shape = {n, 1};
  data.validate();
  return data;
}

void standardise(Split& split) {
  const Tensor<float>& train = split.train.x;
  for (std::int64_t j = 0; j < train.cols(); ++j) {
    double mean = 0, square = 0;
    for (std::int64_t i = 0; i < train.rows(); ++i) mean += train(i, j) / double(train.rows());
    for (std::int64_t i = 0; i < train.rows(); ++i) square += std::pow(train(i, j) - mean, 2) / double(train.rows());
    // Rounding makes the variance of a constant column tiny rather than zero.
    const double scale = std::sqrt(square) > 1e-6 * std::abs(mean) ? 1 / std::sqrt(square) : 1;
    for (Tensor<float>* x : {&split.train.x, &split.test.x})
      for (std::int64_t i = 0; i < x->rows(); ++i) (*x)(i, j) = float(((*x)(i, j) - mean) * scale);
  }
}

}  // namespace basin::nn
