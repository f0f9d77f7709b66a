#include "interp/degeneracy/same_function.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "interp/layers/relu_net_parts.h"

namespace basin::interp {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw ShapeError("same function: " + what +
                   "; help: two networks are compared that differ in their numbers at most, "
                   "and in the sizes of hidden layers");
}

void check(const ReluNet& a, const ReluNet& b, const Matrix& x) {
  a.validate("same function: the first network");
  b.validate("same function: the second network");
  const auto both = [](const char* what, auto first, auto second) {
    if (first != second) refuse(fmt::format("{} {} in the first network and {} in the second", what, first, second));
  };
  both("dense layers:", a.layers(), b.layers());
  both("inputs:", a.widths().front(), b.widths().front());
  both("outputs:", a.widths().back(), b.widths().back());
  both("no ReLU between the layers:", a.linear, b.linear);
  for (std::int64_t l = 0; l < a.layers(); ++l)
    both(("a bias of " + layer_name(a, l) + ":").c_str(), a.has_bias(l), b.has_bias(l));
  if (x.shape.rank() != 2 || x.cols() != a.widths().front())
    refuse(fmt::format("inputs {} given for networks of {} inputs", x.shape.str(), a.widths().front()));
  if (x.rows() < 1) throw DataError("same function: no samples given; wanted 1 or more");
}

struct Apart {
  double difference = 0;
  std::int64_t row = 0, output = 0;
};

// Each output is measured by the largest that the first two networks have of it.
std::vector<double> output_sizes(const Matrix& a, const Matrix& b) {
  std::vector<double> size(a.cols());
  for (std::int64_t s = 0; s < a.rows(); ++s)
    for (std::int64_t o = 0; o < a.cols(); ++o) size[o] = std::max({size[o], std::abs(a(s, o)), std::abs(b(s, o))});
  return size;
}

Apart apart(const Matrix& a, const Matrix& b, const std::vector<double>& size) {
  Apart most;
  for (std::int64_t s = 0; s < a.rows(); ++s)
    for (std::int64_t o = 0; o < a.cols(); ++o) {
      const double d = a(s, o) == b(s, o) ? 0 : std::abs(a(s, o) - b(s, o)) / size[o];
      if (d > most.difference) most = {d, s, o};
    }
  return most;
}

bool equal_numbers(const ReluNet& a, const ReluNet& b) {
  const auto equal = [](const Matrix& v, const Matrix& w) { return v.shape == w.shape && v.data == w.data; };
  return std::ranges::equal(a.weights, b.weights, equal) && a.biases == b.biases;
}

// Neurons of hidden layer `l` that fire on no sample or that nothing reads.
std::vector<std::int64_t> silent(const ReluNet& net, std::int64_t l, const Matrix& activations) {
  std::vector<std::int64_t> found;
  for (std::int64_t i = 0; i < activations.cols(); ++i) {
    bool gives = false, read = false;
    for (std::int64_t s = 0; s < activations.rows(); ++s) gives = gives || activations(s, i) != 0;
    for (std::int64_t r = 0; r < net.weights[l + 1].rows(); ++r) read = read || net.weights[l + 1](r, i) != 0;
    if (!gives || !read) found.push_back(i);
  }
  return found;
}

class PathFinder {
 public:
  PathFinder(const ReluNet& a, const ReluNet& b, const Matrix& x, double tolerance)
      : x_(x),
        tolerance_(tolerance),
        b_(b),
        kept_(a.layers()),
        now_(a),
        target_(activations(b, x)),
        wanted_(outputs(a, x)) {
    sizes_ = output_sizes(wanted_, target_.back());
  }

  void find(SameFunction& found) {
    found_ = &found;
    remove_silent();
    own_ = activations(now_, x_);
    start_ = now_;
    for (std::int64_t l = 0; l + 1 < now_.layers(); ++l)
      if (!go_through(l)) return;
    set_unseen(now_.layers() - 1);
    if (!found.path.empty()) found.path.back().after = b_;
    for (const Move& move : found.path) found.residual = std::max(found.residual, move.residual);
    if (found.residual > tolerance_)
      found.stuck =
          fmt::format("outputs move by {:.1e} on the path found, which is more than the tolerance", found.residual);
    else
      found.verdict = Sameness::same;
  }

 private:
  double residual_of(const ReluNet& net) const { return apart(wanted_, outputs(net, x_), sizes_).difference; }

  void add(Move move) {
    move.after = now_;
    move.residual = residual_of(now_);
    found_->path.push_back(std::move(move));
  }

  // From the last layer on, since what only removed neurons read is read by none. Where all are silent one is kept,
  // without weights.
  void remove_silent() {
    const std::vector<Matrix> f = activations(now_, x_);
    for (std::int64_t l = now_.layers() - 2; l >= 0; --l) {
      std::vector<std::int64_t> gone = silent(now_, l, f[l + 1]), kept;
      const std::int64_t all = now_.weights[l].rows();
      if (std::ssize(gone) == all) blank_first(l), gone.erase(gone.begin());
      if (gone.empty()) continue;
      for (std::int64_t i = 0; i < all; ++i)
        if (!std::ranges::binary_search(gone, i)) kept.push_back(i);
      now_ = with_neurons(std::move(now_), l, kept);
      kept_[l] = std::move(kept);
      add({.kind = MoveKind::removed, .layer = l, .neurons = std::move(gone)});
    }
  }

  void blank_first(std::int64_t l) {
    std::ranges::fill(now_.weights[l].row(0), 0.0);
    if (now_.has_bias(l)) now_.biases[l][0] = 0;
    for (std::int64_t r = 0; r < now_.weights[l + 1].rows(); ++r) now_.weights[l + 1](r, 0) = 0;
  }

  // The largest that a reader's pre-activation can be by the lengths of what it adds up, in root sums over samples.
  std::vector<double> reader_sizes(std::int64_t l) const {
    const Matrix &w = start_.weights[l + 1], &f = own_[l + 1];
    std::vector<double> length(f.cols()), sizes(w.rows());
    for (std::int64_t i = 0; i < f.cols(); ++i) {
      for (std::int64_t s = 0; s < f.rows(); ++s) length[i] += f(s, i) * f(s, i);
      length[i] = std::sqrt(length[i]);
    }
    for (std::int64_t r = 0; r < w.rows(); ++r) {
      if (start_.has_bias(l + 1)) sizes[r] = std::abs(start_.biases[l + 1][r]) * std::sqrt(double(f.rows()));
      for (std::int64_t i = 0; i < f.cols(); ++i) sizes[r] += std::abs(w(r, i)) * length[i];
    }
    return sizes;
  }

  // Hidden layer l of the network as it is now becomes that of b.
  bool go_through(std::int64_t l) {
    const LayerMatch match = match_neurons({own_[l + 1], now_.linear, now_.has_bias(l), now_.has_bias(l + 1)},
                                           target_[l + 1], start_.weights[l + 1], reader_sizes(l), tolerance_);
    const BlockMatch& worst = *std::ranges::max_element(match.blocks, {}, &BlockMatch::residual);
    if (worst.residual > tolerance_) return stop(l, worst);
    const ReluNet before = now_;
    reorder(l, match);
    mix(l, before, match);
    set_unseen(l);
    return true;
  }

  bool stop(std::int64_t l, const BlockMatch& block) {
    std::vector<std::int64_t> neurons = block.from;  // as the first network counts them
    for (std::int64_t& i : neurons) i = kept_[l].empty() ? i : kept_[l][i];
    const std::string who = fmt::format("{}: neurons {} of the first network, which fire on {} of {} samples",
                                        layer_name(b_, l), fmt::join(neurons, " "), block.fires, x_.rows());
    found_->stuck = block.to.empty()
                        ? who + ", are read, and no neuron of the second fires on the same ones"
                        : fmt::format(
                              "{}, give what neurons {} of the second, on the same ones, do not: {:.1e} of what "
                              "is read is left",
                              who, fmt::join(block.to, " "), block.residual);
    return false;
  }

  void reorder(std::int64_t l, const LayerMatch& match) {
    const std::int64_t own = now_.weights[l].rows();
    bool as_it_was = std::ssize(match.order) == own;
    for (std::size_t j = 0; j < match.order.size(); ++j) as_it_was = as_it_was && match.order[j] == std::int64_t(j);
    if (as_it_was) return;
    now_ = with_neurons(beside(l), l, match.order);
    add({.kind = MoveKind::ordered, .layer = l, .neurons = match.order, .before = own});
  }

  // Layer l with b's neurons behind its own, and nothing that reads them.
  ReluNet beside(std::int64_t l) const {
    ReluNet net = now_;
    const Matrix &own = now_.weights[l], &other = b_.weights[l], &readers = now_.weights[l + 1];
    net.weights[l] = Matrix({own.rows() + other.rows(), own.cols()});
    std::ranges::copy(own.data, net.weights[l].data.begin());
    std::ranges::copy(other.data, net.weights[l].data.begin() + own.size());
    net.biases[l].insert(net.biases[l].end(), b_.biases[l].begin(), b_.biases[l].end());
    net.weights[l + 1] = Matrix({readers.rows(), own.rows() + other.rows()});
    for (std::int64_t r = 0; r < readers.rows(); ++r)
      std::ranges::copy(readers.row(r), net.weights[l + 1].row(r).begin());
    return net;
  }

  // Rows by `mixing` of those before, where they give b's activations; else b's own rows.
  void mix(std::int64_t l, const ReluNet& before, const LayerMatch& match) {
    Move move{.kind = MoveKind::mixed, .layer = l};
    for (const BlockMatch& block : match.blocks)
      if (changes(block)) move.blocks.push_back(block);
    now_.weights[l + 1] = match.readers;
    for (std::size_t r = 0; r < now_.biases[l + 1].size(); ++r) now_.biases[l + 1][r] += match.constant[r];
    now_.weights[l] = b_.weights[l];
    now_.biases[l] = b_.biases[l];
    ReluNet mixed = now_;
    for (const BlockMatch& block : match.blocks)
      if (block.reached && !block.from.empty())
        for (const std::int64_t j : block.to) mix_row(mixed, before, l, j, match.mixing);
    if (residual_of(mixed) <= tolerance_) now_ = std::move(mixed);
    if (!move.blocks.empty()) add(std::move(move));
  }

  bool changes(const BlockMatch& block) const {
    if (!block.rescaled) return !block.from.empty();
    return !std::ranges::all_of(block.factors, [&](double f) { return std::abs(f - 1) <= tolerance_; });
  }

  static void mix_row(ReluNet& into, const ReluNet& from, std::int64_t l, std::int64_t j, const Matrix& mixing) {
    const Matrix& rows = from.weights[l];
    std::ranges::fill(into.weights[l].row(j), 0.0);
    for (std::int64_t i = 0; i < rows.rows(); ++i)
      for (std::int64_t c = 0; c < rows.cols(); ++c) into.weights[l](j, c) += mixing(j, i) * rows(i, c);
    if (!into.has_bias(l)) return;
    into.biases[l][j] = mixing(j, rows.rows());
    for (std::int64_t i = 0; i < rows.rows(); ++i) into.biases[l][j] += mixing(j, i) * from.biases[l][i];
  }

  // The weights of layer l become those of b, of which its inputs show no difference.
  void set_unseen(std::int64_t l) {
    const std::int64_t numbers = changed(l);
    now_.weights[l] = b_.weights[l];
    now_.biases[l] = b_.biases[l];
    if (numbers) add({.kind = MoveKind::unseen, .layer = l, .numbers = numbers});
  }

  std::int64_t changed(std::int64_t l) const {
    std::int64_t count = 0;
    for (std::int64_t j = 0; j < b_.weights[l].rows(); ++j) {
      std::vector<double> was(now_.weights[l].row(j).begin(), now_.weights[l].row(j).end());
      std::vector<double> is(b_.weights[l].row(j).begin(), b_.weights[l].row(j).end());
      if (b_.has_bias(l)) was.push_back(now_.biases[l][j]), is.push_back(b_.biases[l][j]);
      double largest = 0;
      for (std::size_t c = 0; c < is.size(); ++c) largest = std::max({largest, std::abs(was[c]), std::abs(is[c])});
      for (std::size_t c = 0; c < is.size(); ++c) count += std::abs(was[c] - is[c]) > tolerance_ * largest;
    }
    return count;
  }

  const Matrix& x_;
  double tolerance_;
  const ReluNet& b_;
  std::vector<std::vector<std::int64_t>> kept_;  // by layer, the neurons of a that are left; none: all
  ReluNet now_, start_{};                        // start_: a without its silent neurons
  std::vector<Matrix> own_{}, target_;           // activations of start_ and of b
  Matrix wanted_;                                // outputs of a
  std::vector<double> sizes_{};
  SameFunction* found_ = nullptr;
};

}  // namespace

SameFunction same_function(const ReluNet& a, const ReluNet& b, const Matrix& x, double tolerance) {
  check(a, b, x);
  const Matrix ya = outputs(a, x), yb = outputs(b, x);
  require_finite("same function: outputs of the first network", ya);
  require_finite("same function: outputs of the second network", yb);
  const Apart most = apart(ya, yb, output_sizes(ya, yb));
  SameFunction found{.difference = most.difference, .row = most.row, .output = most.output};
  if (most.difference > tolerance) return found;
  found.verdict = equal_numbers(a, b) ? Sameness::same : Sameness::undecided;
  if (found.verdict == Sameness::undecided) PathFinder(a, b, x, tolerance).find(found);
  return found;
}

}  // namespace basin::interp
