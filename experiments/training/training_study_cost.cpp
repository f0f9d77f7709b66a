#include "experiments/training/training_study_cost.h"

#include <algorithm>

#include "experiments/degeneracy/degeneracy_cost.h"
#include "experiments/shared/training_cost.h"
#include "nn/data/registry.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

// Of one network, on one thread.
struct NetworkCost {
  double training = 0, looking = 0, bounds = 0, bytes = 0;
};

struct Sizes {
  double inputs, outputs, samples, width;

  double parameters() const { return (inputs + 1) * width + (width + 1) * outputs; }
};

double training_seconds(const StudySpec& spec, std::int64_t width, const nn::Split& data) {
  StudyPoint network;
  network.width = width;
  nn::TrainSpec training = training_of(spec, network);
  training.epochs = Options::int_max;
  nn::Trainer<float> trainer(model_of(network, data), training, nn::inputs_of(data.train));
  return seconds_per_step(trainer) * double(trainer.steps_per_epoch()) * double(spec.epochs.back());
}

// The spectrum of J J^T or J^T J, whichever is smaller, and Gram matrices of activations and gradients of all rows.
double looking_seconds(const Sizes& s, double rows) {
  const double spectrum = spectrum_seconds(std::min(std::min(s.samples, rows) * s.outputs, s.parameters()));
  const double factors = s.samples * ((s.inputs + 1) * (s.inputs + 1) + s.width * s.width * (1 + s.outputs)) / 5e9;
  return spectrum + machine_speed().small * factors;
}

double bound_seconds(const Sizes& s, double rows) {
  const double N = s.parameters();
  return machine_speed().small * (std::min(s.samples, rows) * s.outputs * N * N / 4e10 + N * N * N / 4e9);
}

NetworkCost network_cost(const StudySpec& spec, std::int64_t width, const nn::Split& data) {
  const Sizes s{double(data.train.inputs()), double(data.train.outputs()), double(data.train.size()), double(width)};
  const double m = std::min(std::min(s.samples, double(spec.rows)) * s.outputs, s.parameters());
  NetworkCost c{.training = training_seconds(spec, width, data),
                .looking = double(spec.epochs.size()) * looking_seconds(s, double(spec.rows)),
                .bytes = 8 * 3 * m * m};
  if (s.parameters() > double(spec.bound_limit)) return c;
  c.bounds = 2 * bound_seconds(s, double(spec.bound_rows));
  c.bytes = std::max(c.bytes, 8 * 10 * s.parameters() * s.parameters());
  return c;
}

}  // namespace

RunCost study_cost(const Options& o, const std::vector<StudySpec>& studies) {
  NetworkCost mean;
  double kinds = 0, jobs = 0;
  for (const StudySpec& spec : studies) {
    const nn::Split data = nn::load_data(spec.data, {});
    for (const std::int64_t width : spec.widths) {
      const NetworkCost c = network_cost(spec, width, data);
      mean.training += c.training, mean.looking += c.looking, mean.bounds += c.bounds;
      mean.bytes = std::max(mean.bytes, c.bytes);
      ++kinds, jobs += double(std::ssize(spec.weight_decays) * spec.seeds);
    }
  }
  return {.parts = {{"training, some steps of which were tried", dealt_seconds(o, jobs, mean.training / kinds)},
                    {"spectra and layers at each look", dealt_seconds(o, jobs, mean.looking / kinds)},
                    {"bounds before and after training", dealt_seconds(o, jobs, mean.bounds / kinds)}},
          .bytes = 40e6 + mean.bytes * o.threads()};
}

}  // namespace basin::experiments
