#include "experiments/shared/training_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/memory.h"
#include "nn/train_seeds.h"

namespace basin::experiments {
namespace {

struct Tried {
  double step = 0, look = 0;  // seconds of a step and of a look at the test rows
  int networks = 1;           // that make it side by side
};

// Behind the last epoch there are no steps, and a schedule that is over has no rate.
nn::TrainSpec endless(nn::TrainSpec spec) {
  spec.epochs = Options::int_max;
  spec.schedule = {.rate = spec.schedule.rate};
  return spec;
}

template <class T>
double seconds_of_look(const Model& model, const nn::Split& data) {
  const Parameters<T> start(parameters_of(model));
  nn::DatasetEvaluator<T> test(model, start, data.test);
  return seconds_of([&] { test(); });
}

template <class T>
Tried tried(const TrainingSpec& spec, const nn::Split& data, std::int64_t networks) {
  const Model model = nn::mlp(spec.mlp, nn::loss_of(data.train));
  const Inputs train = nn::inputs_of(data.train);
  const double look = seconds_of_look<T>(model, data);
  if (networks < 2 || !nn::lanes_pay(model)) {
    nn::Trainer<T> trainer(model, endless(spec), train);
    return {.step = seconds_per_step(trainer), .look = look};
  }
  const auto together = std::min<std::int64_t>(networks, nn::SeedTrainer<T>::lanes);
  std::vector<std::uint64_t> seeds(std::size_t(together), spec.seed);
  nn::SeedTrainer<T> trainer(model, endless(spec), seeds, {train});
  return {.step = seconds_per_step(trainer), .look = look * double(together), .networks = int(together)};
}

}  // namespace

RunCost training_cost(const Options& o, const nn::Split& data) {
  const TrainingSpec spec = train_spec(o, data);
  const auto all = o.has("seeds") ? std::ssize(seeds_of(o)) : 1;
  const std::int64_t networks = std::max<std::int64_t>(1, (all + o.shard().count - 1) / o.shard().count);
  const double before = peak_memory();
  const Tried t = (o.text("dtype") == "f64" ? tried<double> : tried<float>)(spec, data, networks);
  const double groups = std::ceil(double(networks) / t.networks), rounds = std::ceil(groups / o.threads());
  return {.parts = {{fmt::format("{} steps of {} network{}, {:.3g} ms each, measured", spec.schedule.steps, networks,
                                 networks == 1 ? "" : "s", 1000 * t.step),
                     rounds * t.step * double(spec.schedule.steps)},
                    {fmt::format("the test rows, after each of {} epochs", spec.epochs),
                     rounds * t.look * double(spec.epochs)}},
          .bytes = (peak_memory() - before) * (o.threads() - 1)};
}

}  // namespace basin::experiments
