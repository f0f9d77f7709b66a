#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/csv.h"
#include "core/file.h"
#include "core/idx.h"
#include "core/npy.h"
#include "core/npz.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {
namespace {

// Nothing but the array that is wanted has to be one of numbers.
Tensor<double> inputs_in(std::string_view bytes, const std::string& path) {
  std::map<std::string, std::string> files;
  each_npy(bytes, path, [&](const std::string& array, std::string_view npy, const std::string&) {
    if (array == "x" || npy_holds_numbers(npy)) files.emplace(array, npy);
  });
  const auto chosen = files.contains("x") ? files.find("x") : files.begin();
  if (chosen != files.end() && (chosen->first == "x" || files.size() == 1))
    return parse_npy(chosen->second, fmt::format("{}: array {}", path, excerpt(chosen->first)));
  std::vector<std::string> names;
  for (const auto& [name, npy] : files) names.push_back(name);
  throw DataError(
      fmt::format("{}: {} given; wanted one of numbers, or one named x; help: save the inputs alone, as .npy", path,
                  names.empty() ? "no array of numbers" : fmt::format("arrays {}", fmt::join(names, ", "))));
}

Tensor<double> read_table(const std::string& path) {
  if (path.ends_with(".npy")) return read_npy(path);
  if (path.ends_with(".npz")) return inputs_in(read_file(path), path);
  if (path.ends_with(".csv")) return read_csv(path).values;
  if (is_idx_name(path)) return read_pixels(path);
  throw DataError(path +
                  ": inputs of an unknown kind given; wanted a file ending in .npy, .npz or .csv, or an IDX file");
}

}  // namespace

Tensor<double> read_samples(const std::string& path, std::int64_t most) {
  Tensor<double> table = read_table(path);
  const Shape& shape = table.shape;
  if (shape.rank() < 2 || table.size() == 0)
    throw DataError(fmt::format("{}: inputs of shape {} given; wanted [samples, features]{}", path, shape.str(),
                                shape.rank() == 1 ? "; help: one feature is [samples, 1]" : ""));
  for (std::int64_t i = 0; i < table.size(); ++i)
    if (!std::isfinite(table[i]))
      throw DataError(fmt::format("{}: the number in sample {} is {}", path, i / (table.size() / shape[0]), table[i]));
  const Shape first = Shape{std::min(most, shape[0])} + shape.last(shape.rank() - 1);
  table.data.resize(first.numel());
  return {first, std::move(table.data)};
}

Inputs inputs_in_file(const std::string& name, const std::string& path, bool flat, std::int64_t most) {
  Inputs inputs;
  if (auto rows = rows_in_file(path, most, flat))
    inputs.in_files[name] = std::move(rows);
  else
    inputs[name] = flat ? read_inputs(path, most) : read_samples(path, most);
  return inputs;
}

std::int64_t columns_of(const Inputs& inputs, const std::string& name) {
  const auto in_file = inputs.in_files.find(name);
  return in_file == inputs.in_files.end() ? inputs.at(name).cols() : in_file->second->shape().back();
}

Matrix read_inputs(const std::string& path, std::int64_t most) {
  Tensor<double> table = read_samples(path, most);
  const std::int64_t samples = table.shape[0];
  return {{samples, table.size() / samples}, std::move(table.data)};
}

}  // namespace basin::interp
