// train_seeds_in: which networks go together, and the loop over them.
#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>

#include "core/parallel.h"
#include "nn/config.h"
#include "nn/network_folder.h"
#include "nn/train_seeds.h"

namespace basin::nn {
namespace {

namespace fs = std::filesystem;

Values loss_and_accuracy(bool classes) {
  return [classes](Graph& graph, const Ends& ends) {
    std::vector<Var> values{ends.loss};
    if (classes) values.push_back(right(graph, ends));
    return values;
  };
}

// Networks side by side, as train_together_in sees them.
template <class T>
class SideBySide {
 public:
  SideBySide(const Model& model, const TrainSpec& spec, std::vector<std::uint64_t> seeds, const Split& data)
      : trainer_(model, spec, std::move(seeds), {inputs_of(data.train)}),
        test_(inputs_of(data.test)),
        evaluate_(model, trainer_.parameters(), loss_and_accuracy(data.test.classes > 0)) {}

  bool done() const { return trainer_.done(); }
  bool epoch_ended() const { return trainer_.epoch_ended(); }
  std::int64_t epoch() const { return trainer_.epoch(); }
  std::int64_t steps_done() const {  // by all of them
    return trainer_.networks() * (epoch() * trainer_.steps_per_epoch() + trainer_.step_in_epoch());
  }
  double last_loss() const {
    double sum = 0;
    for (int i = 0; i < trainer_.networks(); ++i) sum += trainer_.last_loss(i);
    return sum / trainer_.networks();
  }
  void step() { trainer_.step(); }
  std::vector<EpochMetrics> end_epoch() { return trainer_.end_epoch(); }
  std::vector<Measured> measure() {
    const std::vector<double> means = evaluate_.means(test_);  // loss by lane, then accuracy
    const std::size_t lanes = std::size_t(trainer_.lanes);
    std::vector<Measured> all;
    for (std::size_t i = 0; i < std::size_t(trainer_.networks()); ++i)
      all.push_back(
          {{"test_loss", means[i]}, {"test_accuracy", means.size() > lanes ? means[lanes + i] : no_accuracy}});
    return all;
  }
  void save(int network, const std::string& path) const { trainer_.save(network, path); }
  void save_network(int network, const std::string& path) const { trainer_.save_network(network, path); }
  void resume(const std::vector<std::string>& paths) { trainer_.resume(paths); }

 private:
  static constexpr double no_accuracy = std::numeric_limits<double>::quiet_NaN();
  SeedTrainer<T> trainer_;
  Inputs test_;
  Evaluator<Pack<T>> evaluate_;
};

// How far a network is: side by side go those that are as far. Epochs, steps in the next one; -1: not begun.
using Progress = std::pair<std::int64_t, std::int64_t>;

Progress progress_of(const fs::path& folder, const FolderSpec& how) {
  const std::string state = last_state(folder);
  if (!how.resume || !fs::exists(state)) return {-1, 0};
  const auto metadata = read_safetensors(state).metadata;
  const ConfigReader from(metadata, state);
  return {from.number<std::int64_t>("epoch"), from.number<std::int64_t>("step_in_epoch")};
}

// Places in `folders` of networks that are as far, at most `most` together and as evenly as that allows.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<fs::path>& folders, const FolderSpec& how,
                                                std::size_t most) {
  std::map<Progress, std::vector<std::size_t>> as_far;
  for (std::size_t i = 0; i < folders.size(); ++i) as_far[progress_of(folders[i], how)].push_back(i);
  std::vector<std::vector<std::size_t>> groups;
  for (const auto& [progress, places] : as_far)
    for (std::size_t first = 0; first < places.size(); first += most)
      groups.emplace_back(places.begin() + std::ptrdiff_t(first),
                          places.begin() + std::ptrdiff_t(std::min(first + most, places.size())));
  return groups;
}

// The steps of several groups, for one listener.
class Sum {
 public:
  Sum(std::size_t groups, const FolderSpec& how) : steps_(groups), progress_(how.progress) {}
  void set(std::size_t group, std::int64_t steps, double loss) {
    const std::lock_guard lock(mutex_);
    steps_[group] = steps;
    progress_(std::accumulate(steps_.begin(), steps_.end(), std::int64_t(0)), loss);
  }

 private:
  std::mutex mutex_;
  std::vector<std::int64_t> steps_;
  std::function<void(std::int64_t, double)> progress_;
};

template <class Value>
std::vector<Value> chosen(const std::vector<Value>& all, const std::vector<std::size_t>& places) {
  std::vector<Value> some;
  for (const std::size_t i : places) some.push_back(all[i]);
  return some;
}

template <class T>
std::vector<RunMetrics> train_group(const std::vector<fs::path>& folders, const std::vector<std::uint64_t>& seeds,
                                    const Model& model, TrainSpec spec, const Split& data, const FolderSpec& how) {
  spec.seed = seeds[0];
  if (!lanes_pay(model)) return {train_in<T>(folders[0], model, spec, data, how)};
  SideBySide<T> training(model, spec, seeds, data);
  std::vector<NetworkFolder> files;
  for (const fs::path& folder : folders) files.emplace_back(folder, how);
  train_together_in(training, files, how);
  std::vector<RunMetrics> last;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    spec.seed = seeds[i];
    last.push_back(last_metrics<T>(folders[i], training.epoch(), model, spec, data));
  }
  return last;
}

}  // namespace

template <class T>
std::vector<RunMetrics> train_seeds_in(const std::vector<fs::path>& folders, const std::vector<std::uint64_t>& seeds,
                                       const Model& model, const TrainSpec& spec, const Split& data,
                                       const FolderSpec& how, int threads) {
  if (folders.size() != seeds.size()) throw UsageError("train_seeds_in: as many folders as seeds are wanted");
  const auto groups = groups_of(folders, how, lanes_pay(model) ? std::size_t(SeedTrainer<T>::lanes) : 1);
  Sum sum(groups.size(), how);
  std::vector<RunMetrics> last(folders.size());
  parallel_for(threads, std::int64_t(groups.size()), [&](std::int64_t index, int) {
    const std::size_t g = std::size_t(index);
    FolderSpec own = how;
    if (how.progress) own.progress = [&sum, g](std::int64_t steps, double loss) { sum.set(g, steps, loss); };
    const auto metrics = train_group<T>(chosen(folders, groups[g]), chosen(seeds, groups[g]), model, spec, data, own);
    for (std::size_t i = 0; i < metrics.size(); ++i) last[groups[g][i]] = metrics[i];
  });
  return last;
}

template std::vector<RunMetrics> train_seeds_in<float>(const std::vector<fs::path>&, const std::vector<std::uint64_t>&,
                                                       const Model&, const TrainSpec&, const Split&, const FolderSpec&,
                                                       int);
template std::vector<RunMetrics> train_seeds_in<double>(const std::vector<fs::path>&, const std::vector<std::uint64_t>&,
                                                        const Model&, const TrainSpec&, const Split&, const FolderSpec&,
                                                        int);

}  // namespace basin::nn
