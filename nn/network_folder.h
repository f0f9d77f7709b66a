// The files of one network while it is trained, and the loop that fills them, for one network or for several that are
// trained together. How training in folders works inside; to train in them, nn/training_folder.h.
#pragma once
#include <optional>

#include "core/interrupt.h"
#include "core/json_lines.h"
#include "nn/training_folder.h"

namespace basin::nn {

class NetworkFolder {
 public:
  // Makes the folders. `how` must outlive it.
  NetworkFolder(std::filesystem::path folder, const FolderSpec& how);

  std::string state() const { return last_state(folder_); }
  bool goes_on() const;  // there is a state to go on from, and that is asked for
  std::string network(std::int64_t epoch) const;

  // Cuts what is there back to the epochs done, and opens the metrics.
  void open(std::int64_t epochs_done);
  void write(const EpochMetrics& metrics, const Measured& measured);
  void sync() const { metrics_->sync(); }

 private:
  std::filesystem::path folder_;
  const FolderSpec& how_;
  std::optional<JsonLines> metrics_;
};

bool is_kept(std::int64_t epoch, const FolderSpec& how);

// Of a network that is trained: the last line of its metrics, or of a start without epochs what can be said.
template <class T>
RunMetrics last_metrics(const std::filesystem::path& folder, std::int64_t epochs, const Model& model,
                        const TrainSpec& spec, const Split& data);

// last.safetensors, which costs two waits for the disk: by the clock, not by the epoch.
template <class Training>
class LastStates {
 public:
  LastStates(const Training& training, const std::vector<NetworkFolder>& folders, std::chrono::duration<double> between)
      : training_(training), folders_(folders), between_(between) {}

  void save() {
    for (std::size_t i = 0; i < folders_.size(); ++i) {
      folders_[i].sync();  // resuming needs a line for each epoch of the state
      training_.save(int(i), folders_[i].state());
    }
    saved_ = Clock::now();
  }
  void save_if_due() {
    if (Clock::now() - saved_ >= between_) save();
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Training& training_;
  const std::vector<NetworkFolder>& folders_;
  std::chrono::duration<double> between_;
  Clock::time_point saved_ = Clock::now();
};

// A Training has networks 0, 1, …, one for each folder, all at the same step: done, step, epoch_ended, steps_done of
// each network, last_loss; end_epoch and measure, a list by network; save(i, path), save_network(i, path), and
// resume(paths of all states).
template <class Training>
void begin_in(Training& training, std::vector<NetworkFolder>& folders) {
  std::vector<std::string> states;
  for (const NetworkFolder& folder : folders) states.push_back(folder.state());
  const bool goes_on = folders[0].goes_on();
  if (goes_on) training.resume(states);
  for (std::size_t i = 0; i < folders.size(); ++i) {
    if (!goes_on) training.save_network(int(i), folders[i].network(0));
    folders[i].open(training.epoch());
  }
}

template <class Training>
void end_epoch_in(Training& training, std::vector<NetworkFolder>& folders, const FolderSpec& how) {
  const std::vector<EpochMetrics> metrics = training.end_epoch();
  const bool last = training.done();
  const std::int64_t epoch = training.epoch();
  if (epoch % how.metrics_every == 0 || last) {
    const std::vector<Measured> measured = training.measure();
    for (std::size_t i = 0; i < folders.size(); ++i) folders[i].write(metrics[i], measured[i]);
  }
  if (is_kept(epoch, how) || last)
    for (std::size_t i = 0; i < folders.size(); ++i) training.save_network(int(i), folders[i].network(epoch));
}

template <class Training>
void train_together_in(Training& training, std::vector<NetworkFolder>& folders, const FolderSpec& how) {
  begin_in(training, folders);
  LastStates<Training> last(training, folders, how.between_saves);
  while (!training.done()) {
    while (!training.epoch_ended()) {
      if (interrupted()) {
        last.save();
        throw Interrupted("state saved in " + folders[0].state());
      }
      training.step();
      if (how.progress) how.progress(training.steps_done(), training.last_loss());
      last.save_if_due();
    }
    end_epoch_in(training, folders, how);
    if (training.done()) last.save();
  }
}

}  // namespace basin::nn
