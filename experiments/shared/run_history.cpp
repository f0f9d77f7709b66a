#include "experiments/shared/run_history.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/safetensors.h"
#include "experiments/interactions/network_kinds.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/training_run.h"
#include "experiments/superposition/superposition_study.h"
#include "nn/checkpoint.h"
#include "nn/config.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

void take_files(RunHistory& history, const fs::path& folder) {
  history.folder = folder;
  history.checkpoints = nn::checkpoints_of(folder);
  history.newest = nn::newest_network(folder);
  history.model = nn::model_from(read_safetensors(history.newest).metadata);
}

void take_tokens(RunHistory& history, const fs::path& run, std::int64_t network) {
  Options o(history.experiment, "");
  o.add_int("network", network, "");
  const TrainedRun trained = trained_run(run, history.experiment, o);
  take_files(history, fs::path(trained.network).parent_path());
  history.data = token_inputs(trained.data.train);
  history.data_name = trained.data.train.name;
  if (history.data["t"].shape.rank() == 1) history.labels = history.data["t"];
}

void take_superposition(RunHistory& history, const fs::path& run, std::int64_t network) {
  const Options o = options_of_run(superposition_options(), run);
  const SuperpositionTask task = superposition_task(o);
  if (network >= task.starts)
    throw UsageError(fmt::format("--network {} given; {} has seeds 0 to {}", network, run.string(), task.starts - 1));
  take_files(history, run / task.folder(std::max<std::int64_t>(network, 0)));
  history.data = nn::feature_inputs(task.data);
  history.data_name = task.data.source;
}

void take_dense(RunHistory& history, const fs::path& run, std::int64_t network) {
  if (network >= 0)
    throw UsageError(
        fmt::format("--network {} has no effect: {} holds one network; help: leave it out", network, run.string()));
  const nn::Split data = data_of(run);
  take_files(history, run);
  history.data = nn::inputs_of(data.train);
  history.data_name = data.train.name;
  if (data.train.classes > 0) history.labels = history.data["t"];
}

}  // namespace

interp::ModelPoint RunHistory::at(const std::string& file) const {
  interp::ModelPoint point{model};
  point.parameters = Parameters<double>(parameters_of(model));
  nn::load_parameters(point.parameters, read_safetensors(file), file);
  return point;
}

RunHistory run_history(const fs::path& run, std::int64_t network) {
  RunHistory history{.experiment = experiment_of(run)};
  if (history.experiment == "modular_addition" || history.experiment == "train_transformer")
    take_tokens(history, run, network);
  else if (history.experiment == "train_superposition")
    take_superposition(history, run, network);
  else
    take_dense(history, run, network);  // says so if it is none
  return history;
}

std::string checkpoint_at(const RunHistory& history, std::int64_t epoch) {
  if (epoch < 0) return history.newest;
  const auto found = std::ranges::find(history.checkpoints, epoch, &nn::Checkpoint::epoch);
  if (found != history.checkpoints.end()) return found->path;
  std::vector<std::int64_t> epochs;
  for (const nn::Checkpoint& c : history.checkpoints) epochs.push_back(c.epoch);
  throw UsageError(fmt::format("--epoch {} given; there are checkpoints of {}", epoch, fmt::join(epochs, ", ")));
}

}  // namespace basin::experiments
