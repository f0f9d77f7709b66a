#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/interrupt.h"
#include "experiments/fibre/fibre_study.h"
#include "interp/jacobian/model_jacobian.h"
#include "nn/fourier_addition.h"
#include "nn/train.h"

namespace basin::experiments {
namespace {

// (c W) and A / c² compute the same: c⁶ = 2 |A|² / |W|² makes a neuron's c² |W|² + |A|² / c⁴ least. Neurons that are
// not read or do not read stay.
void shorten(Parameters<double>& theta, std::int64_t p) {
  const std::span<double> W = theta["layers.0.weight"], A = theta["layers.1.weight"];
  const std::size_t neurons = A.size() / std::size_t(p);
  for (std::size_t k = 0; k < neurons; ++k) {
    double in = 0, out = 0;
    for (std::size_t i = k; i < W.size(); i += neurons) in += W[i] * W[i];
    for (const double a : A.subspan(k * std::size_t(p), std::size_t(p))) out += a * a;
    if (!(in > 0) || !(out > 0)) continue;
    const double c = std::pow(2 * out / in, 1.0 / 6);
    for (std::size_t i = k; i < W.size(); i += neurons) W[i] *= c;
    for (double& a : A.subspan(k * std::size_t(p), std::size_t(p))) a /= c * c;
  }
}

void judge(FibreNetwork& network) {
  const std::int64_t p = network.p;
  interp::ModelJacobian model(network.model, network.data);
  const std::vector<double> f = model.outputs_at(network.model.parameters.flat());
  std::int64_t right = 0;
  for (std::int64_t pair = 0; pair < p * p; ++pair) {
    const std::int64_t sum = (pair / p + pair % p) % p;
    const auto outputs = std::span(f).subspan(std::size_t(pair * p), std::size_t(p));
    right += std::ranges::max_element(outputs) - outputs.begin() == sum;
    for (std::int64_t q = 0; q < p; ++q)
      network.error = std::max(network.error, std::abs(outputs[std::size_t(q)] - double(q == sum) + 1 / double(p)));
  }
  network.accuracy = double(right) / double(p * p);
}

FibreNetwork network_of(std::string name, std::int64_t p, Parameters<double> theta) {
  shorten(theta, p);
  FibreNetwork network{.name = std::move(name), .p = p, .neurons = theta.size() / (3 * p)};
  network.model = {nn::quadratic_network(p, network.neurons), std::move(theta)};
  network.data = {{"x", nn::inputs_of(nn::addition_pairs(p)).at("x")}};
  judge(network);
  return network;
}

}  // namespace

FibreNetwork exact_network(std::int64_t p, std::int64_t n) {
  FibreNetwork network = network_of(fmt::format("{}: {} × {}", p, n, n), p, nn::fourier_addition_on_grid(p, n));
  network.exact = true;
  return network;
}

nn::Trainer<double> addition_trainer(const FibreStudySpec& spec, std::int64_t p, std::uint64_t seed) {
  const nn::Dataset pairs = nn::addition_pairs(p);
  const nn::Dataset train = spec.train_fraction < 1 ? nn::split(pairs, spec.train_fraction, seed).train : pairs;
  const nn::TrainSpec how{.optimizer = {.kind = nn::OptimizerKind::adamw, .weight_decay = spec.weight_decay},
                          .schedule = {.rate = spec.rate},
                          .epochs = spec.epochs,
                          .batch = train.size(),
                          .seed = seed};
  const std::int64_t neurons = spec.hidden > 0 ? spec.hidden : 8 * (p - 1);
  return {nn::quadratic_network(p, neurons), how, nn::inputs_of(train)};
}

FibreNetwork trained_network(const FibreStudySpec& spec, std::int64_t p, std::uint64_t seed) {
  nn::Trainer<double> trainer = addition_trainer(spec, p, seed);
  for (double loss = 2 * spec.fit + 1; !trainer.done() && loss > spec.fit;) {
    if (interrupted()) throw Interrupted("fibre_walk: stopped by a signal");
    trainer.step();
    loss = trainer.end_epoch().train_loss;
  }
  FibreNetwork network = network_of(fmt::format("{}: seed {}", p, seed), p, trainer.parameters());
  network.epochs = trainer.epoch();
  return network;
}

}  // namespace basin::experiments
