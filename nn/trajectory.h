// Training that is remembered: the loss and the parameters at every epoch, of a network or of separate modules that
// learn one task together, so that several can be taken at equal training loss.
#pragma once
#include <span>
#include <vector>

#include "nn/supervised.h"

namespace basin::nn {

// Networks of one hidden layer of ReLUs, modules of one shape: module i reads the i-th block of the inputs and learns
// the i-th block of the targets. Stochastic gradient descent with momentum, from He's start with normal biases of the
// hidden neurons. Both commute with rotations of inputs and outputs in law, so a rotated task is learnt exactly as
// well.
struct ModuleTraining {
  std::int64_t blocks = 1, width = 1;  // modules, and the hidden neurons of each
  std::int64_t epochs = 0, batch = 16;
  double rate = 0.02, momentum = 0.9;
  double weight_decay = 0;  // times the weights is added to the gradient
  double bias = 1;          // standard deviation of the hidden biases at the start
  std::uint64_t seed = 0;   // of the order of rows, and of the start: stream "modularity/module/<i>"
};

struct Trajectory {
  Model module{};                                 // of each
  std::vector<double> losses{};                   // by epoch, 0 … epochs: mean squared error on all training rows
  std::vector<std::vector<double>> parameters{};  // by epoch: the modules' one behind the other

  std::vector<Parameters<double>> at(std::int64_t epoch) const;  // by module
};

// One loss for all modules, the mean over rows and all outputs. Minibatches are the same for any number of modules.
// NumericalError if the loss is not finite: the rate is too large.
Trajectory train_modules(const ModuleTraining& training, const Dataset& data);

// Several of one kind, each with its own seed (training.seed is not read) and its own data of as many rows: side by
// side where that pays (nn/train_seeds.h). What becomes of one does not depend on the others.
struct ModuleTask {
  std::uint64_t seed = 0;
  const Dataset* data = nullptr;
};
std::vector<Trajectory> train_modules(const ModuleTraining& training, std::span<const ModuleTask> tasks);

// The epochs at which several have (nearly) equal loss, of their losses by epoch. The largest of the final losses is
// the level; that network is taken at its end, every other at its first epoch at or below the level.
std::vector<std::int64_t> equal_loss_epochs(const std::vector<std::span<const double>>& losses);

}  // namespace basin::nn
