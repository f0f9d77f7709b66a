#include "nn/training_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/file.h"
#include "core/interrupt.h"
#include "core/json_lines.h"
#include "nn/config.h"

namespace basin::nn {
namespace {

namespace fs = std::filesystem;

std::string epoch_file(const fs::path& folder, std::int64_t epoch) {
  return (folder / fmt::format("checkpoints/epoch-{:04}.safetensors", epoch)).string();
}

std::vector<Checkpoint> checkpoints_in(const fs::path& folder) {
  std::vector<Checkpoint> found;
  if (!fs::is_directory(folder / "checkpoints")) return found;
  for (const auto& entry : fs::directory_iterator(folder / "checkpoints")) {
    long long epoch = 0;
    if (std::sscanf(entry.path().filename().c_str(), "epoch-%lld.safetensors", &epoch) == 1)
      found.push_back({epoch, entry.path().string()});
  }
  std::ranges::sort(found, {}, &Checkpoint::epoch);
  return found;
}

// A crash leaves checkpoints of epochs that the state to resume from has not seen.
void remove_later_checkpoints(const fs::path& folder, std::int64_t epoch) {
  for (const Checkpoint& c : checkpoints_in(folder))
    if (c.epoch > epoch) fs::remove(c.path);
}

// How many lines are of the epochs done: behind them a crash may have left more, the last one not whole.
std::int64_t lines_done(const std::string& path, std::int64_t epochs_done, std::int64_t every) {
  std::istringstream lines(read_file(path));
  std::int64_t count = 0, last = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const std::int64_t epoch = json.is_object() ? json.value("epoch", epochs_done + 1) : epochs_done + 1;
    if (epoch > epochs_done) break;
    last = epoch;
  }
  if (const std::int64_t wanted = epochs_done - epochs_done % every; last < wanted)
    throw DataError(fmt::format("{}: whole lines up to epoch {}, wanted up to epoch {}, which the state has seen", path,
                                last, wanted));
  return count;
}

JsonLines open_metrics(const std::string& path, const FolderSpec& how, std::int64_t epochs_done) {
  const bool append = how.resume && fs::exists(path);
  if (append) keep_json_lines(path, lines_done(path, epochs_done, how.metrics_every));
  return JsonLines(path, append);
}

void write(JsonLines& lines, const EpochMetrics& m, const Measured& measured) {
  std::vector<std::pair<std::string, JsonValue>> fields{
      {"epoch", m.epoch}, {"step", m.step}, {"train_loss", m.train_loss}};
  for (const auto& [name, value] : measured) fields.emplace_back(name, value);
  fields.emplace_back("learning_rate", m.learning_rate);
  lines.write(fields);
}

bool is_kept(std::int64_t epoch, const FolderSpec& how) {
  return how.checkpoints_per_decade > 0 ? is_log_spaced(epoch, how.checkpoints_per_decade)
                                        : epoch % how.checkpoint_every == 0;
}

// last.safetensors, which costs two waits for the disk: by the clock, not by the epoch.
template <class T>
class LastState {
 public:
  LastState(const Trainer<T>& trainer, const JsonLines& metrics, std::string path,
            std::chrono::duration<double> between)
      : trainer_(trainer), metrics_(metrics), path_(std::move(path)), between_(between) {}

  void save() {
    metrics_.sync();  // resuming needs a line for each epoch of the state
    trainer_.save(path_);
    saved_ = Clock::now();
  }
  void save_if_due() {
    if (Clock::now() - saved_ >= between_) save();
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Trainer<T>& trainer_;
  const JsonLines& metrics_;
  std::string path_;
  std::chrono::duration<double> between_;
  Clock::time_point saved_ = Clock::now();
};

}  // namespace

std::string last_state(const fs::path& folder) { return (folder / "checkpoints/last.safetensors").string(); }

bool is_log_spaced(std::int64_t epoch, std::int64_t per_decade) {
  if (epoch < 1) return false;
  const double k = std::round(std::log10(double(epoch)) * double(per_decade));
  for (const double near : {k - 1, k, k + 1})
    if (std::int64_t(std::pow(10, near / double(per_decade)) + 0.5) == epoch && near >= 0) return true;
  return false;
}

template <class T>
std::int64_t train_measured(const fs::path& folder, const Model& model, const TrainSpec& spec, const Inputs& train,
                            const Measure<T>& measure, const FolderSpec& how) {
  make_folders(folder / "checkpoints");
  Trainer<T> trainer(model, spec, train);
  const std::string state = last_state(folder);
  if (how.resume && fs::exists(state))
    trainer.resume(state);
  else
    trainer.save_network(epoch_file(folder, 0));
  remove_later_checkpoints(folder, trainer.epoch());

  JsonLines metrics = open_metrics((folder / "metrics.jsonl").string(), how, trainer.epoch());
  LastState<T> last(trainer, metrics, state, how.between_saves);
  while (!trainer.done()) {
    while (!trainer.epoch_ended()) {
      if (interrupted()) {
        last.save();
        throw Interrupted("state saved in " + state);
      }
      trainer.step();
      if (how.progress)
        how.progress(trainer.epoch() * trainer.steps_per_epoch() + trainer.step_in_epoch(), trainer.last_loss());
      last.save_if_due();
    }
    const EpochMetrics m = trainer.end_epoch();
    if (m.epoch % how.metrics_every == 0 || trainer.done()) write(metrics, m, measure(trainer));
    if (is_kept(m.epoch, how) || trainer.done()) trainer.save_network(epoch_file(folder, m.epoch));
    if (trainer.done()) last.save();
  }
  return trainer.epoch();
}

template <class T>
RunMetrics train_in(const fs::path& folder, const Model& model, const TrainSpec& spec, const Split& data,
                    const FolderSpec& how) {
  std::unique_ptr<DatasetEvaluator<T>> test;  // reads the trainer's parameters
  const Measure<T> measure = [&](const Trainer<T>& trainer) -> Measured {
    if (!test) test = std::make_unique<DatasetEvaluator<T>>(trainer.model(), trainer.parameters(), data.test);
    const Evaluation e = (*test)();
    return {{"test_loss", e.loss}, {"test_accuracy", e.accuracy}};
  };
  if (train_measured<T>(folder, model, spec, inputs_of(data.train), measure, how) > 0)
    return read_metrics(folder).back();
  Parameters<T> start(parameters_of(model));
  start.start(spec.seed);
  return {{.train_loss = std::nan(""), .learning_rate = std::nan("")}, evaluate(model, start, data.test)};
}

template std::int64_t train_measured<float>(const fs::path&, const Model&, const TrainSpec&, const Inputs&,
                                            const Measure<float>&, const FolderSpec&);
template std::int64_t train_measured<double>(const fs::path&, const Model&, const TrainSpec&, const Inputs&,
                                             const Measure<double>&, const FolderSpec&);
template RunMetrics train_in<float>(const fs::path&, const Model&, const TrainSpec&, const Split&, const FolderSpec&);
template RunMetrics train_in<double>(const fs::path&, const Model&, const TrainSpec&, const Split&, const FolderSpec&);

std::vector<Checkpoint> checkpoints_of(const fs::path& folder) {
  std::vector<Checkpoint> found = checkpoints_in(folder);
  if (found.empty())
    throw DataError(folder.string() +
                    ": no checkpoints/epoch-*.safetensors; help: give the folder of a trained network");
  return found;
}

std::string newest_network(const fs::path& folder) {
  const std::string state = last_state(folder);
  if (!fs::exists(state)) return checkpoints_of(folder).back().path;
  const std::vector<Checkpoint> kept = checkpoints_in(folder);
  const auto metadata = read_safetensors(state).metadata;
  const ConfigReader from(metadata, state);
  const auto epoch = from.number<std::int64_t>("epoch"), step = from.number<std::int64_t>("step_in_epoch");
  const bool further = kept.empty() || epoch > kept.back().epoch || (epoch == kept.back().epoch && step > 0);
  return further ? state : kept.back().path;
}

double MetricsLine::number(std::string_view name) const {
  const auto found = find(name);
  return found == end() ? std::nan("") : found->second;
}

std::vector<MetricsLine> read_metrics_lines(const fs::path& folder) {
  const std::string path = (folder / "metrics.jsonl").string();
  std::istringstream lines(read_file(path));
  std::vector<MetricsLine> all;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) throw DataError(fmt::format("{}: line {} is no JSON object", path, all.size() + 1));
    MetricsLine& numbers = all.emplace_back();
    for (const auto& [name, value] : json.items())
      if (value.is_number()) numbers[name] = value.get<double>();
  }
  if (all.empty()) throw DataError(path + ": no epochs; help: train for at least one");
  return all;
}

std::vector<RunMetrics> read_metrics(const fs::path& folder) {
  std::vector<RunMetrics> all;
  for (const MetricsLine& line : read_metrics_lines(folder))
    all.push_back({{.epoch = std::int64_t(line.number("epoch")),
                    .step = std::int64_t(line.number("step")),
                    .train_loss = line.number("train_loss"),
                    .learning_rate = line.number("learning_rate")},
                   {line.number("test_loss"), line.number("test_accuracy")}});
  return all;
}

}  // namespace basin::nn
