// Straight paths of a named value, one for each row: h(α) = from + α (to - from), while all that does not follow from
// the value stays what the row's data make it. Gradients are averaged along them (docs/theory.md §5.10).
#pragma once
#include <string>

#include "interp/sweep/sweep.h"

namespace basin::interp {

struct Path {
  std::string at;           // an input, or any inner value whose first axis is rows
  Tensor<double> from, to;  // [samples, …]
};

// A named value of all rows, [samples, …]. UsageError for a parameter, ShapeError if its first axis is not rows; errors
// of sweep.
Tensor<double> value_of_rows(const ModelPoint& model, const Inputs& data, const std::string& name,
                             const SweepOptions& options = {});

// To the value on `data`: from 0, from its mean over the data, or from its value on the same row of other data
// (DataError if these have another number of rows).
Path path_from_zero(const ModelPoint& model, const Inputs& data, const std::string& at,
                    const SweepOptions& options = {});
Path path_from_mean(const ModelPoint& model, const Inputs& data, const std::string& at,
                    const SweepOptions& options = {});
Path path_from_other(const ModelPoint& model, const Inputs& data, const Inputs& other, const std::string& at,
                     const SweepOptions& options = {});

// By id, up to that of `to`: which values follow from `from` and lead to `to`, both included. UsageError if `to` does
// not depend on `from`, or looks it up as an index, as of tokens: then there is nothing between its numbers.
std::vector<char> values_between(Var from, Var to);

// The value at which a path lies, in a graph traced for some rows. UsageError for a parameter; ShapeError unless the
// ends of the path are such values for each sample.
Var value_on(const Path& path, Graph& graph, const ModelPoint& model, std::int64_t samples);

}  // namespace basin::interp
