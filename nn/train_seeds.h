// Training of several networks of one architecture side by side, each with its own seed, and with its own data where
// that is asked for: parameters, gradients and optimizer lie in the lanes of packs (core/pack.h), and one program makes
// the steps of all. For small networks, where a step of one costs more in calls than in arithmetic.
//
// A network takes the steps that a Trainer (nn/train.h) with its seed would take, from the same start, on the same rows
// in the same order. What becomes of it depends neither on its lane nor on the others, to the bit; but products are
// summed here in another order than BLAS sums them, so that the last bits of a step are not those of the network
// trained alone.
#pragma once
#include <array>

#include "nn/train.h"

namespace basin::nn {

// Whether networks of this model cost less side by side. It depends on the model alone.
bool lanes_pay(const Model& model);

template <class T>
class SeedTrainer {
 public:
  static constexpr int lanes = Pack<T>::lanes;  // networks at most: 16 in float, 8 in double

  // Network i starts from seeds[i] and minimises the mean loss over the rows of train[i], or of train[0] if that is
  // all; spec.seed is not read. UsageError for no seeds or more than lanes, for another number of data, for rows of
  // unequal number, and for micro-batches and clipping, which are not done here; errors of Trainer.
  SeedTrainer(Model model, const TrainSpec& spec, std::vector<std::uint64_t> seeds, std::vector<Inputs> train);
  SeedTrainer(const SeedTrainer&) = delete;  // its programs read its parameters
  SeedTrainer& operator=(const SeedTrainer&) = delete;

  int networks() const { return int(seeds_.size()); }
  const Model& model() const { return model_; }
  bool done() const { return epoch_ >= spec_.epochs; }
  std::int64_t epoch() const { return epoch_; }  // epochs completed, by all
  std::int64_t step_in_epoch() const { return at_; }
  std::int64_t steps_per_epoch() const { return orders_[0].size(); }
  double last_loss(int network) const { return last_losses_[std::size_t(network)]; }

  // By lane: network i is lane i, behind the last stands the first again.
  const Parameters<Pack<T>>& parameters() const { return params_; }
  Parameters<T> parameters(int network) const;  // a copy
  void start(int network, const Parameters<T>& from);
  const Inputs& data(int lane) const { return train_[train_.size() > 1 && lane < networks() ? std::size_t(lane) : 0]; }

  // One minibatch of each network. Allocates nothing after the first epoch's batch sizes have been met. UsageError if
  // epoch_ended(); NumericalError naming seed and first bad value if a loss is NaN or Inf: none has moved then.
  void step();
  bool epoch_ended() const { return at_ == steps_per_epoch(); }
  std::vector<EpochMetrics> end_epoch();  // by network; goes to the next epoch
  void run_to(std::int64_t epoch);        // until so many epochs are completed; Interrupted as of Trainer

  // Files of one network each, as a Trainer writes them.
  void save_network(int network, const std::string& path) const;
  void save(int network, const std::string& path) const;
  // From the states of all networks. DataError as of Trainer, and if they are not all as far.
  void resume(const std::vector<std::string>& paths);

 private:
  TrainState<T> state(int network) const;
  void take(int network, const TrainState<T>& from);
  Trainee trainee(int network) const { return {model_, seeds_[std::size_t(network)], spec_.batch}; }
  void begin_epoch(std::int64_t epoch);
  void require_finite(const Program<Pack<T>>& program);
  Model model_;
  TrainSpec spec_;
  std::vector<std::uint64_t> seeds_;
  std::vector<Inputs> train_;
  std::int64_t rows_;
  Parameters<Pack<T>> params_;
  Optimizer<Pack<T>> optimizer_;
  Runner<Pack<T>> runner_;
  std::array<const Inputs*, std::size_t(lanes)> by_lane_{};
  std::vector<Minibatches> minibatches_;  // by network
  std::vector<Epoch> orders_;
  std::int64_t epoch_ = 0, at_ = 0;
  std::array<double, std::size_t(lanes)> loss_sums_{}, last_losses_{};
};

}  // namespace basin::nn
