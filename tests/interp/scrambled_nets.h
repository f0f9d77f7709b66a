// Random networks, and copies of a network that compute the same on its data, or nearly: moves in plain loops, to hold
// same_function against.
#pragma once
#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"
#include "interp/layers/plain_loops.h"

namespace basin::interp {

inline ReluNet random_net(const std::vector<std::int64_t>& widths, std::uint64_t seed, bool biases = true) {
  Rng rng(seed, "net");
  ReluNet net;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    net.weights.push_back(normal_matrix(widths[l + 1], widths[l], rng));
    net.biases.push_back(biases ? normal_matrix(1, widths[l + 1], rng, 0.3).data : std::vector<double>{});
  }
  return net;
}

inline Matrix samples(std::int64_t rows, std::int64_t columns, std::uint64_t seed = 9) {
  Rng rng(seed, "x");
  return normal_matrix(rows, columns, rng);
}

inline void scale_neuron(ReluNet& net, std::int64_t l, std::int64_t i, double by) {
  for (double& w : net.weights[l].row(i)) w *= by;
  if (net.has_bias(l)) net.biases[l][i] *= by;
  for (std::int64_t r = 0; r < net.weights[l + 1].rows(); ++r) net.weights[l + 1](r, i) /= by;
}

// Each neuron of every hidden layer by 1e-6 to 1e6.
inline void scale_neurons(ReluNet& net, Rng& rng) {
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l)
    for (std::int64_t i = 0; i < net.weights[l].rows(); ++i)
      scale_neuron(net, l, i, std::pow(10.0, rng.uniform(-6, 6)));
}

inline void swap_rows(ReluNet& net, std::int64_t l, std::int64_t i, std::int64_t j) {
  for (std::int64_t c = 0; c < net.weights[l].cols(); ++c) std::swap(net.weights[l](i, c), net.weights[l](j, c));
  if (net.has_bias(l)) std::swap(net.biases[l][i], net.biases[l][j]);
}

inline void swap_neurons(ReluNet& net, std::int64_t l, std::int64_t i, std::int64_t j) {
  swap_rows(net, l, i, j);
  for (std::int64_t r = 0; r < net.weights[l + 1].rows(); ++r)
    std::swap(net.weights[l + 1](r, i), net.weights[l + 1](r, j));
}

inline void permute_neurons(ReluNet& net, Rng& rng) {
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l)
    for (std::int64_t i = net.weights[l].rows() - 1; i > 0; --i)
      swap_neurons(net, l, i, std::int64_t(rng.below(std::uint64_t(i + 1))));
}

// Neuron i of hidden layer l becomes itself plus `share` of neuron j, which fires on the same samples; readers take it
// back.
inline void add_neuron(ReluNet& net, std::int64_t l, std::int64_t i, std::int64_t j, double share) {
  for (std::int64_t c = 0; c < net.weights[l].cols(); ++c) net.weights[l](i, c) += share * net.weights[l](j, c);
  if (net.has_bias(l)) net.biases[l][i] += share * net.biases[l][j];
  for (std::int64_t r = 0; r < net.weights[l + 1].rows(); ++r)
    net.weights[l + 1](r, j) -= share * net.weights[l + 1](r, i);
}

// Whether neurons i and j fire on the same samples, of which there are some.
inline bool together(const Matrix& pre, std::int64_t i, std::int64_t j) {
  bool fires = false;
  for (std::int64_t s = 0; s < pre.rows(); ++s) {
    if ((pre(s, i) > 0) != (pre(s, j) > 0)) return false;
    fires = fires || pre(s, i) > 0;
  }
  return fires;
}

// Every two that fire together, by positive shares: signs stay.
inline void mix_blocks(ReluNet& net, const Matrix& x, Rng& rng) {
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l) {
    const Matrix pre = plain_pre_activations(net, x)[l];
    for (std::int64_t i = 0; i < pre.cols(); ++i)
      for (std::int64_t j = 0; j < pre.cols(); ++j)
        if (i != j && together(pre, i, j)) add_neuron(net, l, i, j, rng.uniform(0.1, 0.9));
  }
}

// Weights of every layer move where its inputs show nothing.
inline void move_unseen(ReluNet& net, const Matrix& x, Rng& rng, double size = 0.5) {
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    Matrix inputs = plain_nodes(net, x)[l];
    const Matrix unseen = null_space(inputs);
    for (std::int64_t v = 0; v < unseen.cols(); ++v)
      for (std::int64_t i = 0; i < net.weights[l].rows(); ++i) {
        const double by = size * rng.normal();
        for (std::int64_t c = 0; c < net.weights[l].cols(); ++c) net.weights[l](i, c) += by * unseen(c, v);
        net.biases[l][i] += by * unseen(net.weights[l].cols(), v);
      }
  }
}

// Neurons that never fire get other weights with which they never do.
inline void redraw_dead(ReluNet& net, const Matrix& x, Rng& rng) {
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l) {
    const std::vector<Matrix> nodes = plain_nodes(net, x);
    for (std::int64_t i = 0; i < net.weights[l].rows(); ++i) {
      bool fires = false;
      for (std::int64_t s = 0; s < x.rows(); ++s) fires = fires || nodes[l + 1](s, i) > 0;
      if (fires) continue;
      for (double& w : net.weights[l].row(i)) w = rng.normal();
      double most = 0;
      for (std::int64_t s = 0; s < x.rows(); ++s) {
        double p = 0;
        for (std::int64_t c = 0; c < net.weights[l].cols(); ++c) p += net.weights[l](i, c) * nodes[l](s, c);
        most = std::max(most, p);
      }
      net.biases[l][i] = -most - 1;
    }
  }
}

// How far a network's outputs are from wanted ones, by column and in plain loops.
inline double moved_by(const ReluNet& net, const Matrix& x, const Matrix& wanted) {
  const Matrix got = plain_pre_activations(net, x).back();
  double worst = 0;
  for (std::int64_t o = 0; o < got.cols(); ++o) {
    double size = 0, most = 0;
    for (std::int64_t s = 0; s < got.rows(); ++s) {
      size = std::max(size, std::abs(wanted(s, o)));
      most = std::max(most, std::abs(got(s, o) - wanted(s, o)));
    }
    worst = std::max(worst, most / size);
  }
  return worst;
}

inline ReluNet scrambled(ReluNet net, const Matrix& x, Rng rng) {
  redraw_dead(net, x, rng);
  mix_blocks(net, x, rng);
  move_unseen(net, x, rng);
  permute_neurons(net, rng);
  scale_neurons(net, rng);
  return net;
}

}  // namespace basin::interp
