// Named values of a model over a data set, kept: in memory, or row by row in a file that may be larger than it; and as
// a table of what they look like.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/tensor_summary.h"
#include "interp/look/site.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

// A value over so many rows, as its cache holds it: [rows, …].
struct CachedValue {
  std::string name{};
  Shape shape{};

  std::int64_t bytes() const { return shape.numel() * std::int64_t(sizeof(double)); }
};

// The values whose names match one of the patterns, in order of computation, and what their cache will be, before
// anything is computed. NameError for a pattern that matches none.
std::vector<CachedValue> cached_values(const Model& model, std::int64_t rows, const std::vector<std::string>& patterns);
std::int64_t cache_bytes(const std::vector<CachedValue>& values);

// All of them in memory, by name. Errors of cached_values and sweep.
std::map<std::string, Tensor<double>> cache(const ModelPoint& model, const Inputs& data,
                                            const std::vector<std::string>& patterns, const SweepOptions& options = {});

// All of them in one .npz, with the memory of one chunk for each thread. The same numbers give the same bytes, whatever
// the threads. A file that was there before stays whole until the new one is. StorageError; errors of cached_values and
// sweep.
void write_cache(const ModelPoint& model, const Inputs& data, const std::vector<std::string>& patterns,
                 const std::string& path, const SweepOptions& options = {});

// A value of one row of the data, without its rows' axis, and what its numbers amount to.
struct RowValue {
  std::string name{};
  Tensor<double> value{};
  TensorSummary numbers{};
  double share_of_zeros = 0;  // NaN without numbers

  double root_mean_square() const;
};

// Errors of cached_values; DataError for a row that is not there.
std::vector<RowValue> values_of_row(const ModelPoint& model, const Inputs& data, std::int64_t row,
                                    const std::vector<std::string>& patterns);

}  // namespace basin::interp
