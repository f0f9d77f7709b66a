// Networks whose firing patterns bound (*) does not see (docs/theory.md §3).
#pragma once
#include "core/rng.h"
#include "nn/data/planted/planted.h"

namespace basin::nn {

// 4-5-`outputs`, 300 inputs; neuron 0 fires on exactly `fires` of them, the others on about half.
PlantedNet rarely_firing(std::int64_t fires, std::int64_t outputs, Rng rng);

// 5-5-`outputs`, 300 inputs; neuron 1 fires where neuron 0 does not. With `always_on` neuron 4 fires everywhere.
PlantedNet complementary(std::int64_t outputs, bool always_on, Rng rng);

// 5-4-4-3, 300 inputs. The first `block` neurons (1 or 2) of the first hidden layer fire together. One direction of
// their outputs is read by neuron 0 of the second hidden layer alone, and if `inside` that neuron fires only where the
// block does. Any other pair of neurons shows all four joint states.
PlantedNet nested(std::int64_t block, bool inside, Rng rng);

}  // namespace basin::nn
