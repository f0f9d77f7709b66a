// Training: minibatches through a program, an optimizer over the flat parameter vector, checkpoints that go on exactly.
// One seed decides the start (streams init/*) and the order of rows (shuffle/*). Everything that training depends on is
// in a checkpoint, so a resumed run is byte-equal to one that was never interrupted.
#pragma once
#include <functional>
#include <string>

#include "nn/checkpoint.h"
#include "nn/data/minibatches.h"
#include "nn/init.h"
#include "nn/optim.h"
#include "nn/schedule.h"
#include "nn/supervised.h"

namespace basin::nn {

struct TrainSpec {
  MlpSpec mlp{};
  Init init = Init::pytorch;
  OptimizerSpec optimizer{};
  Schedule schedule{};
  std::int64_t epochs = 30;
  std::int64_t batch = 32;
  std::uint64_t seed = 0;

  void validate(const Dataset& train) const;  // UsageError if a value is outside its range or does not fit the data
};

struct EpochMetrics {
  std::int64_t epoch = 0, step = 0;  // epochs and steps done
  double train_loss = 0;             // mean over the epoch's rows, as they were met
  Evaluation test;
  double learning_rate = 0;  // of the last step
};

template <class T>
class Trainer {
 public:
  // Both data sets must outlive the trainer.
  Trainer(const TrainSpec& spec, const Dataset& train, const Dataset& test);

  bool done() const { return epoch_ >= spec_.epochs; }
  std::int64_t epoch() const { return epoch_; }  // epochs completed
  std::int64_t step_in_epoch() const { return at_; }
  std::int64_t steps_per_epoch() const { return order_.size(); }
  double last_loss() const { return last_loss_; }
  Parameters<T>& parameters() { return params_.values; }

  // One minibatch. Allocates nothing after the first epoch's batch sizes have been met. UsageError if epoch_ended().
  void step();
  bool epoch_ended() const { return at_ == order_.size(); }
  EpochMetrics end_epoch();  // evaluates, and goes to the next epoch
  Evaluation evaluate_on(const Dataset& data) { return evaluate(forward_, params_.values, data); }

  // Both atomic: the file is whole or not there.
  void save_network(const std::string& path) const;  // parameters alone, for whoever looks into the network
  void save(const std::string& path) const;          // everything that resume needs
  void resume(const std::string& path);              // DataError if the file is another network's or another type's

 private:
  SafeTensorsWriter network_file() const;
  TrainSpec spec_;
  const Dataset& train_;
  const Dataset& test_;
  MlpParameters<T> params_;
  Optimizer<T> optimizer_;
  BatchPrograms<T> backward_, forward_;
  Minibatches minibatches_;
  std::int64_t epoch_ = 0, at_ = 0;
  Epoch order_;
  double loss_sum_ = 0, last_loss_ = 0;
};

}  // namespace basin::nn
