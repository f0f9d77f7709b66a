// The fields of TransformerSpec by name: what is checked, written to a config and read from one.
#include "nn/transformer_config.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "core/error.h"
#include "nn/config.h"

namespace basin::nn {
namespace {

using Config = std::map<std::string, std::string>;
using Spec = TransformerSpec;

constexpr std::array<std::pair<const char*, std::int64_t Spec::*>, 8> sizes{{{"n_layers", &Spec::n_layers},
                                                                             {"d_model", &Spec::d_model},
                                                                             {"n_heads", &Spec::n_heads},
                                                                             {"d_head", &Spec::d_head},
                                                                             {"d_mlp", &Spec::d_mlp},
                                                                             {"d_vocab", &Spec::d_vocab},
                                                                             {"d_vocab_out", &Spec::d_vocab_out},
                                                                             {"n_ctx", &Spec::n_ctx}}};
constexpr std::array<std::pair<const char*, bool Spec::*>, 11> flags{{{"causal", &Spec::causal},
                                                                      {"attention_only", &Spec::attention_only},
                                                                      {"parallel_attention", &Spec::parallel_attention},
                                                                      {"last_position", &Spec::last_position},
                                                                      {"b_Q", &Spec::b_Q},
                                                                      {"b_K", &Spec::b_K},
                                                                      {"b_V", &Spec::b_V},
                                                                      {"b_O", &Spec::b_O},
                                                                      {"b_in", &Spec::b_in},
                                                                      {"b_out", &Spec::b_out},
                                                                      {"b_U", &Spec::b_U}}};
constexpr std::array<std::pair<std::string_view, LayerNorm>, 3> layer_norms{
    {{"none", LayerNorm::none}, {"pre", LayerNorm::pre}, {"full", LayerNorm::full}}};

}  // namespace

LayerNorm layer_norm_from(std::string_view name) {
  for (const auto& [known, value] : layer_norms)
    if (known == name) return value;
  throw UsageError("layer norm: '" + std::string(name) + "' given; wanted none, pre or full");
}

std::string_view name_of(LayerNorm n) {
  for (const auto& [name, value] : layer_norms)
    if (value == n) return name;
  return "unknown";
}

void TransformerSpec::validate() const {
  for (const auto& [name, field] : sizes) {
    const bool may_be_zero = field == &Spec::n_layers || (field == &Spec::d_mlp && attention_only);
    const std::int64_t least = may_be_zero ? 0 : 1;
    if (this->*field < least)
      throw UsageError(fmt::format("transformer: {} {} given; wanted {} or more", name, this->*field, least));
  }
  if (attention_only && parallel_attention)
    throw UsageError("transformer: parallel_attention needs an MLP beside attention, attention_only has none");
  if (!(init_scale >= 0 && std::isfinite(init_scale)))
    throw UsageError(fmt::format("transformer: init_scale {} given; wanted 0 or more", init_scale));
}

Config config_of(const TransformerSpec& spec) {
  Config config{{"model", "transformer"},
                {"layer_norm", std::string(name_of(spec.layer_norm))},
                {"activation", std::string(name_of(spec.activation))},
                {"init_scale", fmt::format("{}", spec.init_scale)}};
  for (const auto& [name, field] : sizes) config[name] = std::to_string(spec.*field);
  for (const auto& [name, field] : flags) config[name] = spec.*field ? "yes" : "no";
  return config;
}

TransformerSpec transformer_spec_from(const Config& config) {
  const ConfigReader from(config, "transformer");
  if (from.text("model") != "transformer") from.refuse("model", "transformer");
  TransformerSpec spec;
  for (const auto& [name, field] : sizes) spec.*field = from.number<std::int64_t>(name);
  for (const auto& [name, field] : flags) spec.*field = from.flag(name);
  spec.init_scale = from.number<double>("init_scale");
  try {
    spec.layer_norm = layer_norm_from(from.text("layer_norm"));
    spec.activation = activation_from(from.text("activation"));
    spec.validate();
  } catch (const UsageError& e) {
    throw DataError(std::string("the config of a transformer: ") + e.what());
  }
  return spec;
}

}  // namespace basin::nn
