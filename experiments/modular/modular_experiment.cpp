// Do transformers grok modular arithmetic, and by which frequencies do they then calculate?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/blas.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "experiments/cli/cost.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/progress.h"
#include "experiments/modular/modular_study.h"
#include "experiments/shared/items.h"
#include "experiments/shared/study.h"
#include "experiments/shared/training_run.h"
#include "experiments/shared/unused_options.h"

namespace basin::experiments {
namespace {

Options declare() {
  Options o(
      "modular_addition",
      "Trains transformers on arithmetic modulo p until they grok, and shows the frequencies by which one of "
      "them then calculates. The set-up is that of Nanda et al. (2023).",
      {"modular_addition --preset quick", "modular_addition --operation subtract --epochs 20000",
       "modular_addition --preset paper --seeds 0 --out runs/paper", "modular_addition --resume --out runs/paper"});
  add_modular_options(o);
  o.without("json").add_shard();
  o.add_preset("quick", {{"epochs", "3000"}});
  o.add_preset("tiny", {{"modulus", "29"},
                        {"train-fraction", "0.8"},
                        {"d-model", "16"},
                        {"heads", "2"},
                        {"d-head", "8"},
                        {"d-mlp", "80"},
                        {"lr", "0.003"},
                        {"schedule", "cosine"},
                        {"epochs", "8000"}});
  o.add_preset("paper", {{"modulus", "113"},
                         {"train-fraction", "0.3"},
                         {"d-model", "128"},
                         {"d-head", "32"},
                         {"d-mlp", "512"},
                         {"epochs", "60000"},
                         {"log-every", "100"}});
  return o;
}

// Networks that are trained at a time: as many as threads, or one that has the threads to itself.
int side_by_side(const Options& o, const std::vector<TokenTraining>& trainings) {
  return trainings[0].train.threads > 1 ? 1 : o.threads();
}

RunCost cost(const Options& o, const std::vector<TokenTraining>& trainings) {
  const std::int64_t at_a_time = side_by_side(o, trainings), shards = o.shard().count;
  const std::int64_t networks = (std::ssize(trainings) + shards - 1) / shards;
  const double before = peak_memory(), epoch = seconds_per_epoch(trainings[0], o);
  const double rounds = std::ceil(double(networks) / double(at_a_time));
  const std::int64_t epochs = trainings[0].train.epochs;
  return {.parts = {{fmt::format("{} network{}, {} epochs each, {:.3g} ms an epoch, measured", networks,
                                 networks == 1 ? "" : "s", epochs, 1000 * epoch),
                     rounds * epoch * double(epochs)}},
          .bytes = (peak_memory() - before) * double(at_a_time - 1)};
}

void train(const Options& o, const std::vector<TokenTraining>& trainings, RunDirectory& directory) {
  const std::vector<std::int64_t> own = Items(o, directory).deal(std::ssize(trainings));
  const std::int64_t networks = std::ssize(own);
  const std::int64_t batches =
      (trainings[0].data.train.size() + trainings[0].train.batch - 1) / trainings[0].train.batch;
  const std::int64_t steps = networks * batches * trainings[0].train.epochs;
  Progress progress("steps", steps, o.flag("quiet"));
  ProgressSum sum(networks, [&](std::int64_t done) { progress.update(done); });
  directory.resumable([&] {
    parallel_for(side_by_side(o, trainings), networks, [&](std::int64_t i, int) {
      const TokenTraining& t = trainings[std::size_t(own[std::size_t(i)])];
      train_tokens(t, o, network_folder(directory.path(), t), directory.resumed(),
                   [&](std::int64_t done, double) { sum.set(i, done); });
    });
  });
  progress.finish(steps);
  directory.end_shard();
}

Found measure(const Options& o, const std::vector<TokenTraining>& trainings, RunDirectory& directory) {
  train(o, trainings, directory);
  const nn::Split& data = trainings[0].data;
  ModularFindings f{.task = data.train.name,
                    .modulus = o.integer("modulus"),
                    .train_rows = data.train.size(),
                    .test_rows = data.test.size()};
  for (const TokenTraining& t : trainings) f.networks.push_back(read_modular_network(directory.path(), t));
  const auto first = std::ranges::find_if(f.networks, [](const ModularNetwork& n) { return n.grokked.has_value(); });
  f.shown = first == f.networks.end() ? 0 : std::size_t(first - f.networks.begin());
  f.look = look_at(network_folder(directory.path(), trainings[f.shown]) / "network.safetensors", o);
  return {.results = modular_results(f), .claims = {}, .figures = modular_figures(f)};
}

Outcome run(const Options& o) {
  const std::vector<TokenTraining> trainings = modular_trainings(o);
  check_warm_up(o, trainings[0].train.schedule.steps);
  const RunFacts facts = run_facts(trainings[0].data);
  check_transformer_resumable(o, facts, {"modulus", "operation", "train-fraction", "seeds"});
  say_cost(o, [&] { return cost(o, trainings); });
  return run_study(o, "modular", facts, [&](RunDirectory& directory) { return measure(o, trainings, directory); });
}

}  // namespace

Experiment modular_addition() { return {declare, run}; }

}  // namespace basin::experiments
