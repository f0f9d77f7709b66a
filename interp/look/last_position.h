// What models of tokens hold at the last position, over a data set: a value there, and where attention looks from
// there (docs/theory.md §5.8). Names are those of nn/transformer.h.
#pragma once
#include "interp/sweep/sweep.h"

namespace basin::interp {

// A named value [rows, positions, d] at its last position: [samples, d]. ShapeError for another number of axes; errors
// of sweep.
Matrix at_last_position(const ModelPoint& model, const Inputs& inputs, const std::string& name,
                        const SweepOptions& options = {});

// The attention pattern [rows, head, query, key] of that name, of the last query: [samples, head, key], and its mean
// over the samples, [head, key]. ShapeError for another number of axes; errors of sweep.
Tensor<double> last_attention(const ModelPoint& model, const Inputs& inputs, const std::string& name,
                              const SweepOptions& options = {});
Matrix mean_attention(const ModelPoint& model, const Inputs& inputs, const std::string& name,
                      const SweepOptions& options = {});

}  // namespace basin::interp
