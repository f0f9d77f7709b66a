#include "experiments/degeneracy/traced_network.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/npy.h"
#include "experiments/shared/run_history.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/token_files.h"
#include "interp/sweep/rows.h"
#include "nn/import.h"

namespace basin::experiments {
namespace {

constexpr auto file_options = {"layer-norm", "two-way", "parallel-attention", "last-position"};

// Evenly spaced: rows are often in an order.
Inputs some_rows(Inputs data, std::int64_t most) {
  const std::int64_t n = rows_of(data, "degeneracy");
  if (n <= most) return data;
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < most; ++i) rows.push_back(i * n / most);
  return interp::rows_at(data, rows);
}

nn::ImportChoices choices(const Options& o) {
  const std::string &norm = o.text("layer-norm"), &activation = o.text("activation");
  return {.layer_norm = norm == "auto" ? nn::LayerNorm::none : nn::layer_norm_from(norm),
          .activation = activation == "auto" ? nn::Activation::relu : nn::activation_from(activation),
          .causal = !o.flag("two-way"),
          .parallel_attention = o.flag("parallel-attention"),
          .last_position = o.flag("last-position")};
}

}  // namespace

void add_transformer_file_options(Options& o) {
  o.add_choice("layer-norm", "auto", {"auto", "none", "pre"},
               "of a transformer in --weights without ln*.w; auto: what its metadata say, or else none");
  o.add_flag("two-way", "attention of a transformer in --weights to later positions too");
  o.add_flag("parallel-attention", "its MLP reads what attention reads");
  o.add_flag("last-position", "its logits are those of the last position alone");
}

bool is_traced_run(const std::string& run) {
  const std::string experiment = experiment_of(run);
  return experiment == "modular_addition" || experiment == "train_transformer" || experiment == "train_superposition";
}

TracedNetwork traced_run(const Options& o) {
  o.require_unused({"activation", "layers", "layout"}, "it is for --weights; a run knows its network");
  o.require_unused(file_options, "it is for --weights; a run knows its network");
  const RunHistory history = run_history(o.text("run"), o.integer("network"));
  const std::string file = checkpoint_at(history, o.integer("epoch"));
  return {history.at(file), some_rows(history.data, o.integer("rows")), file};
}

bool is_transformer(const SafeTensors& file) {
  return file.tensors.contains("embed.W_E") || file.tensors.contains("W_E");
}

TracedNetwork traced_file(const Options& o) {
  const std::string &weights = o.text("weights"), &inputs = o.text("inputs");
  o.require_unused({"layers", "layout"}, "it is for dense layers, and --weights is a transformer");
  nn::ImportedTransformer read = nn::import_transformer(weights, choices(o));
  const Tensor<double> tokens = read_npy(inputs);
  if (tokens.shape.rank() != 2 || tokens.shape[1] != read.spec.n_ctx || tokens.shape[0] < 1)
    throw DataError(fmt::format("{}: shape {} given; wanted [sequences, {}], tokens for the transformer in {}", inputs,
                                tokens.shape.str(), read.spec.n_ctx, weights));
  require_whole(tokens, inputs, read.spec.d_vocab);
  TracedNetwork network{{read.model}, some_rows({{"tokens", tokens}}, o.integer("rows")), weights};
  network.model.parameters = std::move(read.parameters);
  return network;
}

}  // namespace basin::experiments
