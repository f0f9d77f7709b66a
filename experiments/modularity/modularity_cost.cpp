#include "experiments/modularity/modularity_cost.h"

#include <algorithm>
#include <cmath>

namespace basin::experiments {
namespace {

struct Seconds {
  double training = 0, spectra = 0, modules = 0;

  Seconds operator+(const Seconds& o) const {
    return {training + o.training, spectra + o.spectra, modules + o.modules};
  }
  Seconds operator*(double n) const { return {training * n, spectra * n, modules * n}; }
};

// An epoch of so many networks side by side, dense ones or blocks.
double epoch_seconds(const ModularitySpec& spec, std::int64_t networks, bool blocks) {
  constexpr std::int64_t epochs = 3;
  const interp::EqualWidths widths = interp::equal_widths(spec.blocks, spec.inputs, spec.outputs, spec.width);
  const nn::Split data = modular_task(spec, spec.seed, false);
  nn::ModuleTraining t = spec.training;
  t.blocks = blocks ? spec.blocks : 1, t.width = blocks ? widths.module : widths.dense, t.epochs = epochs;
  const std::vector<nn::ModuleTask> tasks(std::size_t(networks), {spec.seed, &data.train});
  return seconds_of([&] { nn::train_modules(t, tasks); }) / double(epochs + 1);  // losses are taken at the start too
}

// Of one network at one epoch: J^T J and its eigenvalues; the graph with its nulls, which are rewired and searched.
Seconds measuring(const ModularitySpec& spec) {
  const double n = double(spec.parameters()), rows = double(spec.sample_rows * spec.blocks * spec.outputs);
  const double searches = double((spec.nulls + 1) * spec.restarts), nulls = double(spec.nulls);
  return {.spectra = machine_speed().small * (0.017 + 4.2e-11 * rows * n * n),
          .modules = machine_speed().small * (1.3e-6 * searches + 2e-6 * nulls) * n};
}

// One of a study's jobs: those of starts on the average of both kinds, those of pairs.
struct Jobs {
  double number = 0;
  Seconds each{};
};

// What networks of the three dense kinds and of blocks cost in spectra beside a dense one, in which theirs are fewer
// numbers: six of a pair's networks and two before training, or half of one and half of the other.
constexpr double spectra_of_pair = 6.5, spectra_of_start = 0.6, searches_of_pair = 6;

std::vector<Jobs> jobs_of(const ModularitySpec& spec) {
  const auto training = [&](std::int64_t networks, bool blocks) {
    return epoch_seconds(spec, networks, blocks) * double(spec.training.epochs);
  };
  const std::int64_t together = std::min(pairs_of_job, spec.pairs);
  const Seconds one = measuring(spec);
  const double starts = double(spec.starts), pairs = double(together);
  const double two = training(spec.starts, false) + training(spec.starts, true);
  const double four = 3 * training(together, false) + training(together, true);
  return {{2.0 * double(spec.data_sets), {two / 2, spectra_of_start * starts * one.spectra, starts * one.modules}},
          {std::ceil(double(spec.pairs) / pairs),
           {four, spectra_of_pair * pairs * one.spectra, searches_of_pair * pairs * one.modules}}};
}

// Parameters of all its networks at every epoch, and some matrices of a Jacobian's order.
double bytes_of_job(const ModularitySpec& spec) {
  const double n = double(spec.parameters()), networks = double(std::max(4 * pairs_of_job, spec.starts));
  return 8 * (networks * double(spec.training.epochs + 1) * n + 8 * n * n);
}

}  // namespace

RunCost modularity_cost(const Options& o, const std::vector<ModularitySpec>& specs) {
  Seconds all;
  double bytes = 0;
  for (const ModularitySpec& spec : specs) {
    bytes = std::max(bytes, bytes_of_job(spec));
    for (const Jobs& jobs : jobs_of(spec)) all = all + jobs.each * dealt_seconds(o, jobs.number, 1);
  }
  return {.parts = {{"training, an epoch of which was tried", all.training},
                    {"spectra of Jacobians", all.spectra},
                    {"modules and their nulls", all.modules}},
          .bytes = 30e6 + bytes * o.threads()};
}

}  // namespace basin::experiments
