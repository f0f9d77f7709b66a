#include "interp/degeneracy/neuron_match.h"

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/layers/firing_blocks.h"
#include "interp/volume/assignment.h"

namespace basin::interp {
namespace {

using Places = std::vector<std::int64_t>;

std::vector<double> lengths(const Matrix& columns) {
  std::vector<double> squares(columns.cols());
  for (std::int64_t s = 0; s < columns.rows(); ++s)
    for (std::int64_t i = 0; i < columns.cols(); ++i) squares[i] += columns(s, i) * columns(s, i);
  for (double& v : squares) v = std::sqrt(v);
  return squares;
}

// Columns of length 1, or 0.
Matrix to_length_one(Matrix columns, const std::vector<double>& length) {
  for (std::int64_t s = 0; s < columns.rows(); ++s)
    for (std::int64_t i = 0; i < columns.cols(); ++i) columns(s, i) /= length[i] > 0 ? length[i] : 1;
  return columns;
}

Matrix with_ones(const Matrix& columns) {
  Matrix wider({columns.shape[0], columns.cols() + 1}, 1.0);
  for (std::int64_t s = 0; s < columns.rows(); ++s) std::ranges::copy(columns.row(s), wider.row(s).begin());
  return wider;
}

// X with columns X = wanted in the least-squares sense, the smallest in units in which columns have length 1;
// directions that the columns show to less than `cutoff` are taken for unseen.
Matrix combinations(const Matrix& columns, const Matrix& wanted, double cutoff) {
  if (columns.cols() == 0) return Matrix({0, wanted.cols()});
  const std::vector<double> length = lengths(columns);
  const Svd factors = svd(to_length_one(columns, length));
  Matrix along = matmul(factors.U, wanted, true);
  for (std::int64_t i = 0; i < along.rows(); ++i) {
    const bool seen = factors.s[i] > cutoff * factors.s.front();
    for (double& v : along.row(i)) v = seen ? v / factors.s[i] : 0;
  }
  Matrix x = matmul(factors.Vt, along, true);
  for (std::int64_t i = 0; i < x.rows(); ++i)
    for (double& v : x.row(i)) v /= length[i] > 0 ? length[i] : 1;
  return x;
}

// By column, the length of columns X - wanted.
std::vector<double> missed(const Matrix& columns, const Matrix& x, const Matrix& wanted) {
  Matrix left = columns.cols() ? matmul(columns, x) : Matrix(wanted.shape);
  for (std::int64_t i = 0; i < left.size(); ++i) left[i] -= wanted[i];
  return lengths(left);
}

class Matcher {
 public:
  Matcher(const HiddenLayer& first, const Matrix& second, const Matrix& readers, const std::vector<double>& sizes,
          double tolerance)
      : layer_(first),
        first_(first.activations),
        second_(second),
        weights_(readers),
        sizes_(sizes),
        tolerance_(tolerance),
        partner_(second.cols(), -1) {
    match_.mixing = Matrix({second.cols(), first_.cols() + 1});
    match_.readers = Matrix({readers.rows(), second.cols()});
    match_.constant.resize(readers.rows());
  }

  LayerMatch all() {
    for (const FiringBlock& block : firing_blocks(masks(), 0)) match_block(block);
    std::vector<bool> placed(first_.cols());
    for (std::int64_t j = 0; j < second_.cols(); ++j) {
      match_.order.push_back(partner_[j] < 0 ? first_.cols() + j : partner_[j]);
      if (partner_[j] >= 0) placed[partner_[j]] = true;
    }
    for (std::int64_t i = 0; i < first_.cols(); ++i)
      if (!placed[i]) match_.order.push_back(i);
    return std::move(match_);
  }

 private:
  // Both layers' neurons, the first's first.
  FiringMasks masks() const {
    const std::int64_t both = first_.cols() + second_.cols();
    if (layer_.linear) return FiringMasks::always(first_.rows(), both);
    FiringMasks firing(first_.rows(), both);
    for (std::int64_t s = 0; s < first_.rows(); ++s)
      for (std::int64_t i = 0; i < both; ++i)
        if ((i < first_.cols() ? first_(s, i) : second_(s, i - first_.cols())) > 0)
          firing.columns[i][s / 64] |= std::uint64_t(1) << (s % 64);
    return firing;
  }

  void match_block(const FiringBlock& joint) {
    BlockMatch block;
    for (const std::int64_t i : joint.neurons)
      (i < first_.cols() ? block.from : block.to).push_back(i < first_.cols() ? i : i - first_.cols());
    const Matrix from = columns_at(first_, block.from), to = columns_at(second_, block.to);
    for (std::int64_t s = 0; s < first_.rows(); ++s)
      block.fires += joint.kind == BlockKind::always_on || fires(from, to, s);
    find_partners(block, from, to);
    if (!rescale(block, from, to)) mix(block, from, to, joint.kind == BlockKind::always_on);
    match_.blocks.push_back(std::move(block));
  }

  static bool fires(const Matrix& from, const Matrix& to, std::int64_t s) {
    return (from.cols() ? from(s, 0) : to(s, 0)) > 0;
  }

  // Those that are most alike, up to a factor.
  void find_partners(const BlockMatch& block, const Matrix& from, const Matrix& to) {
    const std::int64_t k = std::max(from.cols(), to.cols());
    Matrix alike({k, k});
    if (from.cols() && to.cols()) {
      const Matrix cosines = matmul(to_length_one(to, lengths(to)), to_length_one(from, lengths(from)), true);
      for (std::int64_t j = 0; j < cosines.rows(); ++j)
        for (std::int64_t i = 0; i < cosines.cols(); ++i) alike(j, i) = std::abs(cosines(j, i));
    }
    const Places columns = best_assignment(alike);
    for (std::int64_t j = 0; j < to.cols(); ++j)
      if (columns[j] < from.cols()) partner_[block.to[j]] = block.from[columns[j]];
  }

  // Whether every neuron is its partner times a positive factor; then that is how it is written down.
  bool rescale(BlockMatch& block, const Matrix& from, const Matrix& to) {
    if (from.cols() != to.cols()) return false;
    std::vector<double> factors;
    for (std::size_t j = 0; j < block.to.size(); ++j) {
      const Matrix own = columns_at(second_, {{block.to[j]}}), other = columns_at(first_, {{partner_[block.to[j]]}});
      const double along = dot(other.data, other.data);
      const double factor = along > 0 ? dot(own.data, other.data) / along : 1;
      const Matrix x({1, 1}, factor);
      if (!(factor > 0) || missed(other, x, own)[0] > tolerance_ * lengths(own)[0]) return false;
      factors.push_back(factor);
    }
    for (std::size_t j = 0; j < block.to.size(); ++j) {
      const std::int64_t own = block.to[j], other = partner_[own];
      match_.mixing(own, other) = factors[j];
      for (std::int64_t r = 0; r < weights_.rows(); ++r) match_.readers(r, own) = weights_(r, other) / factors[j];
    }
    block.rescaled = true;
    block.factors = std::move(factors);
    block.rank = std::ssize(block.to);
    return true;
  }

  void mix(BlockMatch& block, const Matrix& from, const Matrix& to, bool always_on) {
    const Matrix sources = always_on && layer_.bias ? with_ones(from) : from;
    const Matrix mixing = combinations(sources, to, cutoff());
    block.reached = write_mixing(block, mixing, missed(sources, mixing, to), lengths(to));
    describe(block, mixing, lengths(from), lengths(to));
    const Matrix wanted = matmul_at(from, block.from);
    const Matrix means = always_on && layer_.readers_bias ? with_ones(to) : to;
    const Matrix readers = combinations(means, wanted, cutoff());
    for (std::int64_t r = 0; r < weights_.rows(); ++r) {
      for (std::size_t j = 0; j < block.to.size(); ++j) match_.readers(r, block.to[j]) = readers(j, r);
      if (means.cols() > to.cols()) match_.constant[r] += readers(to.cols(), r);
    }
    const std::vector<double> left = missed(means, readers, wanted);
    for (std::size_t r = 0; r < left.size(); ++r)
      if (left[r] > 0) block.residual = std::max(block.residual, left[r] / sizes_[r]);
  }

  double cutoff() const { return tolerance_ / 100; }

  // What the readers get from these neurons, [n, readers].
  Matrix matmul_at(const Matrix& from, const Places& neurons) const {
    if (neurons.empty()) return Matrix({first_.rows(), weights_.rows()});
    return matmul(from, columns_at(weights_, neurons), false, true);
  }

  bool write_mixing(const BlockMatch& block, const Matrix& mixing, const std::vector<double>& left,
                    const std::vector<double>& length) {
    for (std::size_t j = 0; j < block.to.size(); ++j) {
      for (std::size_t i = 0; i < block.from.size(); ++i) match_.mixing(block.to[j], block.from[i]) = mixing(i, j);
      if (mixing.rows() > std::ssize(block.from))
        match_.mixing(block.to[j], first_.cols()) = mixing(mixing.rows() - 1, j);
    }
    for (std::size_t j = 0; j < left.size(); ++j)
      if (left[j] > tolerance_ * length[j]) return false;
    return true;
  }

  void describe(BlockMatch& block, const Matrix& mixing, const std::vector<double>& from,
                const std::vector<double>& to) const {
    if (block.from.empty() || block.to.empty()) return;
    Matrix in_units({std::ssize(block.from), std::ssize(block.to)});
    for (std::int64_t i = 0; i < in_units.rows(); ++i)
      for (std::int64_t j = 0; j < in_units.cols(); ++j)
        in_units(i, j) = to[j] > 0 ? mixing(i, j) * from[i] / to[j] : 0;
    const std::vector<double> values = singular_values(in_units);
    block.rank = decide_rank(values, tolerance_).rank;
    if (block.rank) block.condition = values.front() / values[block.rank - 1];
  }

  const HiddenLayer& layer_;
  const Matrix &first_, &second_, &weights_;
  const std::vector<double>& sizes_;
  double tolerance_;
  Places partner_;  // of each of the second, or -1
  LayerMatch match_{};
};

}  // namespace

LayerMatch match_neurons(const HiddenLayer& first, const Matrix& second, const Matrix& readers,
                         const std::vector<double>& sizes, double tolerance) {
  return Matcher(first, second, readers, sizes, tolerance).all();
}

}  // namespace basin::interp
