#include "nn/training_folder.h"

#include <cmath>
#include <memory>

#include "core/file.h"
#include "nn/config.h"
#include "nn/network_folder.h"

namespace basin::nn {
namespace {

namespace fs = std::filesystem;

// One network, as train_together_in sees it.
template <class T>
class Alone {
 public:
  Alone(const Model& model, const TrainSpec& spec, const Inputs& train, const Measure<T>& measure)
      : trainer_(model, spec, train), measure_(measure) {}

  bool done() const { return trainer_.done(); }
  bool epoch_ended() const { return trainer_.epoch_ended(); }
  std::int64_t epoch() const { return trainer_.epoch(); }
  std::int64_t steps_done() const { return epoch() * trainer_.steps_per_epoch() + trainer_.step_in_epoch(); }
  double last_loss() const { return trainer_.last_loss(); }
  void step() { trainer_.step(); }
  std::vector<EpochMetrics> end_epoch() { return {trainer_.end_epoch()}; }
  std::vector<Measured> measure() const { return {measure_(trainer_)}; }
  void save(int, const std::string& path) const { trainer_.save(path); }
  void save_network(int, const std::string& path) const { trainer_.save_network(path); }
  void resume(const std::vector<std::string>& paths) { trainer_.resume(paths[0]); }

 private:
  Trainer<T> trainer_;
  const Measure<T>& measure_;
};

}  // namespace

template <class T>
std::int64_t train_measured(const fs::path& folder, const Model& model, const TrainSpec& spec, const Inputs& train,
                            const Measure<T>& measure, const FolderSpec& how) {
  Alone<T> training(model, spec, train, measure);
  std::vector<NetworkFolder> folders;
  folders.emplace_back(folder, how);
  train_together_in(training, folders, how);
  return training.epoch();
}

template <class T>
RunMetrics last_metrics(const fs::path& folder, std::int64_t epochs, const Model& model, const TrainSpec& spec,
                        const Split& data) {
  if (epochs > 0) return read_metrics(folder).back();
  Parameters<T> start(parameters_of(model));
  start.start(spec.seed);
  return {{.train_loss = std::nan(""), .learning_rate = std::nan("")}, evaluate(model, start, data.test)};
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
  const std::int64_t epochs = train_measured<T>(folder, model, spec, inputs_of(data.train), measure, how);
  return last_metrics<T>(folder, epochs, model, spec, data);
}

template std::int64_t train_measured<float>(const fs::path&, const Model&, const TrainSpec&, const Inputs&,
                                            const Measure<float>&, const FolderSpec&);
template std::int64_t train_measured<double>(const fs::path&, const Model&, const TrainSpec&, const Inputs&,
                                             const Measure<double>&, const FolderSpec&);
template RunMetrics last_metrics<float>(const fs::path&, std::int64_t, const Model&, const TrainSpec&, const Split&);
template RunMetrics last_metrics<double>(const fs::path&, std::int64_t, const Model&, const TrainSpec&, const Split&);
template RunMetrics train_in<float>(const fs::path&, const Model&, const TrainSpec&, const Split&, const FolderSpec&);
template RunMetrics train_in<double>(const fs::path&, const Model&, const TrainSpec&, const Split&, const FolderSpec&);

std::string newest_network(const fs::path& folder) {
  const std::string state = last_state(folder);
  if (!fs::exists(state)) return checkpoints_of(folder).back().path;
  const std::vector<Checkpoint> kept = kept_checkpoints(folder);
  const auto metadata = read_safetensors(state).metadata;
  const ConfigReader from(metadata, state);
  const auto epoch = from.number<std::int64_t>("epoch"), step = from.number<std::int64_t>("step_in_epoch");
  const bool further = kept.empty() || epoch > kept.back().epoch || (epoch == kept.back().epoch && step > 0);
  return further ? state : kept.back().path;
}

}  // namespace basin::nn
