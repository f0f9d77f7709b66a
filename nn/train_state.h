// What training goes on from, and its files: a network alone, for whoever looks into it, and a state with everything
// that resuming needs. Written by the trainer of one network and by that of several side by side, alike.
#pragma once
#include <string>
#include <vector>

#include "autodiff/model.h"

namespace basin::nn {

template <class T>
struct TrainState {
  Parameters<T> parameters;
  std::vector<T> first{}, second{};  // of the optimizer (nn/optim.h), as long as it has them
  std::int64_t steps = 0, epoch = 0, step_in_epoch = 0;
  double loss_sum = 0;  // over the rows of the epoch that were met
};

// Whose state it is, which a file must fit.
struct Trainee {
  const Model& model;
  std::uint64_t seed = 0;
  std::int64_t batch = 0;
};

// Atomic: the file is whole or not there.
template <class T>
void save_network(const std::string& path, const Parameters<T>& parameters, const Model& model, std::int64_t epoch);
template <class T>
void save_state(const std::string& path, const TrainState<T>& state, const Trainee& network);

// A state with parameters and an optimizer like those of `like`. DataError if the file is damaged, another network's
// or another type's.
template <class T>
TrainState<T> read_state(const std::string& path, TrainState<T> like, const Trainee& network);

}  // namespace basin::nn
