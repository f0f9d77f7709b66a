#include "nn/fourier_addition.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "nn/data/modular_arithmetic.h"

namespace basin::nn {
namespace {

void require_odd(std::int64_t p) {
  if (p < 3 || p % 2 == 0)
    throw UsageError(fmt::format("fourier addition: modulus {} given; wanted an odd number, at least 3", p));
}

void require_positive(std::int64_t number, const char* what) {
  if (number < 1) throw UsageError(fmt::format("fourier addition: {} {} given; wanted 1 or more", number, what));
}

void require_phases(std::int64_t p, const std::vector<std::vector<Phases>>& phases) {
  if (std::ssize(phases) != (p - 1) / 2)
    throw UsageError(fmt::format("fourier addition: phases of {} frequencies given; modulus {} wants {}", phases.size(),
                                 p, (p - 1) / 2));
  for (std::size_t f = 0; f < phases.size(); ++f)
    if (phases[f].empty())
      throw UsageError(fmt::format("fourier addition: no phases given for frequency {}; wanted one or more", f + 1));
}

std::vector<std::vector<Phases>> for_all_frequencies(std::int64_t p, const auto& phases_of_one) {
  require_odd(p);
  std::vector<std::vector<Phases>> all;
  for (std::int64_t f = 1; f <= (p - 1) / 2; ++f) all.push_back(phases_of_one());
  return all;
}

}  // namespace

Model quadratic_network(std::int64_t p, std::int64_t neurons, Loss loss) {
  return mlp({.widths = {2 * p, neurons, p}, .activation = Activation::square, .bias = false}, loss);
}

std::vector<Phases> grid_phases(std::int64_t n) {
  require_positive(n, "phases a side");
  const double step = 2 * std::numbers::pi / double(n);
  std::vector<Phases> grid;
  for (std::int64_t i = 0; i < n * n; ++i) grid.push_back({step * double(i / n), step * double(i % n)});
  return grid;
}

std::vector<Phases> random_phases(std::int64_t count, Rng& rng) {
  require_positive(count, "phases");
  std::vector<Phases> drawn(static_cast<std::size_t>(count));
  for (Phases& one : drawn) {
    one.a = rng.uniform(0, 2 * std::numbers::pi);
    one.b = rng.uniform(0, 2 * std::numbers::pi);
  }
  return drawn;
}

Parameters<double> fourier_addition(std::int64_t p, const std::vector<std::vector<Phases>>& phases) {
  require_odd(p);
  require_phases(p, phases);
  std::int64_t neurons = 0, k = 0;
  for (const auto& of_one : phases) neurons += std::ssize(of_one);
  Parameters<double> theta(parameters_of(quadratic_network(p, neurons)));
  const std::span<double> W = theta["layers.0.weight"], A = theta["layers.1.weight"];
  for (std::size_t f = 0; f < phases.size(); ++f) {
    const double scale = 4 / double(std::ssize(phases[f]) * p);
    for (const Phases& phase : phases[f]) {
      for (std::int64_t i = 0; i < p; ++i) {
        // f i modulo p first: the angle is then as exact as double can have it
        const double angle = 2 * std::numbers::pi * double(std::int64_t(f + 1) * i % p) / double(p);
        W[std::size_t(i * neurons + k)] = std::cos(angle + phase.a);
        W[std::size_t((p + i) * neurons + k)] = std::cos(angle + phase.b);
        A[std::size_t(k * p + i)] = scale * std::cos(angle + phase.a + phase.b);
      }
      ++k;
    }
  }
  return theta;
}

Parameters<double> fourier_addition_on_grid(std::int64_t p, std::int64_t n) {
  return fourier_addition(p, for_all_frequencies(p, [&] { return grid_phases(n); }));
}

Parameters<double> fourier_addition_at_random(std::int64_t p, std::int64_t neurons_per_frequency, std::uint64_t seed) {
  Rng rng(seed, "fourier_addition");
  return fourier_addition(p, for_all_frequencies(p, [&] { return random_phases(neurons_per_frequency, rng); }));
}

Dataset centred_targets(const Dataset& labels) {
  if (labels.classes < 1)
    throw UsageError(fmt::format("centred targets: '{}' is regression; wanted labels of classes", labels.name));
  Dataset data{labels.name, labels.x, Tensor<float>({labels.size(), labels.classes}), 0,
               labels.source + ", one-hot targets less 1 / classes"};
  for (std::int64_t row = 0; row < labels.size(); ++row)
    for (std::int64_t c = 0; c < labels.classes; ++c)
      data.y(row, c) = float(double(c == std::int64_t(labels.y[row])) - 1 / double(labels.classes));
  return data;
}

Dataset addition_pairs(std::int64_t p) {
  return centred_targets(one_hot_pairs(modular_arithmetic(ModularTask::add, p)));
}

}  // namespace basin::nn
