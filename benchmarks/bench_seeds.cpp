// Processor time of an epoch of one network: trained alone, and beside others that differ in their seed, one in each
// lane (nn/train_seeds.h). The column s_per_epoch (5u = 5 µs) is the one to read; where lanes do not pay is what
// nn::lanes_pay says, and the names say it too.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nn/data/digits.h"
#include "nn/data/toy_tasks.h"
#include "nn/supervised.h"
#include "nn/train_seeds.h"

namespace {

using namespace basin;
using namespace basin::nn;

struct Workload {
  MlpSpec network{};
  TrainSpec training{};
  Dataset data{};

  Model model() const { return mlp(network, loss_of(data)); }
  std::string name() const { return fmt::format("{}, batch {}", fmt::join(network.widths, "-"), training.batch); }
};

Workload modules(std::int64_t blocks, std::int64_t width) {
  Workload w{.network = {.widths = {4 * blocks, width, 2 * blocks}},
             .training = {.optimizer = {.kind = OptimizerKind::sgd, .momentum = 0.9}, .batch = 16},
             .data = teacher_blocks({.blocks = blocks, .samples = 128}).data};
  w.training.schedule.rate = 1e-3;
  return w;
}

Workload digits(std::int64_t width) {
  return {.network = {.widths = {64, width, 10}},
          .training = {.optimizer = {.kind = OptimizerKind::adamw}},
          .data = load_digits().train};
}

template <class Trainer>
void epochs(benchmark::State& state, Trainer& trainer, double networks) {
  for (auto _ : state) trainer.run_to(trainer.epoch() + 1);
  using benchmark::Counter;
  state.counters["s_per_epoch"] = Counter(networks, Counter::kIsIterationInvariantRate | Counter::kInvert);
}

template <class T>
void add(const Workload& w, int networks) {
  const std::string name = w.name() + (lanes_pay(w.model()) ? "" : ", lanes do not pay");
  benchmark::RegisterBenchmark((name + "/alone").c_str(), [=](benchmark::State& state) {
    Trainer<T> trainer(w.model(), w.training, inputs_of(w.data));
    epochs(state, trainer, 1);
  });
  benchmark::RegisterBenchmark(fmt::format("{}/{} side by side", name, networks).c_str(), [=](benchmark::State& state) {
    std::vector<std::uint64_t> seeds(static_cast<std::size_t>(networks));
    for (std::size_t i = 0; i < seeds.size(); ++i) seeds[i] = i;
    SeedTrainer<T> trainer(w.model(), w.training, seeds, {inputs_of(w.data)});
    epochs(state, trainer, networks);
  });
}

}  // namespace

int main(int argc, char** argv) {
  add<double>(modules(1, 13), 8);
  add<double>(modules(2, 14), 8);
  add<double>(modules(4, 28), 8);
  for (const std::int64_t width : {8, 32}) add<float>(digits(width), 16);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
