// What the numbers of tensors amount to: one by one, and added up along the dots of their names.
//   for (const NamedSummary& t : read_summaries("net.safetensors").tensors) … t.numbers.norm …
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/shape.h"

namespace basin {

// NaN and Inf are counted; all else is of the finite elements, and no sum overflows on the way. Summaries add up: that
// of the parts is that of the whole, to rounding.
struct TensorSummary {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();  // if no element is finite

  std::int64_t elements = 0, nans = 0, infs = 0;
  double min = none, max = none, mean = none;
  double norm = 0;  // Frobenius: the square root of the sum of squares; 0 without elements

  std::int64_t finite() const { return elements - nans - infs; }
  TensorSummary& operator+=(const TensorSummary& other);
};

TensorSummary summary_of(std::span<const double> values);

struct NamedSummary {
  std::string name;
  Shape shape;
  std::string dtype;  // as the file spells it: F32, <f4
  TensorSummary numbers;
};

// A node is a tensor or has nodes below it. A tensor "a" beside one "a.b" is a node of its own.
struct TensorTree {
  std::string part = {};  // of the name, between two dots; empty at the root
  std::string name = {};  // up to here
  std::optional<NamedSummary> tensor = {};
  std::int64_t tensors = 0;               // here and below
  TensorSummary total = {};               // of all of them
  std::vector<TensorTree> children = {};  // numbers by their value, then words by the alphabet
  static constexpr int deepest = 64;      // names with more dots keep the last ones in one part
};

TensorTree tensor_tree(std::span<const NamedSummary> tensors);

struct FileSummary {
  std::map<std::string, std::string> metadata;  // of safetensors
  std::vector<NamedSummary> tensors;            // by name; the one of a .npy is called "array"
  std::vector<std::string> texts;               // arrays in a .npz that hold no numbers, such as text
};

// Of .safetensors, .npz or .npy. DataError for another ending and for all that their readers refuse.
FileSummary read_summaries(const std::string& path);
FileSummary summaries_of(std::string_view bytes, const std::string& path);

}  // namespace basin
