#include "interp/look/cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/npz_stream.h"
#include "interp/sweep/rows.h"

namespace basin::interp {
namespace {

std::vector<std::string> names_of(const std::vector<CachedValue>& values) {
  std::vector<std::string> names;
  for (const CachedValue& v : values) names.push_back(v.name);
  return names;
}

}  // namespace

std::vector<CachedValue> cached_values(const Model& model, std::int64_t rows,
                                       const std::vector<std::string>& patterns) {
  Graph graph;
  model.trace(graph, 1);
  std::vector<CachedValue> values;
  for (const std::string& name : names_matching(model, patterns)) {
    CachedValue& v = values.emplace_back(CachedValue{name, graph[name].shape()});
    if (v.shape[0] != 1)
      throw ShapeError(fmt::format("cache: '{}' has more than one of its first axis for each row", name));
    v.shape[0] = rows;
  }
  return values;
}

std::int64_t cache_bytes(const std::vector<CachedValue>& values) {
  std::int64_t bytes = 0;
  for (const CachedValue& v : values) bytes += v.bytes();
  return bytes;
}

std::map<std::string, Tensor<double>> cache(const ModelPoint& model, const Inputs& data,
                                            const std::vector<std::string>& patterns, const SweepOptions& options) {
  const std::vector<CachedValue> values = cached_values(model, rows_of(data, "cache"), patterns);
  std::map<std::string, Tensor<double>> kept;
  for (const CachedValue& v : values) kept[v.name] = Tensor<double>(v.shape);
  sweep(model, data, {.fetch = names_of(values)}, options, [&](const Chunk& chunk) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      Tensor<double>& to = kept.at(values[i].name);
      std::ranges::copy(chunk.values[i], to.data.begin() + chunk.first * (to.size() / to.shape[0]));
    }
  });
  return kept;
}

void write_cache(const ModelPoint& model, const Inputs& data, const std::vector<std::string>& patterns,
                 const std::string& path, const SweepOptions& options) {
  const std::vector<CachedValue> values = cached_values(model, rows_of(data, "cache"), patterns);
  std::vector<std::pair<std::string, Shape>> arrays;
  for (const CachedValue& v : values) arrays.emplace_back(v.name, v.shape);
  NpzStream out(path, arrays);
  sweep(model, data, {.fetch = names_of(values)}, options, [&](const Chunk& chunk) {
    for (std::size_t i = 0; i < values.size(); ++i) out.write(values[i].name, chunk.first, chunk.values[i]);
  });
  out.keep();
}

double RowValue::root_mean_square() const { return numbers.norm / std::sqrt(double(numbers.finite())); }

std::vector<RowValue> values_of_row(const ModelPoint& model, const Inputs& data, std::int64_t row,
                                    const std::vector<std::string>& patterns) {
  if (const std::int64_t rows = rows_of(data, "values"); row < 0 || row >= rows)
    throw DataError(fmt::format("row {} asked for; there are rows 0 to {}", row, rows - 1));
  const Inputs one = rows_at(data, {row});
  const auto kept = cache(model, one, patterns, {.chunk = 1});
  std::vector<RowValue> values;
  for (const CachedValue& v : cached_values(model, 1, patterns)) {
    RowValue& r = values.emplace_back(RowValue{v.name, kept.at(v.name)});
    r.value.shape = v.shape.last(v.shape.rank() - 1);
    r.numbers = summary_of(r.value.data);
    r.share_of_zeros = double(std::ranges::count(r.value.data, 0.0)) / double(r.value.size());
  }
  return values;
}

}  // namespace basin::interp
