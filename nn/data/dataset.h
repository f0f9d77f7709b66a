// A data set: inputs and targets, one row per sample.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/tensor.h"

namespace basin::nn {

// What a reader was left to decide: as options that make it decide the same again, and in a sentence.
struct Reading {
  std::vector<std::pair<std::string, std::string>> options = {};  // {"task", "classification"}, …
  std::string said = {};
};

struct Dataset {
  std::string name;
  Tensor<float> x;                            // [n, inputs]; tokens are whole numbers stored as float
  Tensor<float> y;                            // class labels [n], or regression targets [n, outputs]
  std::int64_t classes = 0;                   // 0: regression
  std::string source;                         // where the numbers come from: a file, or the recipe with its seed
  std::vector<std::string> class_names = {};  // by label; none: they are called 0 to classes - 1
  Reading reading = {};

  std::int64_t size() const { return x.shape.rank() ? x.shape[0] : 0; }
  std::int64_t inputs() const { return x.cols(); }
  std::int64_t outputs() const { return classes > 0 ? classes : y.cols(); }
  std::string class_name(std::int64_t label) const;

  // Throws DataError naming the data set, row and column: no rows, x and y of different length or wrong rank, a
  // number that is not finite, a label that is not a whole number in [0, classes), names for other than all classes.
  void validate() const;
};

struct Split {
  Dataset train, test;
};

// The rows at `indices`, in that order. Throws ShapeError for an index outside [0, n).
Dataset take_rows(const Dataset& data, std::span<const std::int64_t> indices);

// Shuffles the rows by Rng(seed, "split"); the first floor(n * train_fraction) are for training, the rest for testing.
// Throws UsageError when one of the two would be empty.
Split split(const Dataset& data, double train_fraction, std::uint64_t seed);

// Tells data sets apart: 16 hex digits from classes and their names, shapes and numbers; nothing else counts.
std::string content_hash(const Dataset& data);

}  // namespace basin::nn
