#include "experiments/describe/rebuilt_model.h"

#include <fmt/format.h>

#include "experiments/shared/weights_file.h"
#include "interp/layers/relu_net.h"
#include "nn/checkpoint.h"
#include "nn/config.h"
#include "nn/import.h"

namespace basin::experiments {
namespace {

RebuiltModel by_config(const SafeTensors& file, const std::string& path) {
  try {
    Model model = nn::model_from(file.metadata);
    nn::require_parameters(parameters_of(model), file, path);
    return {std::move(model), fmt::format("{}, by the config in the metadata", file.metadata.at("model"))};
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: the network cannot be rebuilt: {}", path, e.what()));
  }
}

}  // namespace

RebuiltModel rebuilt_model(const std::string& path) {
  if (!path.ends_with(".safetensors") && !path.ends_with(".npz"))
    throw DataError(path + ": one array is no network, so there are no values to name; wanted .safetensors or .npz");
  SafeTensors file = read_weights(path);
  if (file.metadata.contains("model")) return by_config(file, path);
  if (nn::holds_transformer(path))
    return {nn::import_transformer(path).model, "transformer, by TransformerLens's names"};
  file.metadata.erase("activation");  // values are called the same with any
  const interp::ReluNet net = interp::relu_net_from(file, path);
  return {interp::model_of(net), fmt::format("dense layers, order: {}", net.reading.order)};
}

}  // namespace basin::experiments
