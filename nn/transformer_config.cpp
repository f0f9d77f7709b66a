// The fields of TransformerSpec by name: what is checked, written to a config and read from one.
#include "nn/transformer_config.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "core/error.h"

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

const std::string& entry(const Config& config, const std::string& key) {
  const auto found = config.find(key);
  if (found == config.end()) throw DataError("transformer: there is no '" + key + "' in the config");
  return found->second;
}

[[noreturn]] void bad_entry(const Config& config, const std::string& key, const char* wanted) {
  throw DataError(fmt::format("transformer: '{}' is '{}' in the config; wanted {}", key, entry(config, key), wanted));
}

template <class Number>
Number number_in(const Config& config, const std::string& key) {
  const std::string& text = entry(config, key);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) bad_entry(config, key, "a number");
  return value;
}

bool flag_in(const Config& config, const std::string& key) {
  const std::string& text = entry(config, key);
  if (text != "yes" && text != "no") bad_entry(config, key, "yes or no");
  return text == "yes";
}

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
  if (entry(config, "model") != "transformer") bad_entry(config, "model", "transformer");
  TransformerSpec spec;
  for (const auto& [name, field] : sizes) spec.*field = number_in<std::int64_t>(config, name);
  for (const auto& [name, field] : flags) spec.*field = flag_in(config, name);
  spec.init_scale = number_in<double>(config, "init_scale");
  try {
    spec.layer_norm = layer_norm_from(entry(config, "layer_norm"));
    spec.activation = activation_from(entry(config, "activation"));
    spec.validate();
  } catch (const UsageError& e) {
    throw DataError(std::string("the config of a transformer: ") + e.what());
  }
  return spec;
}

}  // namespace basin::nn
