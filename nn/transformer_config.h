// A TransformerSpec as the text that checkpoints and manifests hold.
#pragma once
#include "nn/transformer.h"

namespace basin::nn {

std::map<std::string, std::string> config_of(const TransformerSpec& spec);

}  // namespace basin::nn
