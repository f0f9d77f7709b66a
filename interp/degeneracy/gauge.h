// Phi, the moves that leave the function of a ReLU network unchanged because neurons of a block fire together
// (docs/theory.md §3.1, §3.2): W~^l -> W~^l + A^{l+1} W~^l - W^l A^l with A block-diagonal over firing blocks.
#pragma once
#include "interp/layers/firing_blocks.h"

namespace basin::interp {

// What data and gradients show of a change of dense layer l: linear functionals that vanish where all data do, bases of
// the ranges of G^l and K^{l+1} or of the same on other scales. If `center` is given the change is meant in coordinates
// in which the inputs are f - center, and the bias therefore b + W center.
struct LayerRanges {
  Matrix activations;            // Q_G [d~_l, r_l]; the constant, if the layer has a bias, is the last row
  Matrix gradients;              // Q_K [d_{l+1}, s_{l+1}]
  std::vector<double> center{};  // [d_l], or none
};

// Whether the constant has a column in A beside the neurons of this block: the block is always on, and the dense layers
// before and behind it have biases.
bool joined_by_constant(const ReluNet& net, const FiringBlock& block);

// How many entries of A are free: the rows of GaugeMoves.
std::int64_t gauge_entries(const ReluNet& net, const std::vector<FiringBlock>& blocks);

// Phi^T, one row for each free entry of A: k^2 for a block of k neurons, k(k+1) for one that the constant joins, none
// for a dead one. Columns: the coordinates Q_K^T (A^{l+1} W~^l - W^l A^l) Q_G of all layers l one
// behind the other, sum_l s_{l+1} r_l of them: P_K and P_G of the formula, whose rank is the same, are never formed.
// `blocks` are those of the hidden layers; `ranges` has one entry for each dense layer. ShapeError if they do not fit.
class GaugeMoves {
 public:
  GaugeMoves(const ReluNet& net, const std::vector<LayerRanges>& ranges, const std::vector<FiringBlock>& blocks);

  std::int64_t count() const { return std::int64_t(entries_.size()); }
  std::int64_t columns() const { return start_.back(); }
  Matrix rows(std::int64_t first, std::int64_t count) const;
  Matrix rows() const { return rows(0, count()); }
  std::vector<double> lengths() const;  // of all rows, which are not formed for it

 private:
  // One free entry A_ij of a hidden layer; j = d is the constant.
  struct Entry {
    std::int64_t layer, i, j;
  };

  std::vector<Entry> entries_;
  std::vector<std::int64_t> start_{0};                    // of the columns of each layer
  std::vector<Matrix> source_, output_, reader_, input_;  // a row is output_i x source_j and -reader_i x input_j behind
};

// rank Phi, with its spectral gap.
RankDecision gauge_rank(const ReluNet& net, const std::vector<LayerRanges>& ranges,
                        const std::vector<FiringBlock>& blocks, const Ruler& ruler = {});

}  // namespace basin::interp
