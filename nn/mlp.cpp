#include "nn/mlp.h"

#include <array>

#include "autodiff/dense_chain.h"
#include "autodiff/ops.h"
#include "core/names.h"

namespace basin::nn {
namespace {

constexpr std::array<std::pair<std::string_view, Activation>, 7> activation_names{{{"relu", Activation::relu},
                                                                                   {"tanh", Activation::tanh},
                                                                                   {"gelu", Activation::gelu},
                                                                                   {"gelu_tanh", Activation::gelu_tanh},
                                                                                   {"sigmoid", Activation::sigmoid},
                                                                                   {"square", Activation::square},
                                                                                   {"linear", Activation::linear}}};

}  // namespace

Activation activation_from(std::string_view name) {
  std::vector<std::string> all;
  std::string listed;
  for (const auto& [known, value] : activation_names) {
    if (known == lower_case(name)) return value;
    all.emplace_back(known);
    listed += (listed.empty() ? "" : ", ") + all.back();
  }
  throw UsageError("activation: '" + std::string(name) + "' given; wanted one of " + listed +
                   "; help: the nearest is '" + nearest_name(name, all) + "'");
}

std::string_view name_of(Activation a) {
  for (const auto& [name, value] : activation_names)
    if (value == a) return name;
  return "unknown";
}

Var activate(Var x, Activation a) {
  switch (a) {
    case Activation::relu: return relu(x);
    case Activation::tanh: return tanh(x);
    case Activation::gelu: return gelu(x);
    case Activation::gelu_tanh: return gelu_tanh(x);
    case Activation::sigmoid: return sigmoid(x);
    case Activation::square: return square(x);
    case Activation::linear: break;
  }
  return x;
}

std::int64_t MlpSpec::parameters() const {
  std::int64_t n = 0;
  for (std::int64_t l = 0; l < layers(); ++l) n += (widths[l] + (bias ? 1 : 0)) * widths[l + 1];
  return n;
}

void MlpSpec::validate() const {
  if (widths.size() < 2)
    throw UsageError("mlp: " + std::to_string(widths.size()) + " widths given; wanted inputs, hidden layers, outputs");
  for (std::int64_t w : widths)
    if (w < 1) throw UsageError("mlp: a layer of width " + std::to_string(w) + " was given; wanted 1 or more");
}

Mlp::Mlp(Graph& graph, Var x, const MlpSpec& spec, const std::string& prefix) {
  spec.validate();
  const std::size_t before = graph.parameters().size();
  const auto layers = std::size_t(spec.layers());
  out = trace_dense(x, {.widths = spec.widths,
                        .biases = std::vector<bool>(layers, spec.bias),
                        .activate = [a = spec.activation](Var v) { return basin::nn::activate(v, a); },
                        .weight_start = [s = spec.init](auto in, auto width) { return weight_start(s, in, width); },
                        .bias_start = [s = spec.init](auto in, auto) { return bias_start(s, in); },
                        .prefix = prefix});
  for (std::size_t i = before; i < graph.parameters().size(); ++i) params.push_back(graph[graph.parameters()[i].name]);
}

}  // namespace basin::nn
