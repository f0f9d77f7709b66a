#include "core/tensor_summary.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "core/exact_dot.h"
#include "core/file.h"
#include "core/npy.h"
#include "core/npz.h"
#include "core/safetensors.h"

namespace basin {
namespace {

// Sums of numbers whose squares could overflow or vanish, on the scale of the largest: a power of two, so that nothing
// is rounded by it.
void add_up(TensorSummary& s, std::vector<double> finite) {
  const double largest = std::fmax(std::fabs(s.min), std::fabs(s.max));
  const int exponent = largest > 0 ? std::ilogb(largest) : 0;
  for (double& value : finite) value = std::ldexp(value, -exponent);
  s.norm = std::ldexp(std::sqrt(exact_dot(finite, finite)), exponent);
  s.mean = std::ldexp(exact_dot(finite, std::vector<double>(finite.size(), 1)) / double(finite.size()), exponent);
}

bool is_number(const std::string& part) { return !part.empty() && part.find_first_not_of("0123456789") == part.npos; }

// Numbers first, and 2 before 10.
auto place(const std::string& part) {
  const std::string digits = is_number(part) ? part.substr(std::min(part.find_first_not_of('0'), part.size() - 1)) : "";
  return std::tuple(!is_number(part), digits.size(), digits, part);
}

bool comes_before(const TensorTree& node, const std::string& part) { return place(node.part) < place(part); }

// The node below with this part that has nodes of its own; made if there is none.
TensorTree& branch(TensorTree& above, const std::string& part, const std::string& name) {
  auto at = std::lower_bound(above.children.begin(), above.children.end(), part, comes_before);
  while (at != above.children.end() && at->part == part && at->tensor) ++at;
  if (at != above.children.end() && at->part == part) return *at;
  return *above.children.insert(at, {.part = part, .name = name});
}

void count(TensorTree& node, const NamedSummary& tensor) {
  ++node.tensors;
  node.total += tensor.numbers;
}

void add(TensorTree& root, const NamedSummary& tensor) {
  TensorTree* node = &root;
  std::size_t start = 0;
  const std::string& name = tensor.name;
  for (int depth = 1; depth < TensorTree::deepest; ++depth) {
    const std::size_t dot = name.find('.', start);
    if (dot == name.npos) break;
    count(*node, tensor);
    node = &branch(*node, name.substr(start, dot - start), name.substr(0, dot));
    start = dot + 1;
  }
  count(*node, tensor);
  const std::string part = name.substr(start);
  const auto at = std::lower_bound(node->children.begin(), node->children.end(), part, comes_before);
  node->children.insert(
      at, {.part = part, .name = name, .tensor = tensor, .tensors = 1, .total = tensor.numbers, .children = {}});
}

FileSummary of_safetensors(std::string_view bytes, const std::string& path) {
  SafeTensors file = parse_safetensors(bytes, path);
  FileSummary all{.metadata = std::move(file.metadata), .tensors = {}, .texts = {}};
  for (const auto& [name, tensor] : file.tensors)
    all.tensors.push_back({name, tensor.shape, file.dtypes.at(name), summary_of(tensor.data)});
  return all;
}

NamedSummary of_npy(const std::string& name, std::string_view bytes, const std::string& where) {
  const Tensor<double> tensor = parse_npy(bytes, where);
  return {name, tensor.shape, npy_type(bytes, where), summary_of(tensor.data)};
}

FileSummary of_npz(std::string_view bytes, const std::string& path) {
  FileSummary all;
  each_npy(bytes, path, [&](const std::string& array, std::string_view npy, const std::string& where) {
    if (npy_holds_numbers(npy))
      all.tensors.push_back(of_npy(array, npy, where));
    else
      all.texts.push_back(array);
  });
  std::ranges::sort(all.tensors, {}, &NamedSummary::name);
  std::ranges::sort(all.texts);
  return all;
}

}  // namespace

TensorSummary& TensorSummary::operator+=(const TensorSummary& other) {
  const double mine = double(finite()), others = double(other.finite()), all = mine + others;
  if (others > 0) mean = mine > 0 ? mean * (mine / all) + other.mean * (others / all) : other.mean;
  norm = std::hypot(norm, other.norm);
  min = std::fmin(min, other.min), max = std::fmax(max, other.max);  // of a NaN and a number, the number
  elements += other.elements, nans += other.nans, infs += other.infs;
  return *this;
}

TensorSummary summary_of(std::span<const double> values) {
  TensorSummary s{.elements = std::int64_t(values.size())};
  std::vector<double> finite;
  finite.reserve(values.size());
  for (const double value : values) {
    if (std::isfinite(value)) {
      s.min = std::fmin(s.min, value), s.max = std::fmax(s.max, value);
      finite.push_back(value);
    } else {
      ++(std::isnan(value) ? s.nans : s.infs);
    }
  }
  if (!finite.empty()) add_up(s, std::move(finite));
  return s;
}

TensorTree tensor_tree(std::span<const NamedSummary> tensors) {
  TensorTree root;
  for (const NamedSummary& tensor : tensors) add(root, tensor);
  return root;
}

FileSummary read_summaries(const std::string& path) { return summaries_of(read_file(path), path); }

FileSummary summaries_of(std::string_view bytes, const std::string& path) {
  if (path.ends_with(".safetensors")) return of_safetensors(bytes, path);
  if (path.ends_with(".npz")) return of_npz(bytes, path);
  if (path.ends_with(".npy")) return {.metadata = {}, .tensors = {of_npy("array", bytes, path)}, .texts = {}};
  throw DataError(path + ": a file of an unknown kind given; wanted one ending in .safetensors, .npz or .npy");
}

}  // namespace basin
