#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/csv.h"
#include "core/npy.h"
#include "core/npz.h"
#include "interp/relu_net.h"

namespace basin::interp {
namespace {

constexpr const char* covered =
    "; help: covered are fully connected ReLU and linear networks whose layers all have a weight [out, in], with or "
    "without a bias [out]";

// A name cut into texts and numbers, so that layers.2 comes before layers.10.
std::vector<std::pair<std::int64_t, std::string>> natural_key(const std::string& name) {
  std::vector<std::pair<std::int64_t, std::string>> key;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t end = i;
    const bool number = std::isdigit(static_cast<unsigned char>(name[i]));
    while (end < name.size() && bool(std::isdigit(static_cast<unsigned char>(name[end]))) == number) ++end;
    const std::string part = name.substr(i, end - i);
    const bool small = number && part.size() <= 18;  // longer ones are compared as text
    key.emplace_back(small ? std::stoll(part) : -1, part);
    i = end;
  }
  return key;
}

struct NamedLayer {
  std::string prefix;  // "layers.0."
  const Tensor<double>* weight = nullptr;
  const Tensor<double>* bias = nullptr;
};

std::string found(const SafeTensors& file) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file.tensors) names.push_back(name + " " + tensor.shape.str());
  if (names.size() > 12) {
    const std::size_t rest = names.size() - 12;
    names.resize(12);
    names.push_back(fmt::format("and {} more", rest));
  }
  return names.empty() ? "no tensors" : fmt::format("{}", fmt::join(names, ", "));
}

[[noreturn]] void refuse(const SafeTensors& file, const std::string& where, const std::string& what) {
  throw DataError(fmt::format("{}: {}; found {}{}", where, what, found(file), covered));
}

std::vector<NamedLayer> named_layers(const SafeTensors& file, const std::string& where) {
  std::map<std::string, NamedLayer> by_prefix;
  for (const auto& [name, tensor] : file.tensors) {
    if (name.starts_with("optimizer.")) continue;  // the rest of a training state
    const std::string prefix = name.substr(0, name.rfind('.') + 1), last = name.substr(prefix.size());
    if (last != "weight" && last != "bias") refuse(file, where, fmt::format("'{}' is no weight and no bias", name));
    NamedLayer& layer = by_prefix[prefix];
    layer.prefix = prefix;
    (last == "weight" ? layer.weight : layer.bias) = &tensor;
  }
  std::vector<NamedLayer> layers;
  for (auto& [prefix, layer] : by_prefix) layers.push_back(layer);
  std::ranges::stable_sort(layers, {}, [](const NamedLayer& l) { return natural_key(l.prefix); });
  return layers;
}

void check_layer(const NamedLayer& layer, const SafeTensors& file, const std::string& where) {
  if (!layer.weight) refuse(file, where, fmt::format("'{}bias' has no '{}weight'", layer.prefix, layer.prefix));
  if (layer.weight->shape.rank() != 2)
    refuse(file, where,
           fmt::format("'{}weight' has shape {}; wanted two axes, [out, in]", layer.prefix, layer.weight->shape.str()));
  if (layer.bias && layer.bias->shape != Shape{layer.weight->shape[0]})
    refuse(file, where,
           fmt::format("'{}bias' has shape {} beside a weight {}; wanted [{}]", layer.prefix, layer.bias->shape.str(),
                       layer.weight->shape.str(), layer.weight->shape[0]));
}

void check_chain(const std::vector<NamedLayer>& layers, const SafeTensors& file, const std::string& where) {
  for (std::size_t l = 1; l < layers.size(); ++l) {
    const Shape &before = layers[l - 1].weight->shape, &here = layers[l].weight->shape;
    if (here[1] != before[0])
      refuse(file, where,
             fmt::format("'{}weight' {} does not fit behind '{}weight' {}, and layers are taken in the order of their "
                         "names; wanted {} columns",
                         layers[l].prefix, here.str(), layers[l - 1].prefix, before.str(), before[0]));
  }
}

// What stands between the layers, of two sources that may both be silent.
std::string activation_of(const SafeTensors& file, const std::string& where, const std::string& wanted) {
  const auto named = file.metadata.find("activation");
  const std::string said = named == file.metadata.end() ? "" : named->second;
  if (!wanted.empty() && !said.empty() && wanted != said)
    refuse(file, where, fmt::format("its activation is '{}' and {} was asked for", said, wanted));
  const std::string activation = !said.empty() ? said : wanted.empty() ? "relu" : wanted;
  if (activation != "relu" && activation != "linear")
    refuse(file, where, fmt::format("its activation is '{}'; wanted relu or linear", activation));
  return activation;
}

const Tensor<double>& the_inputs(const std::map<std::string, Tensor<double>>& arrays, const std::string& path) {
  if (const auto x = arrays.find("x"); x != arrays.end()) return x->second;
  if (arrays.size() == 1) return arrays.begin()->second;
  std::vector<std::string> names;
  for (const auto& [name, array] : arrays) names.push_back(name);
  throw DataError(fmt::format("{}: arrays {} given; wanted one, or one named x; help: save the inputs alone, as .npy",
                              path, fmt::join(names, ", ")));
}

Tensor<double> read_table(const std::string& path) {
  if (path.ends_with(".npy")) return read_npy(path);
  if (path.ends_with(".npz")) return the_inputs(read_npz(path), path);
  if (path.ends_with(".csv")) return read_csv(path).values;
  throw DataError(path + ": inputs of an unknown kind given; wanted a file ending in .npy, .npz or .csv");
}

}  // namespace

ReluNet relu_net_from(const SafeTensors& file, const std::string& where, const std::string& activation) {
  const std::string between = activation_of(file, where, activation);
  const std::vector<NamedLayer> layers = named_layers(file, where);
  if (layers.empty()) refuse(file, where, "there are no layers");
  for (const NamedLayer& layer : layers) check_layer(layer, file, where);
  check_chain(layers, file, where);
  ReluNet net{.weights = {}, .biases = {}, .linear = between == "linear"};
  for (const NamedLayer& layer : layers) {
    net.weights.push_back(*layer.weight);
    net.biases.push_back(layer.bias ? layer.bias->data : std::vector<double>{});
  }
  net.validate(where);
  return net;
}

ReluNet read_relu_net(const std::string& path, const std::string& activation) {
  return relu_net_from(read_safetensors(path), path, activation);
}

Tensor<double> read_samples(const std::string& path) {
  Tensor<double> table = read_table(path);
  const Shape& shape = table.shape;
  if (shape.rank() < 2 || table.size() == 0)
    throw DataError(fmt::format("{}: inputs of shape {} given; wanted [samples, features]{}", path, shape.str(),
                                shape.rank() == 1 ? "; help: one feature is [samples, 1]" : ""));
  for (std::int64_t i = 0; i < table.size(); ++i)
    if (!std::isfinite(table[i]))
      throw DataError(fmt::format("{}: the number in sample {} is {}", path, i / (table.size() / shape[0]), table[i]));
  return table;
}

Matrix read_inputs(const std::string& path) {
  Tensor<double> table = read_samples(path);
  const std::int64_t samples = table.shape[0];
  return {{samples, table.size() / samples}, std::move(table.data)};
}

}  // namespace basin::interp
