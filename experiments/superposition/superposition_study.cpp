#include "experiments/superposition/superposition_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "core/file.h"
#include "core/parallel.h"
#include "experiments/cli/progress.h"
#include "nn/checkpoint.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

template <class T>
nn::Measure<T> test_loss(const SuperpositionTask& task) {
  if (task.law == nn::FeatureLaw::one)
    return [spec = task.network](const nn::Trainer<T>& trainer) -> nn::Measured {
      const Parameters<double> theta = cast<double>(trainer.parameters());
      return {
          {"test_loss", nn::population_loss(nn::superposition_point(theta.flat(), spec.features, spec.hidden)).loss}};
    };
  const auto evaluator = std::make_shared<std::unique_ptr<nn::Evaluator<T>>>();  // made when the first line is due
  return [evaluator, rows = nn::feature_inputs(task.test)](const nn::Trainer<T>& trainer) -> nn::Measured {
    if (!*evaluator)
      *evaluator = std::make_unique<nn::Evaluator<T>>(trainer.model(), trainer.parameters(),
                                                      [](Graph&, const Ends& e) { return std::vector<Var>{e.loss}; });
    return {{"test_loss", (*evaluator)->means(rows)[0]}};
  };
}

void train_start(const SuperpositionTask& task, std::int64_t start, const Options& o, const fs::path& folder,
                 const nn::FolderSpec& how) {
  nn::TrainSpec train = task.train;
  train.seed = std::uint64_t(start);
  const Model model = nn::superposition(task.network);
  const Inputs rows = nn::feature_inputs(task.data);
  if (o.text("dtype") == "f64")
    nn::train_measured<double>(folder, model, train, rows, test_loss<double>(task), how);
  else
    nn::train_measured<float>(folder, model, train, rows, test_loss<float>(task), how);
  write_atomically((folder / "network.safetensors").string(), read_file(nn::checkpoints_of(folder).back().path));
}

}  // namespace

std::int64_t SuperpositionTask::steps() const { return (data.size() + train.batch - 1) / train.batch * train.epochs; }

std::vector<nn::CriticalPoint> SuperpositionTask::critical() const {
  const bool known = law == nn::FeatureLaw::one && network.hidden == 2 && network.features >= 3;
  return known ? nn::critical_points(network.features) : std::vector<nn::CriticalPoint>{};
}

fs::path SuperpositionTask::folder(std::int64_t start) const {
  return fs::path("networks") / fmt::format("seed-{}", start);
}

void train_starts(const SuperpositionTask& task, const std::vector<std::int64_t>& starts, const Options& o,
                  const fs::path& run, bool resume, const std::function<void(std::int64_t)>& progress) {
  ProgressSum sum(std::ssize(starts), progress);
  parallel_for(o.threads(), std::ssize(starts), [&](std::int64_t i, int) {
    const std::int64_t start = starts[std::size_t(i)];
    train_start(task, start, o, run / task.folder(start),
                {.checkpoints_per_decade = o.integer("checkpoints-per-decade"),
                 .metrics_every = o.integer("log-every"),
                 .resume = resume,
                 .progress = [&](std::int64_t done, double) { sum.set(i, done); }});
  });
}

SuperpositionNetwork read_start(const SuperpositionTask& task, const fs::path& run, std::int64_t start) {
  const fs::path folder = run / task.folder(start);
  const std::string file = (folder / "network.safetensors").string();
  Parameters<double> theta(parameters_of(nn::superposition(task.network)));
  nn::load_parameters(theta, read_safetensors(file), file);
  SuperpositionNetwork n{.start = start,
                         .curve = nn::read_metrics_lines(folder),
                         .point = nn::superposition_point(theta.flat(), task.network.features, task.network.hidden)};
  n.state = end_state(n.point);
  n.plateaus = plateaus(n.curve);
  return n;
}

std::vector<std::vector<SuperpositionNetwork>> by_state(const std::vector<SuperpositionNetwork>& networks) {
  std::vector<std::vector<SuperpositionNetwork>> groups;
  for (const SuperpositionNetwork& n : networks) {
    const auto at = std::ranges::find(groups, n.state.name(), [](const auto& group) { return group[0].state.name(); });
    if (at == groups.end())
      groups.push_back({n});
    else
      at->push_back(n);
  }
  std::ranges::stable_sort(groups, std::greater(), [](const auto& group) { return group.size(); });
  return groups;
}

}  // namespace basin::experiments
