#include "experiments/llc_training/llc_training_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/blas.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/progress.h"
#include "experiments/llc/llc_cost.h"
#include "experiments/shared/items.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/study.h"
#include "interp/jacobian/model_jacobian.h"
#include "interp/sweep/rows.h"

namespace basin::experiments {
namespace {

Options declare() {
  Options o("llc_training",
            "How the local learning coefficient moves over training: λ̂ by sampling at each checkpoint of a run, the "
            "count of a quadratic basin of the same curvature, and the exact number of free directions, side by side.",
            {"llc_training runs/train_mlp/digits-seed0", "llc_training runs/modular_addition/seed0 --checkpoints 20",
             "llc_training runs/train_superposition/one-seed0 --network 3 --n-beta 1e3,1e4,1e5"});
  o.add_string("run", "", "folder of train_mlp, train_transformer, modular_addition or train_superposition");
  o.operand("run");
  o.add_int("network", -1, "of a run of several networks: the seed; -1: the first that grokked, or else the first", -1);
  o.add_int("rows", 1000000, "use at most so many rows of the data, evenly spaced", 1);
  add_part_options(o, "behavioural");
  o.add_int("checkpoints", 12, "at most so many, evenly spaced in the logarithm of the epoch", 2, 10000);
  o.add_ints("epochs", "", "instead, the checkpoints nearest to these", 0);
  o.add_int("exact-limit", 1300, "networks of at most so many parameters get the exact rank; some 5000 are affordable",
            0);
  add_sampling_options(o, "auto");
  o.without("json").add_shard();
  o.add_preset("quick", {{"checkpoints", "5"}, {"chains", "4"}, {"draws", "200"}, {"warm-up", "200"}});
  o.add_preset("paper", {{"checkpoints", "40"}, {"chains", "16"}, {"draws", "2000"}, {"exact-limit", "5000"}});
  return o;
}

void check_resumable(const Options& o) {
  if (!o.flag("resume") || !std::filesystem::exists(o.run_path() / "manifest.json")) return;
  constexpr const char* keys[] = {
      "run",    "network", "loss", "restrict",  "labels", "rows",          "n-beta",
      "gamma",  "sampler", "step", "leapfrogs", "batch",  "share-batches", "no-control-variates",
      "chains", "warm-up", "seed", "dtype"};
  expect_same_options(o, keys);
}

// By epoch; none where the run has no metrics.
std::map<std::int64_t, nn::MetricsLine> metrics_of(const RunHistory& history) {
  std::map<std::int64_t, nn::MetricsLine> by_epoch;
  if (!std::filesystem::exists(history.folder / "metrics.jsonl")) return by_epoch;
  for (nn::MetricsLine& line : nn::read_metrics_lines(history.folder))
    by_epoch[std::llround(line.number("epoch"))] = line;
  return by_epoch;
}

// At the ε that chains found; a negative λ̂ has none.
std::vector<interp::Measured> volumes(const LlcSubject& subject, const LlcSettings& settings,
                                      const LlcFindings& found) {
  interp::LocalPosterior posterior = subject.posterior;
  posterior.n_beta = 1, posterior.gamma = settings.gamma;
  std::vector<double> epsilons;
  for (const LlcPoint& p : found.points) epsilons.push_back(p.sampled.estimate.epsilon());
  if (std::ranges::any_of(epsilons, [](double e) { return !(e > 0); })) return {};
  return n_eff_by_volume(posterior, epsilons, settings.chains.seed, settings.chains.threads);
}

// What training wrote nearest to this epoch, if that is within a tenth.
const nn::MetricsLine* nearest(const std::map<std::int64_t, nn::MetricsLine>& metrics, std::int64_t epoch) {
  const auto off = [epoch](const auto& entry) { return std::abs(double(entry.first - epoch)); };
  const auto found = std::ranges::min_element(metrics, {}, off);
  return found != metrics.end() && off(*found) <= 0.1 * double(epoch + 1) ? &found->second : nullptr;
}

// Checkpoints, one after the other: chains have the threads. Chains are kept in folders of their own, from which a
// sweep that is done is read again.
class CheckpointLooks {
 public:
  CheckpointLooks(const Options& o, const RunHistory& history, const RunDirectory& directory)
      : o_(o), history_(history), folder_(directory.checkpoints()), progress_("chain-steps", 0, o.flag("quiet")) {}

  CheckpointCounts look(const nn::Checkpoint& checkpoint) {
    const LlcFindings& found = sweep(checkpoint);
    const interp::LocalPosterior& posterior = found.subject.posterior;
    CheckpointCounts c;
    if (posterior.free.empty() && posterior.model.parameter_count() <= o_.integer("exact-limit")) {
      const interp::JacobianSpectrum exact = exact_spectrum(posterior.model, posterior.data, o_.threads());
      c.rank = exact.rank, c.rank_rows = exact.rows;
    }
    if (found.curvature.dimension <= most_dimensions && found.settings.gamma > 0)
      c.volume_count = volumes(found.subject, found.settings, found);
    if (interrupted()) throw Interrupted("chains are saved");
    return c;
  }

  const LlcFindings& sweep(const nn::Checkpoint& checkpoint) {
    if (const auto known = found_.find(checkpoint.epoch); known != found_.end()) return known->second;
    const auto folder = folder_ / fmt::format("epoch-{:04}", checkpoint.epoch);
    make_folders(folder);
    const LlcSubject subject = subject_at(o_, history_, checkpoint.path);
    const auto steps = [&](std::int64_t done, std::int64_t) { progress_.update(before_ + (last_ = done)); };
    const LlcFindings& found =
        found_.emplace(checkpoint.epoch, llc_sweep(subject, llc_settings(o_, subject), folder, steps)).first->second;
    before_ += last_;
    return found;
  }

  void finish() { progress_.finish(before_); }

 private:
  const Options& o_;
  const RunHistory& history_;
  std::filesystem::path folder_;
  Progress progress_;
  std::int64_t before_ = 0, last_ = 0;
  std::map<std::int64_t, LlcFindings> found_;  // by epoch
};

std::vector<nn::Checkpoint> chosen_of(const Options& o, const RunHistory& history) {
  return o.integers("epochs").empty() ? chosen_checkpoints(history.checkpoints, o.integer("checkpoints"))
                                      : nearest_checkpoints(history.checkpoints, o.integers("epochs"));
}

TrainingLlc look_at_all(const Options& o, const RunHistory& history, RunDirectory& directory) {
  TrainingLlc t{.what = history.folder.string(), .data = history.data_name};
  const auto metrics = metrics_of(history);
  const std::vector<nn::Checkpoint> chosen = chosen_of(o, history);
  CheckpointLooks looks(o, history, directory);
  const auto counts = Items::one_at_a_time(o, directory)
                          .results(
                              "checkpoints", std::ssize(chosen),
                              [&](std::int64_t i) { return fmt::format("epoch{}", chosen[i].epoch); },
                              [&](std::int64_t i) { return looks.look(chosen[i]); });
  directory.end_shard();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    CheckpointLlc& c = t.checkpoints.emplace_back(CheckpointLlc{counts[i], chosen[i].epoch});
    directory.resumable([&] { c.found = looks.sweep(chosen[i]); });
    if (const nn::MetricsLine* line = nearest(metrics, c.epoch)) {
      c.train_loss = line->number("train_loss"), c.test_loss = line->number("test_loss");
      c.train_accuracy = line->number("train_accuracy"), c.test_accuracy = line->number("test_accuracy");
    }
  }
  looks.finish();
  t.n_betas = t.checkpoints[0].found.settings.n_betas;
  t.loss = t.checkpoints[0].found.subject.loss;
  return t;
}

// J, on as many rows as exact_spectrum takes, and its QR.
RunCost spectrum_cost(const interp::LocalPosterior& posterior) {
  Graph graph;
  const auto k = double(posterior.model.trace(graph, 1).output.shape().numel()),
             N = double(posterior.model.parameter_count());
  const double rows = std::min(k * double(rows_of(posterior.data, "llc_training")), 3 * N + k);
  return {.parts = {{"exact ranks", 3.5e-11 * machine_speed().products * rows * N * std::min(rows, N)}},
          .bytes = 8 * 3 * rows * N};
}

// Of a count by volume: so many losses, one from half a product with the Hessian of differences.
double volume_losses(double dimension, double n_betas) {
  constexpr double levels = 5,
                   moves = 120 * (4 + 1) * 2 * 3 * 6;  // particles, replicas and a pilot, sweeps, axes, tries
  return n_betas * levels * dimension * moves * dimension;
}

RunCost cost(const Options& o, const LlcSubject& last, std::int64_t checkpoints) {
  const LlcSettings settings = llc_settings(o, last);
  const interp::LocalPosterior& posterior = last.posterior;
  RunCost cost = llc_cost(last, settings);
  if (posterior.free.empty() && posterior.model.parameter_count() <= o.integer("exact-limit")) {
    const RunCost spectrum = spectrum_cost(posterior);
    cost.parts.push_back(spectrum.parts[0]), cost.bytes += spectrum.bytes;
  }
  const auto d = double(posterior.dimension());
  if (d <= most_dimensions && settings.gamma > 0)
    cost.parts.push_back({"volumes", volume_losses(d, double(settings.n_betas.size())) * gradient_seconds(posterior)});
  const double own = std::ceil(double(checkpoints) / double(o.shard().count));
  for (CostPart& part : cost.parts) {
    part.seconds *= own;
    part.what = fmt::format("{} checkpoints: {}", own, part.what);
  }
  return cost;
}

Outcome run(const Options& o) {
  if (o.text("run").empty())
    throw UsageError(
        fmt::format("give the folder of a run; help: {} --data digits, or {} --preset tiny, makes one; then {} FOLDER",
                    as_typed("train_mlp"), as_typed("modular_addition"), as_typed(o.program())));
  if (!o.integers("epochs").empty()) o.require_unused({"checkpoints"}, "--epochs names them");
  check_resumable(o);
  const RunHistory history = run_history(o.text("run"), o.integer("network"));
  if (history.checkpoints.size() < 2)
    throw DataError(
        fmt::format("{}: {} checkpoint; wanted two or more", history.folder.string(), history.checkpoints.size()));
  const LlcSubject last = subject_at(o, history, history.checkpoints.back().path);
  llc_settings(o, last);  // refuses what does not fit
  say_cost(o, [&] { return cost(o, last, std::ssize(chosen_of(o, history))); });
  return run_study(o, "llc_training", {.blas = blas_kernel(), .data = history.data_name, .data_hash = {}},
                   [&](RunDirectory& directory) {
                     const TrainingLlc found = look_at_all(o, history, directory);
                     return Found{
                         .results = training_llc_results(found), .claims = {}, .figures = training_llc_figures(found)};
                   });
}

}  // namespace

std::vector<nn::Checkpoint> chosen_checkpoints(const std::vector<nn::Checkpoint>& all, std::int64_t most) {
  if (std::ssize(all) <= most) return all;
  const double last = std::log1p(double(all.back().epoch));
  std::vector<std::int64_t> epochs;
  for (std::int64_t k = 0; k < most; ++k)
    epochs.push_back(std::llround(std::expm1(last * double(k) / double(most - 1))));
  return nearest_checkpoints(all, epochs);
}

std::vector<nn::Checkpoint> nearest_checkpoints(const std::vector<nn::Checkpoint>& all,
                                                const std::vector<std::int64_t>& epochs) {
  std::map<std::int64_t, nn::Checkpoint> chosen;
  for (const std::int64_t epoch : epochs) {
    const nn::Checkpoint& nearest = *std::ranges::min_element(all, {}, [&](const nn::Checkpoint& c) {
      return std::abs(std::log1p(double(c.epoch)) - std::log1p(double(epoch)));
    });
    chosen[nearest.epoch] = nearest;
  }
  std::vector<nn::Checkpoint> ascending;
  for (const auto& [epoch, checkpoint] : chosen) ascending.push_back(checkpoint);
  return ascending;
}

interp::JacobianSpectrum exact_spectrum(const interp::ModelPoint& point, const Inputs& data, int threads) {
  const interp::ModelJacobian whole(point, data, {.threads = threads});
  const std::int64_t n = whole.samples(), k = whole.outputs(), N = whole.parameters();
  const std::int64_t wanted = std::min(n, (3 * N + k - 1) / k);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < wanted; ++i) rows.push_back(i * n / wanted);
  return interp::model_spectrum(point, interp::rows_at(data, rows), {.threads = threads});
}

Experiment llc_training() { return {declare, run}; }

}  // namespace basin::experiments
