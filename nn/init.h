// Starting values of a dense layer's parameters: what its maker gives to Graph::parameter. Parameters::start draws
// them.
#pragma once
#include <string_view>

#include "autodiff/parameter_info.h"

namespace basin::nn {

enum class Init {
  he,       // weights normal with variance 2 / in, biases 0 (He et al. 2015, for ReLU)
  glorot,   // weights uniform in ±sqrt(6 / (in + out)), biases 0 (Glorot & Bengio 2010, for tanh)
  pytorch,  // weights and biases uniform in ±1 / sqrt(in): the default of torch.nn.Linear
};

Init init_from(std::string_view name);  // UsageError listing the names

Start weight_start(Init scheme, std::int64_t in, std::int64_t out);
Start bias_start(Init scheme, std::int64_t in);

}  // namespace basin::nn
