#include "experiments/fibre/fibre_cost.h"

#include <algorithm>
#include <cmath>

#include "experiments/claims/degeneracy_claims.h"
#include "experiments/llc/llc_cost.h"
#include "experiments/shared/training_cost.h"
#include "nn/fourier_addition.h"

namespace basin::experiments {
namespace {

struct NetworkCost {
  double training = 0, walks = 0, sampling = 0, bytes = 0;
};

// All walks from one network. A point is led back and looked at by some five decompositions of J [p³, 3 p neurons].
void add_walks(NetworkCost& c, const FibreStudySpec& spec, std::int64_t p, double neurons) {
  const double rows = double(p * p * p), columns = 3 * double(p) * neurons, least = std::min(rows, columns);
  const double all = double(std::ssize(spec.steps) * spec.walks);
  const double decomposition = 3e-10 * least * rows * columns * machine_speed().products;
  const double rounds = std::ceil(all / spec.threads);
  c.walks = rounds * (1 + 5 * double(spec.points)) * decomposition;
  c.bytes = 8 * (4 * rows * columns + 4 * least * least) * std::min(all, double(spec.threads));
}

NetworkCost cost_of(const FibreStudySpec& spec, const FibreNetwork& network) {
  NetworkCost c;
  add_walks(c, spec, network.p, double(network.neurons));
  const interp::LocalPosterior posterior =
      interp::behavioural({.model = network.model, .data = network.data, .n_beta = spec.n_beta, .gamma = spec.gamma});
  c.sampling = chains_seconds(posterior, spec.sampler, spec.chains, false);
  return c;
}

// Before training: what follows costs the same.
NetworkCost trained_cost(FibreStudySpec spec, std::int64_t p) {
  const std::int64_t epochs = spec.epochs;
  spec.epochs = 1;
  NetworkCost c = cost_of(spec, trained_network(spec, p, spec.seed));
  spec.epochs = Options::int_max;
  nn::Trainer<double> trainer = addition_trainer(spec, p, spec.seed);
  c.training = seconds_per_step(trainer) * double(epochs);
  return c;
}

}  // namespace

RunCost fibre_cost(const FibreStudySpec& spec) {
  NetworkCost all;
  const auto add = [&](const NetworkCost& c, double networks) {
    all.training += c.training * networks, all.walks += c.walks * networks, all.sampling += c.sampling * networks;
    all.bytes = std::max(all.bytes, c.bytes);
  };
  for (const std::int64_t p : spec.moduli) {
    for (const std::int64_t n : spec.grids) add(cost_of(spec, exact_network(p, n)), 1);
    if (spec.trained > 0) add(trained_cost(spec, p), double(spec.trained));
  }
  const double side_by_side =
      std::min(double(spec.threads), std::max(1.0, double(std::ssize(spec.moduli) * spec.trained)));
  return {.parts = {{"training, at most; a step of it was tried", all.training / side_by_side},
                    {"walks along fibres", all.walks},
                    {"chains, a gradient of which was tried", all.sampling},
                    {"claims", claims_seconds(fibre_claims, {.seed = spec.seed, .threads = spec.threads})}},
          .bytes = 60e6 + all.bytes};
}

}  // namespace basin::experiments
