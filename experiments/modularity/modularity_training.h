// Training of matched pairs: every network is remembered at every epoch, so that two can be taken at equal training
// loss.
#pragma once
#include "experiments/modularity/modularity_nets.h"
#include "nn/data/dataset.h"

namespace basin::experiments {

// Stochastic gradient descent with momentum, from He's start with normal biases of the hidden neurons. Both commute
// with rotations of inputs and outputs in law, so a rotated task is learnt exactly as well.
struct ModularTraining {
  std::int64_t blocks = 1, width = 1;  // modules, and the hidden neurons of each
  std::int64_t epochs = 0, batch = 16;
  double rate = 0.02, momentum = 0.9;
  double weight_decay = 0;  // times the weights is added to the gradient
  double bias = 1;          // standard deviation of the hidden biases at the start
  std::uint64_t seed = 0;   // of the start and the order of rows
};

struct Trajectory {
  std::vector<std::int64_t> widths;             // of each module
  std::vector<double> losses;                   // by epoch, 0 … epochs: mean squared error on all training rows
  std::vector<std::vector<double>> parameters;  // by epoch: the modules' one behind the other

  ModularNet at(std::int64_t epoch) const;
};

// One loss for all modules, the mean over rows and all outputs. Minibatches are the same for any number of modules.
// NumericalError if the loss is not finite: the rate is too large.
Trajectory train_modules(const ModularTraining& training, const nn::Dataset& data);

// The epochs at which trajectories have (nearly) equal loss. The largest of the final losses is the level; that network
// is taken at its end, every other at its first epoch at or below the level.
std::vector<std::int64_t> equal_loss_epochs(std::span<const Trajectory* const> trajectories);

}  // namespace basin::experiments
