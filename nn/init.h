// Starting values of parameters. Every slice draws from its own random stream "init/<name>", so a weight does not
// change when another layer is added. Float starts are the double starts rounded.
#pragma once
#include <cstdint>
#include <string_view>

#include "autodiff/parameters.h"

namespace basin::nn {

enum class Init {
  he,       // weights normal with variance 2 / in, biases 0 (He et al. 2015, for ReLU)
  glorot,   // weights uniform in ±sqrt(6 / (in + out)), biases 0 (Glorot & Bengio 2010, for tanh)
  pytorch,  // weights and biases uniform in ±1 / sqrt(in): the default of torch.nn.Linear
};

Init init_from(std::string_view name);  // UsageError listing the names

// Slices are told apart by their names: *.weight [in, out] and *.bias [out] behind a weight. NameError for others.
template <class T>
void initialize(Parameters<T>& params, Init scheme, std::uint64_t seed);

}  // namespace basin::nn
