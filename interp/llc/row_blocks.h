// The mean over all rows as a sum over blocks of rows, each a run of one program (docs/theory.md §6.4).
#pragma once
#include <span>

#include "autodiff/ops.h"

namespace basin::interp {

// What a run on `block` of `rows` rows adds to the mean loss. Where the rows are more than a block, each loss of a row
// is multiplied by an input, "chains/weights": 1 / rows, or 0 for what fills up the last block (row_weights).
struct BlockLoss {
  Var loss, weights{};  // no weights: one block is all rows, or the loss is one number already
};

inline BlockLoss block_loss(Graph& graph, Var loss, std::int64_t block, std::int64_t rows) {
  const Shape& shape = loss.shape();
  if (shape.rank() == 0) return {loss};
  if (block == rows || shape[0] != block) return {mean(loss)};
  Shape of_rows{block};
  for (int i = 1; i < shape.rank(); ++i) of_rows.push_back(1);
  const Var weights = graph.input("chains/weights", of_rows);
  return {(double(block) / double(shape.numel())) * sum(loss * weights), weights};
}

// Of the block that begins at row `first`. W is a number or a pack of them.
template <class T, class W>
void row_weights(std::span<W> weights, std::int64_t first, std::int64_t rows) {
  for (std::size_t r = 0; r < weights.size(); ++r)
    weights[r] = W(T(first + std::int64_t(r) < rows ? 1 / double(rows) : 0));
}

// Rows of a block, so that all blocks are alike and none has more than `most` rows.
inline std::int64_t even_block(std::int64_t rows, std::int64_t most) {
  const std::int64_t blocks = (rows + most - 1) / most;
  return (rows + blocks - 1) / blocks;
}

}  // namespace basin::interp
