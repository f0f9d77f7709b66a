// A data set: inputs and targets, one row per sample.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "core/tensor.h"

namespace basin::nn {

struct Dataset {
  std::string name;
  Tensor<float> x;           // [n, inputs]; tokens are whole numbers stored as float
  Tensor<float> y;           // class labels [n], or regression targets [n, outputs]
  std::int64_t classes = 0;  // 0: regression
  std::string source;        // where the numbers come from: a file, or the recipe with its seed

  std::int64_t size() const { return x.shape.rank() ? x.shape[0] : 0; }
  std::int64_t inputs() const { return x.cols(); }
  std::int64_t outputs() const { return classes > 0 ? classes : y.cols(); }

  // Throws DataError naming the data set, row and column: no rows, x and y of different length or wrong rank, a
  // number that is not finite, a label that is not a whole number in [0, classes).
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

// Tells data sets apart: 16 hex digits from classes, shapes and numbers; name and source do not count.
std::string content_hash(const Dataset& data);

}  // namespace basin::nn
