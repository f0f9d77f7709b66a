#include "nn/data/planted/unplanted.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"

namespace basin::nn {
namespace {

using Mask = std::vector<char>;  // over samples

constexpr std::array<std::int64_t, 4> widths{8, 6, 6, 4};
constexpr std::int64_t samples = 2000;
constexpr double rate = 0.15, joint = 0.01;

// He weights for the inputs that a neuron has; between the modules they are zero.
Matrix random_weights(std::int64_t out, std::int64_t in, bool modular, Rng& rng) {
  Matrix w = normal_matrix(out, in, rng);
  const double inputs = modular ? double(in) / 2 : double(in);
  for (std::int64_t i = 0; i < out; ++i)
    for (std::int64_t j = 0; j < in; ++j)
      w(i, j) *= modular && (i < out / 2) != (j < in / 2) ? 0 : std::sqrt(2 / inputs);
  return w;
}

// The bias with which a neuron fires on a random share of the samples, between 0.3 and 0.7.
double bias_for(const Matrix& p, std::int64_t neuron, Rng& rng) {
  std::vector<double> column(p.rows());
  for (std::int64_t x = 0; x < p.rows(); ++x) column[x] = p(x, neuron);
  const auto place = column.begin() + std::int64_t(rng.uniform(0.3, 0.7) * double(column.size()));
  std::nth_element(column.begin(), place, column.end());
  return -*place;
}

struct UnplantedDraw {
  PlantedNet net;
  std::vector<Mask> masks;  // of all hidden neurons
};

// Adds the biases of a hidden layer to p, notes where its neurons fire, and makes activations of p.
std::vector<double> fire(Matrix& p, std::vector<Mask>& masks, Rng& rng) {
  std::vector<double> biases;
  for (std::int64_t j = 0; j < p.cols(); ++j) {
    biases.push_back(bias_for(p, j, rng));
    Mask mask(p.rows());
    for (std::int64_t x = 0; x < p.rows(); ++x) mask[x] = (p(x, j) += biases.back()) > 0;
    masks.push_back(std::move(mask));
  }
  for (double& v : p.data) v = std::max(v, 0.0);
  return biases;
}

UnplantedDraw draw_net(bool modular, Rng& rng) {
  UnplantedDraw draw{{.weights = {}, .biases = {}, .x = normal_matrix(samples, widths[0], rng)}, {}};
  Matrix f = draw.net.x;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    draw.net.weights.push_back(random_weights(widths[l + 1], widths[l], modular, rng));
    f = matmul(f, draw.net.weights.back(), false, true);
    const bool hidden = l + 2 < widths.size();
    draw.net.biases.push_back(hidden ? fire(f, draw.masks, rng) : std::vector<double>(widths[l + 1]));
  }
  return draw;
}

// Whether samples on/on, on/off, off/on and off/off are all common enough; a mask with itself: on and off.
bool common_states(const Mask& a, const Mask& b) {
  std::array<std::int64_t, 4> count{};
  for (std::int64_t x = 0; x < samples; ++x) ++count[2 * a[x] + b[x]];
  if (&a == &b) return std::min(count[0], count[3]) >= std::int64_t(rate * samples);
  return std::ranges::min(count) >= std::int64_t(joint * samples);
}

bool accepted(const std::vector<Mask>& masks) {
  for (std::size_t i = 0; i < masks.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j)
      if (!common_states(masks[i], masks[j])) return false;
  return true;
}

}  // namespace

Matrix smooth_inputs(std::int64_t n, std::int64_t features) {
  Matrix x({n, features});
  for (std::int64_t s = 0; s < n; ++s)
    for (std::int64_t j = 0; j < features; ++j) {
      const double distance = 4 * (double(s) / double(n - 1) - double(j) / double(features - 1));
      x(s, j) = std::exp(-distance * distance / 2);
    }
  return x;
}

PlantedNet normal_net(const std::vector<std::int64_t>& widths, std::int64_t samples, Rng& rng,
                      double (*weight_deviation)(double inputs), double bias_deviation) {
  PlantedNet net{.weights = {}, .biases = {}, .x = normal_matrix(samples, widths.front(), rng)};
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    net.weights.push_back(normal_matrix(widths[l + 1], widths[l], rng, weight_deviation(double(widths[l]))));
    net.biases.push_back(normal_matrix(widths[l + 1], 1, rng, bias_deviation).data);
  }
  return net;
}

PlantedNet random_net(const std::vector<std::int64_t>& widths, std::int64_t samples, Rng rng) {
  return normal_net(
      widths, samples, rng, [](double inputs) { return std::sqrt(2 / inputs); }, 0.3);
}

PlantedNet filtered_net(bool modular, Rng rng) {
  for (;;) {
    UnplantedDraw draw = draw_net(modular, rng);
    if (accepted(draw.masks)) return std::move(draw.net);
  }
}

}  // namespace basin::nn
