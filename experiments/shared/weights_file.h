// Weights of dense layers from files that others wrote.
#pragma once
#include <string>

#include "core/safetensors.h"

namespace basin::experiments {

// .safetensors, or .npz with the same names, or with layer0_W [in, out] and layer0_b for layer0.weight and .bias.
// DataError for all that their readers refuse.
SafeTensors read_weights(const std::string& path);

}  // namespace basin::experiments
