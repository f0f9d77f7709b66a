#include "experiments/claims/nearly_degenerate.h"

#include <algorithm>
#include <cmath>

namespace basin::experiments {

void repeat_input(ClaimNet& n, double apart, Rng& rng) {
  for (std::int64_t s = 0; s < n.x.rows(); ++s) n.x(s, 1) = n.x(s, 0) + apart * rng.normal();
}

void repeat_far_input(ClaimNet& n, double apart, Rng& rng) {
  constexpr double center = 1000;
  for (std::int64_t i = 0; i < n.net.weights[0].rows(); ++i)
    for (const double w : n.net.weights[0].row(i)) n.net.biases[0][i] -= center * w;
  for (double& v : n.x.data) v += center;
  repeat_input(n, apart, rng);
}

void repeat_neuron(ClaimNet& n, double apart, Rng& rng) {
  Matrix& w = n.net.weights[0];
  for (std::int64_t j = 0; j < w.cols(); ++j) w(1, j) = 2 * w(0, j) + apart * rng.normal();
  n.net.biases[0][1] = 2 * n.net.biases[0][0];
}

void repeat_readers(ClaimNet& n, double apart, Rng& rng) {
  Matrix& w = n.net.weights[1];
  for (std::int64_t i = 0; i < w.rows(); ++i) w(i, 1) = w(i, 0) + apart * rng.normal();
}

void read_difference(ClaimNet& n, double apart, Rng& rng) {
  repeat_input(n, apart, rng);
  std::ranges::fill(n.net.weights[0].row(0), 0.0);
  n.net.weights[0](0, 0) = 1, n.net.weights[0](0, 1) = -1, n.net.biases[0][0] = 0;
}

void in_other_units(ClaimNet& n, double decades, Rng& rng) {
  std::vector<double> in(std::size_t(n.x.cols()));
  for (double& unit : in) unit = std::pow(10, rng.uniform(-decades, decades));
  for (std::int64_t i = 0; i < n.x.size(); ++i) n.x[i] *= in[std::size_t(i % n.x.cols())];
  for (std::int64_t l = 0; l < n.net.layers(); ++l) {
    Matrix& w = n.net.weights[l];
    std::vector<double> out(std::size_t(w.rows()), 1.0);
    for (std::int64_t i = 0; i < w.rows(); ++i) {
      if (l + 1 < n.net.layers()) out[std::size_t(i)] = std::pow(10, rng.uniform(-decades, decades));
      for (std::int64_t j = 0; j < w.cols(); ++j) w(i, j) *= out[std::size_t(i)] / in[std::size_t(j)];
      n.net.biases[l][i] *= out[std::size_t(i)];
    }
    in = out;
  }
}

}  // namespace basin::experiments
