#include "experiments/shared/transformer_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/file.h"
#include "core/matrix.h"
#include "experiments/shared/same_run.h"
#include "nn/evaluate.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

nn::Values loss_and_accuracy() {
  return [](Graph& graph, const Ends& ends) { return std::vector<Var>{ends.loss, nn::right(graph, ends)}; };
}

// Programs that measure are made once, when the first line is due.
template <class T>
nn::Measure<T> measure_of(const TokenTraining& training) {
  struct Tools {
    Inputs train, test;
    std::unique_ptr<nn::Evaluator<T>> evaluator{};
  };
  const auto tools =
      std::make_shared<Tools>(Tools{token_inputs(training.data.train), token_inputs(training.data.test)});
  return [tools, more = training.measure](const nn::Trainer<T>& trainer) {
    if (!tools->evaluator)
      tools->evaluator = std::make_unique<nn::Evaluator<T>>(trainer.model(), trainer.parameters(), loss_and_accuracy());
    const std::vector<double> train = tools->evaluator->means(tools->train),
                              test = tools->evaluator->means(tools->test);
    const Parameters<double> theta = cast<double>(trainer.parameters());
    nn::Measured measured{{"train_accuracy", train[1]},
                          {"test_loss", test[0]},
                          {"test_accuracy", test[1]},
                          {"weight_norm", std::sqrt(dot(theta.flat(), theta.flat()))}};
    if (more)
      for (auto& one : more(theta)) measured.push_back(std::move(one));
    return measured;
  };
}

template <class T>
double epoch_seconds(const TokenTraining& training, std::int64_t metrics_every) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); };
  nn::Trainer<T> trainer(nn::transformer(training.network), training.train, token_inputs(training.data.train));
  const nn::Measure<T> measure = measure_of<T>(training);
  trainer.run_to(1);
  measure(trainer);  // plans the programs
  const auto before = Clock::now();
  measure(trainer);
  const double measuring = since(before);
  const auto start = Clock::now();
  std::int64_t epochs = 0;
  while (epochs < 3 || (since(start) < 0.2 && epochs < 1000)) trainer.run_to(1 + ++epochs);
  return since(start) / double(epochs) + measuring / double(metrics_every);
}

nn::FolderSpec folder_spec(const Options& o) {
  return {.checkpoints_per_decade = o.integer("checkpoints-per-decade"), .metrics_every = o.integer("log-every")};
}

}  // namespace

void add_transformer_options(Options& o, const TransformerDefaults& defaults) {
  o.add_int("d-model", defaults.d_model, "width of the residual stream", 1, 65536);
  o.add_int("heads", defaults.heads, "attention heads", 1, 4096);
  o.add_int("d-head", defaults.d_head, "width of a head", 1, 65536);
  o.add_int("d-mlp", defaults.d_mlp, "neurons of an MLP", 1, 1000000);
  o.add_int("epochs", defaults.epochs, "passes over the training rows", 1, 10000000);
  o.add_int("batch", defaults.batch, "rows in a step; 0: all", 0, 1000000);
  o.add_int("micro-batch", 128, "rows computed at once, small enough for the cache; gradients are summed", 1, 1000000);
  o.add_double("lr", 1e-3, "highest learning rate", 0);
  o.add_double("weight-decay", defaults.weight_decay, "decoupled (AdamW)", 0);
  o.add_double("beta1", 0.9, "of AdamW", 0, 0.999999);
  o.add_double("beta2", 0.98, "of AdamW", 0, 0.999999);
  o.add_int("warm-up", 10, "steps in which the learning rate rises from 0", 0);
  o.add_choice("schedule", "constant", {"constant", "cosine"}, "of the learning rate after the warm-up");
  o.add_int("log-every", 50, "epochs between lines of metrics", 1);
  o.add_int("checkpoints-per-decade", 10, "kept checkpoints for each factor of 10 in epochs, beside first and last", 1,
            1000);
}

nn::TransformerSpec with_sizes(nn::TransformerSpec spec, const Options& o) {
  spec.d_model = o.integer("d-model");
  spec.n_heads = o.integer("heads");
  spec.d_head = o.integer("d-head");
  spec.d_mlp = o.integer("d-mlp");
  return spec;
}

nn::TrainSpec transformer_train_spec(const Options& o, const nn::Split& data, std::int64_t networks) {
  const std::int64_t rows = data.train.size(), batch = o.integer("batch") > 0 ? o.integer("batch") : rows;
  const std::int64_t epochs = o.integer("epochs"), steps = (rows + batch - 1) / batch * epochs;
  const std::int64_t micro = o.integer("micro-batch"), parts = (std::min(batch, rows) + micro - 1) / micro;
  const bool shared = networks == 1 || (networks < o.threads() && parts >= o.threads());
  nn::TrainSpec spec{.optimizer = {.kind = nn::OptimizerKind::adamw,
                                   .weight_decay = o.number("weight-decay"),
                                   .beta1 = o.number("beta1"),
                                   .beta2 = o.number("beta2")},
                     .schedule = {.rate = o.number("lr"),
                                  .warm_up = o.integer("warm-up"),
                                  .decay = nn::decay_from(o.text("schedule")),
                                  .steps = steps},
                     .epochs = epochs,
                     .batch = batch,
                     .micro_batch = micro,
                     .seed = std::uint64_t(o.integer("seed")),
                     .threads = shared ? o.threads() : 1};
  spec.validate();
  return spec;
}

Inputs token_inputs(const nn::Dataset& data) { return {{"tokens", cast<double>(data.x)}, {"t", cast<double>(data.y)}}; }

void check_transformer_resumable(const Options& o, const RunFacts& facts, const std::vector<const char*>& more) {
  if (!o.flag("resume") || !fs::exists(o.run_path() / "manifest.json")) return;
  std::vector<const char*> keys{
      "d-model", "heads",    "d-head",       "d-mlp",     "batch", "lr",    "beta1",       "beta2",
      "warm-up", "schedule", "weight-decay", "log-every", "seed",  "dtype", "micro-batch", "checkpoints-per-decade"};
  keys.insert(keys.end(), more.begin(), more.end());
  if (o.text("schedule") == "cosine") keys.push_back("epochs");
  expect_same_options(o, keys);
  expect_same_data(o.run_path(), facts);
}

void train_tokens(const TokenTraining& training, const Options& o, const fs::path& folder, bool resume,
                  const std::function<void(std::int64_t steps, double loss)>& progress) {
  nn::FolderSpec how = folder_spec(o);
  how.resume = resume;
  how.progress = progress;
  const Model model = nn::transformer(training.network);
  const Inputs train = token_inputs(training.data.train);
  if (o.text("dtype") == "f64")
    nn::train_measured<double>(folder, model, training.train, train, measure_of<double>(training), how);
  else
    nn::train_measured<float>(folder, model, training.train, train, measure_of<float>(training), how);
  write_atomically((folder / "network.safetensors").string(), read_file(nn::checkpoints_of(folder).back().path));
}

double seconds_per_epoch(const TokenTraining& training, const Options& o) {
  const auto seconds = o.text("dtype") == "f64" ? epoch_seconds<double> : epoch_seconds<float>;
  return seconds(training, o.integer("log-every"));
}

}  // namespace basin::experiments
