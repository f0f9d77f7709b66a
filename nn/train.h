// Training of any model: minibatches through a program, an optimizer over the flat parameter vector, checkpoints that
// go on exactly. One seed decides the start (streams init/*) and the order of rows (shuffle/*). Everything that
// training depends on is in a checkpoint, so a resumed run is byte-equal to one that was never interrupted.
#pragma once
#include <string>
#include <vector>

#include "nn/checkpoint.h"
#include "nn/data/minibatches.h"
#include "nn/evaluate.h"
#include "nn/optim.h"
#include "nn/schedule.h"
#include "nn/train_state.h"

namespace basin::nn {

struct TrainSpec {
  OptimizerSpec optimizer{};
  Schedule schedule{};
  std::int64_t epochs = 30;
  std::int64_t batch = 32;
  std::int64_t micro_batch = 0;  // rows in one run, to save memory: gradients are summed up to a batch; 0: all at once
  double clip = 0;               // the longest gradient; longer ones are scaled down to it; 0: none is
  std::uint64_t seed = 0;
  int threads = 1;  // that run the parts of a batch (micro_batch) side by side; nothing but time depends on it

  void validate() const;  // UsageError if a value is outside its range
};

struct EpochMetrics {
  std::int64_t epoch = 0, step = 0;  // epochs and steps done
  double train_loss = 0;             // mean over the epoch's rows, as they were met
  double learning_rate = 0;          // of the last step
};

// What a step computes: the mean of the loss over its rows, fetched, and the gradient, flat. UsageError for a model
// without loss.
ProgramSpec loss_and_gradient(Graph& graph, const Ends& ends);
// The parts of θ that weight decay leaves alone, of at least one parameter; UsageError for none.
std::vector<Span> undecayed(const std::vector<ParameterInfo>& parameters);

template <class T>
class Trainer {
 public:
  // Minimises the mean of the model's loss over the rows of `train`. UsageError for a model without parameters or loss;
  // errors of rows_of.
  Trainer(Model model, const TrainSpec& spec, Inputs train);
  Trainer(const Trainer&) = delete;  // its programs read its parameters
  Trainer& operator=(const Trainer&) = delete;

  bool done() const { return epoch_ >= spec_.epochs; }
  std::int64_t epoch() const { return epoch_; }  // epochs completed
  std::int64_t step_in_epoch() const { return at_; }
  std::int64_t steps_per_epoch() const { return order_.size(); }
  double last_loss() const { return last_loss_; }
  const Model& model() const { return model_; }
  Parameters<T>& parameters() { return params_; }
  const Parameters<T>& parameters() const { return params_; }

  // One minibatch. Allocates nothing after the first epoch's batch sizes have been met, but for starting threads.
  // UsageError if epoch_ended(); NumericalError naming the first bad value if the loss is NaN or Inf. Inside a
  // parallel_for it runs on the caller's thread alone.
  void step();
  bool epoch_ended() const { return at_ == order_.size(); }
  EpochMetrics end_epoch();  // goes to the next epoch
  // Until so many epochs are completed. Interrupted, between two steps, on SIGINT and SIGTERM: it can be called again.
  void run_to(std::int64_t epoch);
  // Of any values over any data; who asks often keeps an Evaluator.
  std::vector<double> means_over(const Inputs& data, const Values& values) const;

  // Both atomic: the file is whole or not there.
  void save_network(const std::string& path) const;  // parameters alone, for whoever looks into the network
  void save(const std::string& path) const;          // everything that resume needs
  void resume(const std::string& path);              // DataError if the file is another model's or another type's

 private:
  TrainState<T> state() const;
  using Rows = std::span<const std::int64_t>;
  std::int64_t parts_of(std::int64_t rows) const;
  Rows part(Rows batch, std::int64_t index) const;
  void run_part(Rows rows, Runner<T>& runner) const;
  std::span<const T> take_part(Rows rows, Runner<T>& runner, double share);
  void clip_sum();
  std::span<const T> gradient(Rows rows);
  Model model_;
  TrainSpec spec_;
  Inputs train_;
  std::int64_t rows_;
  Parameters<T> params_;
  Optimizer<T> optimizer_;
  std::vector<Runner<T>> runners_;  // one for each thread
  Slab<T> sum_;                     // of gradients, where a batch has several parts or is clipped
  Minibatches minibatches_;
  std::int64_t epoch_ = 0, at_ = 0;
  Epoch order_;
  double loss_sum_ = 0, last_loss_ = 0;
};

}  // namespace basin::nn
