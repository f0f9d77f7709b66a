#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "interp/degeneracy/attention.h"

namespace basin::interp {
namespace {

struct StoredPart {
  const char* name;
  Tensor<double> AttentionLayer::*tensor;
  bool needed;
};
constexpr std::array stored_parts{
    StoredPart{"W_Q", &AttentionLayer::W_Q, true},  StoredPart{"W_K", &AttentionLayer::W_K, true},
    StoredPart{"W_V", &AttentionLayer::W_V, true},  StoredPart{"W_O", &AttentionLayer::W_O, true},
    StoredPart{"b_Q", &AttentionLayer::b_Q, false}, StoredPart{"b_K", &AttentionLayer::b_K, false},
    StoredPart{"b_V", &AttentionLayer::b_V, false}, StoredPart{"b_O", &AttentionLayer::b_O, false}};

std::string prefix_of(const std::string& name) { return name.substr(0, name.rfind('.') + 1); }

// With the block in front, or of a layer that was saved by itself.
bool is_attention(const std::string& name) {
  const std::string prefix = prefix_of(name);
  const auto part = [&](const StoredPart& p) { return name == prefix + p.name; };
  return prefix.ends_with(".attn.") ||
         ((prefix == "attn." || prefix.empty()) && std::ranges::any_of(stored_parts, part));
}

// What TransformerLens saves beside the parameters: the causal mask and the number that stands for a masked score.
bool is_buffer(const std::string& name) {
  const std::string last = name.substr(prefix_of(name).size());
  return last == "mask" || last == "IGNORE";
}

[[noreturn]] void refuse(const std::vector<NamedTensor>& tensors, const std::string& where, const std::string& what) {
  std::vector<std::string> names;
  for (const NamedTensor& t : tensors) names.push_back(t.name);
  if (names.size() > 12) names[12] = fmt::format("… {} in all", names.size()), names.resize(13);
  throw DataError(fmt::format(
      "{}: {}; found {}; help: covered is one attention layer, its weights blocks.0.attn.W_Q, .W_K, .W_V [head, "
      "d_model, d_head], .W_O [head, d_head, d_model] and biases .b_Q, .b_K, .b_V, .b_O, or some of them",
      where, what, names.empty() ? "no tensors" : fmt::format("{}", fmt::join(names, ", "))));
}

std::vector<std::string> bias_names(const AttentionShape& s) {
  std::vector<std::string> names;
  for (const auto& [name, there] :
       {std::pair{"b_Q", s.query_bias}, {"b_K", s.key_bias}, {"b_V", s.value_bias}, {"b_O", s.output_bias}})
    if (there) names.push_back(name);
  return names;
}

}  // namespace

AttentionLayer attention_layer(const std::vector<NamedTensor>& tensors, const std::string& where) {
  AttentionLayer layer{.W_Q = {}, .W_K = {}, .W_V = {}, .W_O = {}};
  for (const NamedTensor& t : tensors) {
    const std::string prefix = prefix_of(t.name);
    const auto place = std::ranges::find_if(
        stored_parts, [&](const StoredPart& p) { return t.name == prefix + p.name && is_attention(t.name); });
    if (place == stored_parts.end())
      refuse(tensors, where, fmt::format("'{}' is no part of an attention layer", t.name));
    if (prefix != prefix_of(tensors.front().name))
      refuse(tensors, where, fmt::format("'{}' and '{}' are of two layers", tensors.front().name, t.name));
    if (!std::ranges::all_of(t.value.data, [](double v) { return std::isfinite(v); }))
      throw DataError(fmt::format("{}: '{}' holds NaN or Inf", where, t.name));
    layer.*(place->tensor) = t.value;
  }
  for (const StoredPart& p : stored_parts)
    if (p.needed && (layer.*(p.tensor)).size() == 0) refuse(tensors, where, fmt::format("there is no {}", p.name));
  layer.validate(where);
  return layer;
}

AttentionLayer attention_layer_from(const SafeTensors& file, const std::string& where) {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : file.tensors)
    if (!is_buffer(name)) tensors.push_back({name, tensor});
  return attention_layer(tensors, where);
}

bool names_attention(const SafeTensors& file) {
  return std::ranges::any_of(file.tensors, [](const auto& entry) { return is_attention(entry.first); });
}

std::string to_json(const AttentionDegeneracy& found) {
  const bool decided = found.decided();
  const auto if_decided = [&](std::int64_t count) {
    return decided ? nlohmann::ordered_json(count) : nlohmann::ordered_json();
  };
  nlohmann::ordered_json object{{"verdict", decided ? "decided" : "undecided"},
                                {"parameters", found.parameters},
                                {"samples", found.samples},
                                {"positions", found.positions},
                                {"heads", found.heads()},
                                {"d_model", found.shape.d_model},
                                {"d_head", found.shape.d_head},
                                {"tolerance", found.jacobian.tolerance},
                                {"rounding", rank_rounding},
                                {"jacobian_rank", if_decided(found.jacobian.rank)},
                                {"spectral_gap", found.jacobian.gap},
                                {"largest_dropped", found.jacobian.relative_dropped()},
                                {"free_directions", if_decided(found.free_directions())},
                                {"predicted", attention_free_directions(found.shape)},
                                {"residual", if_decided(found.residual())},
                                {"groups", found.groups},
                                {"within", found.within},
                                {"between", found.between},
                                {"biases", bias_names(found.shape)},
                                {"constant_input", found.shape.constant_input}};
  if (!decided)
    object["readings"]["free_directions"] = {found.parameters - found.jacobian.above_rounding, found.free_directions()};
  return object.dump(2);  // infinite numbers are written as null
}

}  // namespace basin::interp
