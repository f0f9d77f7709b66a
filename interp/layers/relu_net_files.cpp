#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/lapack.h"
#include "core/names.h"
#include "interp/layers/layer_order.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {
namespace {

constexpr const char* covered =
    "; help: covered are fully connected ReLU and linear networks whose layers all have a weight [out, in], with or "
    "without a bias [out]";

struct NamedLayer {
  std::string prefix;  // "layers.0."
  const Tensor<double>* weight = nullptr;
  const Tensor<double>* bias = nullptr;

  std::string name() const { return prefix.substr(0, prefix.size() - !prefix.empty()); }
};

// Layers as shapes [out, in] whatever their layout.
struct Laid {
  Layout layout;

  std::int64_t out(const NamedLayer& l) const { return l.weight->shape[layout == Layout::out_in ? 0 : 1]; }
  std::int64_t in(const NamedLayer& l) const { return l.weight->shape[layout == Layout::out_in ? 1 : 0]; }
  Layout other() const { return layout == Layout::out_in ? Layout::in_out : Layout::out_in; }
  std::string question() const {
    return fmt::format("; transposed? help: --layout {} reads weights as [{}]", name_of(other()),
                       other() == Layout::out_in ? "out, in" : "in, out");
  }
};

// As the numbers lie in the file; of tensors that never were in one, by name.
std::vector<std::string> names_in(const SafeTensors& file) {
  if (file.order.size() == file.tensors.size()) return file.order;
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file.tensors) names.push_back(name);
  return names;
}

std::string found(const SafeTensors& file) {
  std::vector<std::string> names;
  for (const std::string& name : names_in(file)) names.push_back(name + " " + file.tensors.at(name).shape.str());
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

// In the order of the file.
std::vector<NamedLayer> named_layers(const SafeTensors& file, const std::string& where) {
  std::map<std::string, std::size_t> places;
  std::vector<NamedLayer> layers;
  for (const std::string& name : names_in(file)) {
    if (name.starts_with("optimizer.")) continue;  // the rest of a training state
    const std::string prefix = name.substr(0, name.rfind('.') + 1), last = name.substr(prefix.size());
    if (last != "weight" && last != "bias") refuse(file, where, fmt::format("'{}' is no weight and no bias", name));
    const auto [place, is_new] = places.emplace(prefix, layers.size());
    if (is_new) layers.push_back({.prefix = prefix});
    NamedLayer& layer = layers[place->second];
    (last == "weight" ? layer.weight : layer.bias) = &file.tensors.at(name);
  }
  if (layers.empty()) refuse(file, where, "there are no layers");
  return layers;
}

void check_layer(const NamedLayer& layer, Laid laid, const SafeTensors& file, const std::string& where) {
  if (!layer.weight) refuse(file, where, fmt::format("'{}bias' has no '{}weight'", layer.prefix, layer.prefix));
  const Shape& shape = layer.weight->shape;
  if (shape.rank() != 2)
    refuse(file, where, fmt::format("'{}weight' has shape {}; wanted two axes, [out, in]", layer.prefix, shape.str()));
  if (layer.bias && layer.bias->shape != Shape{laid.out(layer)})
    refuse(
        file, where,
        fmt::format("'{}bias' has shape {} beside a weight {}; wanted [{}]{}", layer.prefix, layer.bias->shape.str(),
                    shape.str(), laid.out(layer), layer.bias->shape == Shape{laid.in(layer)} ? laid.question() : ""));
}

using Layers = std::vector<NamedLayer>;

Layers in_order(const Layers& layers, const LayerOrder& order) {
  Layers sorted;
  for (std::size_t i : order) sorted.push_back(layers[i]);
  return sorted;
}

std::string list_of(std::vector<std::string> names) {
  constexpr std::size_t shown = 12;
  if (names.size() > shown) names.resize(shown), names.push_back("…");
  return fmt::format("{}", fmt::join(names, ","));
}

std::string list_of(const Layers& layers) {
  std::vector<std::string> names;
  for (const NamedLayer& layer : layers) names.push_back(layer.name());
  return list_of(std::move(names));
}

Layers as_given(const Layers& layers, const std::vector<std::string>& wanted, const std::string& where) {
  Layers sorted;
  for (const std::string& name : wanted) {
    const auto same = [&](const NamedLayer& l) { return l.name() == name || l.prefix == name; };
    const auto found = std::ranges::find_if(layers, same);
    const bool twice = std::ranges::any_of(sorted, same);
    if (found == layers.end() || twice)
      throw UsageError(fmt::format("{}: the order of layers names '{}'{}; wanted each of {} once", where, name,
                                   twice ? " twice" : ", which is not there", list_of(layers)));
    sorted.push_back(*found);
  }
  if (sorted.size() != layers.size())
    throw UsageError(fmt::format("{}: the order of layers names {} of {}; wanted each of {} once", where, sorted.size(),
                                 layers.size(), list_of(layers)));
  return sorted;
}

[[noreturn]] void ask_for_order(const Layers& layers, const std::string& where) {
  throw DataError(
      fmt::format("{}: the order of the layers {} is not known: no number in their names says it, and their shapes fit "
                  "in several orders or in none; help: name them from first to last, --layers {} if that is the order",
                  where, list_of(layers), list_of(layers)));
}

struct Ordered {
  Layers layers;
  const char* proof;
};

Ordered ordered(const Layers& layers, Laid laid, const std::vector<std::string>& given, const std::string& where) {
  if (!given.empty()) return {as_given(layers, given, where), "given"};
  if (layers.size() == 1) return {layers, "one layer"};
  std::vector<std::string> names;
  std::vector<LayerWidths> widths;
  for (const NamedLayer& layer : layers) {
    names.push_back(layer.prefix);
    widths.push_back({laid.in(layer), laid.out(layer)});
  }
  if (const auto order = order_by_numbers(names)) return {in_order(layers, *order), "by numbers"};
  if (const auto order = order_by_shapes(widths)) return {in_order(layers, *order), "by shapes"};
  ask_for_order(layers, where);
}

void check_chain(const Ordered& net, Laid laid, const SafeTensors& file, const std::string& where) {
  for (std::size_t l = 1; l < net.layers.size(); ++l) {
    const NamedLayer &before = net.layers[l - 1], &here = net.layers[l];
    if (laid.in(here) == laid.out(before)) continue;
    refuse(file, where,
           fmt::format("'{}weight' {} does not fit behind '{}weight' {}, and layers are taken in the order {}; wanted "
                       "{} inputs{}",
                       here.prefix, here.weight->shape.str(), before.prefix, before.weight->shape.str(),
                       net.proof == std::string("given") ? "given" : "of their numbers", laid.out(before),
                       laid.out(here) == laid.in(before) ? laid.question() : ""));
  }
}

Ordered layers_of(const SafeTensors& file, const std::string& where, const std::vector<std::string>& given, Laid laid) {
  const Layers layers = named_layers(file, where);
  for (const NamedLayer& layer : layers) check_layer(layer, laid, file, where);
  Ordered net = ordered(layers, laid, given, where);
  check_chain(net, laid, file, where);
  return net;
}

bool fits(const SafeTensors& file, const std::vector<std::string>& given, Laid laid) {
  try {
    layers_of(file, "", given, laid);
    return true;
  } catch (const DataError&) {
    return false;
  }
}

// What stands between the layers, of two sources that may both be silent.
std::string activation_of(const SafeTensors& file, const std::string& where, const std::string& wanted) {
  const auto named = file.metadata.find("activation");
  const std::string said = named == file.metadata.end() ? "" : lower_case(named->second);
  if (!wanted.empty() && !said.empty() && wanted != said)
    refuse(file, where, fmt::format("its activation is '{}' and {} was asked for", said, wanted));
  const std::string activation = !said.empty() ? said : wanted.empty() ? "relu" : wanted;
  if (activation != "relu" && activation != "linear")
    refuse(file, where, fmt::format("its activation is '{}'; wanted relu or linear", activation));
  return activation;
}

}  // namespace

ReluNet relu_net_from(const SafeTensors& file, const std::string& where, const NetFileOptions& options) {
  const std::string between = activation_of(file, where, options.activation);
  const Laid laid{options.layout};
  const auto [layers, proof] = layers_of(file, where, options.layers, laid);
  const bool proved = !fits(file, options.layers, Laid{laid.other()});
  ReluNet net{.weights = {}, .biases = {}, .linear = between == "linear", .reading = {options.layout, proved, proof}};
  for (const NamedLayer& layer : layers) {
    net.weights.push_back(options.layout == Layout::out_in ? *layer.weight : transpose(*layer.weight));
    net.biases.push_back(layer.bias ? layer.bias->data : std::vector<double>{});
    net.names.push_back(layer.name());
  }
  net.validate(where);
  return net;
}

ReluNet read_relu_net(const std::string& path, const NetFileOptions& options) {
  return relu_net_from(read_safetensors(path), path, options);
}

void write_relu_net(const std::string& path, const ReluNet& net) {
  SafeTensorsWriter file;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    file.add(layer_name(net, l) + ".weight", net.weights[l]);
    if (net.has_bias(l)) file.add(layer_name(net, l) + ".bias", Matrix({net.weights[l].rows()}, net.biases[l]));
  }
  file.metadata("activation", net.linear ? "linear" : "relu").save(path);
}

const char* name_of(Layout layout) { return layout == Layout::out_in ? "out-in" : "in-out"; }

std::string reading_note(const ReluNet& net) {
  if (net.reading.layout_proved) return "";
  const bool as_torch = net.reading.layout == Layout::out_in;
  return fmt::format(
      "weights are read as [{}] (layout {}), layers in the order {} ({}); shapes fit the transposed weights as well, "
      "which --layout {} reads",
      as_torch ? "out, in" : "in, out", name_of(net.reading.layout), list_of(net.names), net.reading.order,
      as_torch ? "in-out" : "out-in");
}

void require_inputs(const ReluNet& net, const std::string& weights_file, std::int64_t columns,
                    const std::string& inputs_file) {
  const std::int64_t wanted = net.widths().front();
  if (columns == wanted) return;
  const std::string note = reading_note(net);
  throw DataError(fmt::format(
      "{} has {} columns; wanted {}, the inputs of the network in {}{}; help: leave out columns that are no "
      "inputs, such as targets",
      inputs_file, columns, wanted, weights_file,
      !note.empty() && net.widths().back() == columns ? "; transposed? " + note : ""));
}

}  // namespace basin::interp
