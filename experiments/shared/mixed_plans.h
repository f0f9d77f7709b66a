// Plans of planted networks with random mixtures of everything that can be planted (claims C9 and C10).
#pragma once
#include "core/rng.h"
#include "nn/data/planted.h"

namespace basin::experiments {

// Each hidden layer has 2 to 4 blocks and at most 8 neurons: synchronised, always-on and dead blocks, some with low
// ranks of what they read or of who reads them; 1 to 5 outputs; inputs of low rank in one plan of four.
nn::Plan random_plan(std::int64_t hidden_layers, Rng& rng);

}  // namespace basin::experiments
