#include <algorithm>

#include "experiments/training/training_study.h"
#include "nn/data/registry.h"

namespace basin::experiments {
namespace {

double cube(double n) { return n * n * n; }

struct Sizes {
  double inputs, outputs, samples, width;

  double parameters() const { return (inputs + 1) * width + (width + 1) * outputs; }
};

// Seconds of one thread: operations over what a core was seen to do in a second. Of one epoch:
double training_seconds(const Sizes& s) { return s.samples * (s.parameters() / 1.4e10 + 1.2e-7); }

double looking_seconds(const Sizes& s, double rows) {
  const double spectrum = cube(std::min(s.samples, rows) * s.outputs) / 1.4e10;
  const double factors = s.samples * ((s.inputs + 1) * (s.inputs + 1) + s.width * s.width * (1 + s.outputs)) / 5e9;
  return spectrum + factors;
}

double bound_seconds(const Sizes& s, double rows) {
  const double N = s.parameters();
  return std::min(s.samples, rows) * s.outputs * N * N / 4e10 + cube(N) / 4e9;
}

}  // namespace

double expected_minutes(const StudySpec& spec, int threads) {
  const nn::Dataset data = nn::load_data(spec.data, {}).train;
  double seconds = 0;
  for (std::int64_t width : spec.widths) {
    const Sizes s{double(data.inputs()), double(data.outputs()), double(data.size()), double(width)};
    seconds += double(spec.epochs.back()) * training_seconds(s);
    seconds += double(spec.epochs.size()) * looking_seconds(s, double(spec.rows));
    if (s.parameters() <= double(spec.bound_limit)) seconds += 2 * bound_seconds(s, double(spec.bound_rows));
  }
  return seconds * double(spec.weight_decays.size()) * double(spec.seeds) / double(std::max(1, threads)) / 60;
}

}  // namespace basin::experiments
