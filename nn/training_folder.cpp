#include "nn/training_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
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

JsonLines open_metrics(const std::string& path, bool append, std::int64_t epochs_done) {
  append = append && fs::exists(path);
  if (append) keep_json_lines(path, epochs_done);
  return JsonLines(path, append);
}

void write(JsonLines& lines, const RunMetrics& m) {
  lines.write({{"epoch", m.epoch},
               {"step", m.step},
               {"train_loss", m.train_loss},
               {"test_loss", m.test.loss},
               {"test_accuracy", m.test.accuracy},
               {"learning_rate", m.learning_rate}});
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

template <class T>
RunMetrics train_in(const fs::path& folder, const Model& model, const TrainSpec& spec, const Split& data,
                    const FolderSpec& how) {
  fs::create_directories(folder / "checkpoints");
  Trainer<T> trainer(model, spec, inputs_of(data.train));
  DatasetEvaluator<T> test(trainer.model(), trainer.parameters(), data.test);
  const std::string state = last_state(folder);
  if (how.resume && fs::exists(state))
    trainer.resume(state);
  else
    trainer.save_network(epoch_file(folder, 0));
  remove_later_checkpoints(folder, trainer.epoch());

  JsonLines metrics = open_metrics((folder / "metrics.jsonl").string(), how.resume, trainer.epoch());
  LastState<T> last(trainer, metrics, state, how.between_saves);
  if (trainer.done() && trainer.epoch() > 0) return read_metrics(folder).back();
  RunMetrics m{{.train_loss = std::nan(""), .learning_rate = std::nan("")}};
  if (trainer.done()) m.test = test();
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
    write(metrics, m = {trainer.end_epoch(), test()});
    if (m.epoch % how.checkpoint_every == 0 || trainer.done()) trainer.save_network(epoch_file(folder, m.epoch));
    if (trainer.done()) last.save();
  }
  return m;
}

template RunMetrics train_in<float>(const fs::path&, const Model&, const TrainSpec&, const Split&, const FolderSpec&);
template RunMetrics train_in<double>(const fs::path&, const Model&, const TrainSpec&, const Split&, const FolderSpec&);

std::vector<Checkpoint> checkpoints_of(const fs::path& folder) {
  std::vector<Checkpoint> found = checkpoints_in(folder);
  if (found.empty())
    throw DataError(folder.string() + ": no checkpoints/epoch-*.safetensors; help: give the folder of a train_mlp run");
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

std::vector<RunMetrics> read_metrics(const fs::path& folder) {
  const std::string path = (folder / "metrics.jsonl").string();
  std::istringstream lines(read_file(path));
  std::vector<RunMetrics> all;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) throw DataError(fmt::format("{}: line {} is no JSON object", path, all.size() + 1));
    const auto number = [&](const char* key) {
      const auto it = json.find(key);
      return it != json.end() && it->is_number() ? it->get<double>() : std::nan("");
    };
    all.push_back({{.epoch = std::int64_t(number("epoch")),
                    .step = std::int64_t(number("step")),
                    .train_loss = number("train_loss"),
                    .learning_rate = number("learning_rate")},
                   {number("test_loss"), number("test_accuracy")}});
  }
  if (all.empty()) throw DataError(path + ": no epochs; help: train for at least one");
  return all;
}

}  // namespace basin::nn
