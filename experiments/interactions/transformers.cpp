#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "experiments/cli/command_name.h"
#include "experiments/cli/experiment.h"
#include "experiments/interactions/network_kinds.h"
#include "experiments/modular/modular_study.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/sequence_training.h"
#include "experiments/shared/training_run.h"
#include "nn/import.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

nn::ImportChoices choices(const Options& o) {
  return {
      .layer_norm = o.text("layer-norm") == "auto" ? nn::LayerNorm::none : nn::layer_norm_from(o.text("layer-norm")),
      .activation = o.text("activation") == "auto" ? nn::Activation::relu : nn::activation_from(o.text("activation")),
      .causal = !o.flag("two-way"),
      .parallel_attention = o.flag("parallel-attention"),
      .last_position = o.flag("last-position")};
}

// A file may say itself what else would be taken from the options.
void require_agreement(const Options& o, const std::string& path, const nn::TransformerSpec& spec) {
  const auto refuse = [&](const std::string& given, const std::string& said) {
    throw UsageError(fmt::format("{} given; {} says {}", given, path, said));
  };
  for (const auto& [option, said] :
       {std::pair{"layer-norm", name_of(spec.layer_norm)}, {"activation", name_of(spec.activation)}})
    if (const std::string& given = o.text(option); given != "auto" && given != said)
      refuse(fmt::format("--{} {}", option, given), fmt::format("'{}'", said));
  if (o.flag("two-way") && spec.causal) refuse("--two-way", "that attention is causal");
  if (o.flag("parallel-attention") && !spec.parallel_attention)
    refuse("--parallel-attention", "that the MLP comes behind attention");
}

// In order of computation.
std::vector<interp::NodeLayer> hooks_of(const Model& model) {
  constexpr std::int64_t rows = 2;
  Graph graph;
  model.trace(graph, rows);
  std::vector<std::pair<Id, std::string>> found;
  for (const auto& [name, id] : graph.names()) {
    const Shape& shape = graph[name].shape();
    const bool hook = name == "logits" || name.find("hook_") != std::string::npos;
    if (hook && (shape.rank() == 2 || shape.rank() == 3) && shape[0] == rows) found.emplace_back(id, name);
  }
  std::ranges::sort(found);
  std::vector<interp::NodeLayer> hooks;
  for (const auto& [id, name] : found) hooks.push_back({name, name});
  return hooks;
}

std::vector<std::string> stream_of(const nn::TransformerSpec& spec) {
  std::vector<std::string> names;
  for (std::int64_t l = 0; l < spec.n_layers; ++l) {
    names.push_back(fmt::format("blocks.{}.hook_resid_pre", l));
    if (!spec.attention_only && !spec.parallel_attention) names.push_back(fmt::format("blocks.{}.hook_resid_mid", l));
  }
  if (spec.n_layers > 0) names.push_back(fmt::format("blocks.{}.hook_resid_post", spec.n_layers - 1));
  names.push_back("logits");
  return names;
}

// The one that started from --network, or the first that grokked, or else the first.
const TokenTraining& chosen(const std::vector<TokenTraining>& trainings, const fs::path& run, const Options& o) {
  const auto all = std::span(trainings);
  if (const std::int64_t seed = o.integer("network"); seed >= 0) {
    const auto found = std::ranges::find(all, std::uint64_t(seed), [](const auto& t) { return t.train.seed; });
    if (found != all.end()) return *found;
    std::vector<std::uint64_t> seeds;
    for (const TokenTraining& t : trainings) seeds.push_back(t.train.seed);
    throw UsageError(fmt::format("--network {} given; {} has seeds {}", seed, run.string(), fmt::join(seeds, ", ")));
  }
  const auto grokked = std::ranges::find_if(
      all, [&](const auto& t) { return grokked_at(nn::read_metrics_lines(network_folder(run, t))).has_value(); });
  return grokked == all.end() ? all.front() : *grokked;
}

}  // namespace

TrainedNetwork transformer_network_from(const std::string& path, const Options& o) {
  o.require_unused({"order", "layout"}, fmt::format("it is for dense networks, and {} is a transformer", path));
  nn::ImportedTransformer read = nn::import_transformer(path, choices(o));
  require_agreement(o, path, read.spec);
  if (o.flag("last-position") && !read.spec.last_position) {
    read.spec.last_position = true;
    read.model = nn::transformer(read.spec);
  }
  TrainedNetwork t{.model = {read.model},
                   .input = "tokens",
                   .values = hooks_of(read.model),
                   .layers = stream_of(read.spec),
                   .classes = true,
                   .every_position = !read.spec.last_position,
                   .vocabulary = read.spec.d_vocab,
                   .what = path};
  t.model.parameters = std::move(read.parameters);
  return t;
}

TrainedRun trained_run(const fs::path& run, const std::string& experiment, const Options& o) {
  TrainedRun found;
  fs::path folder = run;
  if (experiment == "modular_addition") {
    const Options then = options_of_run(modular_addition().declare(), run);
    const std::vector<TokenTraining> trainings = modular_trainings(then);
    const TokenTraining& training = chosen(trainings, run, o);
    found.data = training.data;
    found.modulus = then.integer("modulus");
    folder = network_folder(run, training);
  } else {
    found.data = sequence_training(options_of_run(sequence_options(), run)).data;
  }
  expect_same_data(run, run_facts(found.data));
  found.network = (folder / "network.safetensors").string();
  if (!fs::exists(found.network))
    throw DataError(fmt::format("{}: missing; help: {} --resume --out {} finishes the run", found.network,
                                as_typed(experiment), run.string()));
  return found;
}

}  // namespace basin::experiments
