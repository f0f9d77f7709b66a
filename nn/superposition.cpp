#include "nn/superposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/error.h"
#include "core/rng.h"
#include "nn/config.h"

namespace basin::nn {
namespace {

void require(bool good, const char* what, auto given, const char* wanted) {
  if (!good) throw UsageError(fmt::format("superposition: {} is {}; wanted {}", what, given, wanted));
}

Var importance_weights(Graph& graph, const SuperpositionSpec& spec) {
  Tensor<double> weights({spec.features});
  for (std::int64_t i = 0; i < spec.features; ++i) weights[i] = std::pow(spec.importance, double(i));
  return graph.constant(std::move(weights));
}

Ends trace(const SuperpositionSpec& spec, Graph& graph, std::int64_t rows) {
  const double deviation = spec.start > 0 ? spec.start : std::sqrt(2 / double(spec.features + spec.hidden));
  const Var x = graph.input("x", {rows, spec.features});
  const Var W = graph.parameter("W", {spec.hidden, spec.features}, {Start::normal, deviation});
  const Var b = graph.parameter("b", {spec.features}, {}, {.decays = false});
  const Var hidden = graph.name(matmul(x, W, false, true), "hidden");
  const Var pre = graph.name(dense(hidden, W, b), "pre");
  const Var out = graph.name(relu(pre), "out");
  const Var errors = square(x - out);
  const Var weighted = spec.importance == 1 ? errors : errors * importance_weights(graph, spec);
  return {out, graph.name(sum(weighted, {-1}), "loss")};
}

Tensor<float> one_feature_rows(const FeatureData& o) {
  const std::int64_t parts = std::max<std::int64_t>(1, o.samples / o.features);
  Tensor<float> x({parts * o.features, o.features});
  Rng rng(o.seed, "superposition/one");
  for (std::int64_t row = 0; row < x.rows(); ++row)
    x(row, row % o.features) = float((double(row / o.features) + rng.uniform()) / double(parts));
  return x;
}

Tensor<float> sparse_rows(const FeatureData& o) {
  Tensor<float> x({o.samples, o.features});
  Rng rng(o.seed, "superposition/sparse");
  for (float& value : x.data) {
    const bool there = rng.uniform() >= o.sparsity;
    const double size = rng.uniform();  // drawn in any case: rows of all sparsities share their sizes
    value = there ? float(size) : 0.f;
  }
  return x;
}

}  // namespace

void SuperpositionSpec::validate() const {
  require(features >= 1 && features <= 4096, "features", features, "1 to 4096");
  require(hidden >= 1 && hidden <= 4096, "hidden", hidden, "1 to 4096");
  require(importance > 0 && importance <= 1, "importance", importance, "a number above 0, up to 1");
  require(start >= 0 && std::isfinite(start), "start", start, "a finite number >= 0");
}

Model superposition(const SuperpositionSpec& spec) {
  spec.validate();
  return {[spec](Graph& graph, std::int64_t rows) { return trace(spec, graph, rows); },
          {{"model", "superposition"},
           {"features", fmt::format("{}", spec.features)},
           {"hidden", fmt::format("{}", spec.hidden)},
           {"importance", fmt::format("{}", spec.importance)},
           {"start", fmt::format("{}", spec.start)}}};
}

Model superposition_from(const std::map<std::string, std::string>& config) {
  const ConfigReader from(config, "superposition");
  if (from.text("model") != "superposition") from.refuse("model", "superposition");
  try {
    return superposition({.features = from.number<std::int64_t>("features"),
                          .hidden = from.number<std::int64_t>("hidden"),
                          .importance = from.number<double>("importance"),
                          .start = from.number<double>("start")});
  } catch (const UsageError& e) {
    throw DataError(std::string("the config of a superposition model: ") + e.what());
  }
}

FeatureLaw feature_law_from(std::string_view name) {
  if (name == "one") return FeatureLaw::one;
  if (name == "sparse") return FeatureLaw::sparse;
  throw UsageError(fmt::format("superposition: law '{}' given; wanted one or sparse", name));
}

Dataset feature_data(const FeatureData& o) {
  require(o.features >= 1 && o.features <= 4096, "features", o.features, "1 to 4096");
  require(o.samples >= 1 && o.samples <= (std::int64_t(1) << 29) / o.features, "samples", o.samples,
          "at least 1, and at most 2^29 numbers in all");
  require(o.sparsity >= 0 && o.sparsity <= 1, "sparsity", o.sparsity, "0 to 1");
  const bool one = o.law == FeatureLaw::one;
  Tensor<float> x = one ? one_feature_rows(o) : sparse_rows(o);
  const std::string law = one ? "one feature at a time" : fmt::format("sparse features, sparsity {}", o.sparsity);
  const std::string source = fmt::format("{}: {} features, {} samples, seed {}", law, o.features, x.rows(), o.seed);
  return {.name = law, .x = x, .y = x, .source = source};
}

Inputs feature_inputs(const Dataset& data) { return {{"x", cast<double>(data.x)}}; }

}  // namespace basin::nn
