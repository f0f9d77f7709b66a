#include "experiments/shared/training_run.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <filesystem>

#include "core/blas.h"
#include "core/interrupt.h"
#include "core/json_lines.h"
#include "experiments/cli/progress.h"
#include "experiments/shared/runs.h"

namespace basin::experiments {
namespace {

class MetricsFile {
 public:
  MetricsFile(const RunDirectory& run, std::int64_t epochs_done) : lines_(open(run, epochs_done)) {}
  void write(const RunMetrics& m) {
    lines_.write({{"epoch", m.epoch},
                  {"step", m.step},
                  {"train_loss", m.train_loss},
                  {"test_loss", m.test.loss},
                  {"test_accuracy", m.test.accuracy},
                  {"learning_rate", m.learning_rate}});
  }
  void sync() const { lines_.sync(); }

 private:
  static JsonLines open(const RunDirectory& run, std::int64_t epochs_done) {
    const bool append = run.resumed() && std::filesystem::exists(run.metrics());
    if (append) keep_json_lines(run.metrics(), epochs_done);
    return JsonLines(run.metrics(), append);
  }
  JsonLines lines_;
};

std::string epoch_file(const RunDirectory& run, std::int64_t epoch) {
  return fmt::format("{}/epoch-{:04}.safetensors", run.checkpoints(), epoch);
}

// Of a run without epochs, or one that is resumed after its end.
template <class T>
RunMetrics already_done(const nn::Trainer<T>& trainer, nn::DatasetEvaluator<T>& test, const RunDirectory& run) {
  if (trainer.epoch() > 0) return read_metrics(run.path()).back();
  return {{.train_loss = std::nan(""), .learning_rate = std::nan("")}, test()};
}

// A crash leaves checkpoints of epochs that the state to resume from has not seen.
void remove_later_checkpoints(const RunDirectory& run, std::int64_t epoch) {
  for (const Checkpoint& c : checkpoints_in(run.path()))
    if (c.epoch > epoch) std::filesystem::remove(c.path);
}

// last.safetensors, which costs two waits for the disk: by the clock, not by the epoch.
template <class T>
class LastState {
 public:
  LastState(nn::Trainer<T>& trainer, MetricsFile& metrics, std::string path, std::chrono::duration<double> between)
      : trainer_(trainer), metrics_(metrics), path_(std::move(path)), between_(between) {}

  void save() {
    metrics_.sync();  // resuming needs a line for each epoch of the state
    trainer_.save(path_);
    saved_ = Clock::now();
  }
  void save_if_due() {
    if (Clock::now() - saved_ >= between_) save();
  }

 private:
  using Clock = std::chrono::steady_clock;
  nn::Trainer<T>& trainer_;
  MetricsFile& metrics_;
  std::string path_;
  std::chrono::duration<double> between_;
  Clock::time_point saved_ = Clock::now();
};

Model model_of(const TrainingSpec& spec, const nn::Split& data) { return nn::mlp(spec.mlp, nn::loss_of(data.train)); }

template <class T>
RunMetrics train(const TrainingSpec& spec, const nn::Split& data, const Options& options, RunDirectory& run,
                 std::chrono::duration<double> between_saves) {
  nn::Trainer<T> trainer(model_of(spec, data), spec, nn::inputs_of(data.train));
  nn::DatasetEvaluator<T> test(trainer.model(), trainer.parameters(), data.test);
  const std::string path = run.checkpoints() + "/last.safetensors";
  if (run.resumed() && std::filesystem::exists(path))
    trainer.resume(path);
  else
    trainer.save_network(epoch_file(run, 0));
  remove_later_checkpoints(run, trainer.epoch());

  MetricsFile metrics(run, trainer.epoch());
  LastState<T> last(trainer, metrics, path, between_saves);
  const std::int64_t per_epoch = trainer.steps_per_epoch(), every = options.integer("checkpoint-every");
  Progress progress("training", spec.epochs * per_epoch, options.flag("quiet"));
  auto steps = [&] { return trainer.epoch() * per_epoch + trainer.step_in_epoch(); };
  RunMetrics m = trainer.done() ? already_done(trainer, test, run) : RunMetrics{};
  while (!trainer.done()) {
    while (!trainer.epoch_ended()) {
      if (interrupted()) {
        last.save();
        throw Interrupted(
            fmt::format("state saved in {}; help: {} --resume --out {}", path, options.program(), run.path().string()));
      }
      trainer.step();
      progress.update(steps(), trainer.last_loss());
      last.save_if_due();
    }
    metrics.write(m = {trainer.end_epoch(), test()});
    if (m.epoch % every == 0 || trainer.done()) trainer.save_network(epoch_file(run, m.epoch));
    if (trainer.done()) last.save();
  }
  progress.finish(steps(), m.train_loss);
  return m;
}

// What the rest of the training follows from, beside data, network and what the checkpoint holds. --epochs may grow.
constexpr std::array training_keys{"seed",     "init",         "optimizer", "lr",   "momentum",
                                   "schedule", "weight-decay", "warm-up",   "batch"};

void expect_same_training(const Options& o) {
  Options earlier = o;
  const std::string config = (o.run_path() / "config.toml").string();
  const std::array words{o.program().c_str(), "--config", config.c_str()};
  earlier.parse(int(words.size()), words.data());
  for (const char* key : training_keys)
    if (earlier.as_given(key) != o.as_given(key))
      throw DataError(
          fmt::format("{}: {} is {} in the run to be resumed; given {}; help: --resume takes the run's "
                      "own config.toml, leave --{} out; --out DIR starts another run",
                      config, key, earlier.as_given(key), o.as_given(key), key));
}

}  // namespace

void add_training_options(Options& o) {
  o.add_data("digits",
             "digits, mnist, fashion-mnist, modadd, modsub, modquad, blocks, parity, regression or a .csv file");
  o.add_string("data-dir", "", "folder of mnist or fashion-mnist files");
  o.add_double("train-fraction", 0.8, "share of the rows to train on, where the data set has no split of its own", 0,
               1);
  o.add_int("modulus", 113, "of modadd, modsub and modquad", 2, 4096);
  o.add_string("target", "", "target column of a .csv file; empty: the last one");
  o.add_flag("standardise", "shift and scale a .csv file's inputs to mean 0 and variance 1");
  o.add_ints("widths", "64", "widths of the hidden layers, first to last", 1, 1000000);
  o.add_choice("activation", "relu", {"relu", "tanh", "gelu", "gelu_tanh", "sigmoid", "linear"}, "between layers");
  o.add_flag("no-bias", "layers without biases");
  o.add_choice("init", "pytorch", {"pytorch", "he", "glorot"}, "starting values of the parameters");
  o.add_choice("optimizer", "adam", {"sgd", "adam", "adamw"}, "with PyTorch's semantics");
  o.add_double("lr", 1e-3, "highest learning rate", 0);
  o.add_double("momentum", 0, "of sgd", 0, 1);
  o.add_double("weight-decay", 0, "L2 for sgd and adam, decoupled for adamw", 0);
  o.add_int("warm-up", 0, "steps in which the learning rate rises from 0", 0);
  o.add_choice("schedule", "constant", {"constant", "cosine"}, "of the learning rate after the warm-up");
  o.add_int("epochs", 40, "passes over the training rows", 0, 1000000);
  o.add_int("batch", 32, "rows in a step; the last batch of an epoch may be smaller", 1, 1000000);
  o.add_int("checkpoint-every", 10, "epochs between kept checkpoints", 1);
}

void add_measuring_options(Options& o) {
  o.add_int("rows", 200, "training rows on which JJᵀ of the checkpoints is measured", 1);
  o.add_int("spectrum-rows", 150, "training rows of the spectra of JJᵀ", 1);
  o.add_int("final-rows", 1500, "training rows on which the final network is counted exactly", 1);
  o.add_int("nets", 5, "networks drawn for each setting of C2 to C8", 1, 100000);
  o.add_int("mixed-nets", 120, "planted networks of C9", 1, 1000000);
  o.add_choice("experiments", "quick", {"none", "quick", "default", "paper"},
               "the other experiments, run at this preset into the folder experiments/ of the run");
}

nn::Split load_training_data(const Options& o) {
  nn::DataOptions d;
  d.data_dir = o.text("data-dir");
  d.seed = std::uint64_t(o.integer("seed"));
  d.train_fraction = o.number("train-fraction");
  d.modulus = o.integer("modulus");
  d.csv.target = o.text("target");
  d.standardise = o.flag("standardise");
  return nn::load_data(o.text("data"), d);
}

TrainingSpec train_spec(const Options& o, const nn::Split& data) {
  TrainingSpec s;
  s.mlp.widths = {data.train.inputs()};
  for (std::int64_t w : o.integers("widths")) s.mlp.widths.push_back(w);
  s.mlp.widths.push_back(data.train.outputs());
  s.mlp.activation = nn::activation_from(o.text("activation"));
  s.mlp.bias = !o.flag("no-bias");
  s.mlp.init = nn::init_from(o.text("init"));
  s.optimizer = {.kind = nn::optimizer_from(o.text("optimizer")),
                 .momentum = o.number("momentum"),
                 .weight_decay = o.number("weight-decay")};
  s.epochs = o.integer("epochs");
  s.batch = o.integer("batch");
  s.seed = std::uint64_t(o.integer("seed"));
  const std::int64_t steps = (data.train.size() + s.batch - 1) / s.batch * s.epochs;
  s.schedule = {.rate = o.number("lr"),
                .warm_up = o.integer("warm-up"),
                .decay = nn::decay_from(o.text("schedule")),
                .steps = steps};
  s.validate();
  nn::require_fit(s.mlp, data.train);
  return s;
}

void check_resumable(const Options& o, const nn::Split& data) {
  const std::string last = (o.run_path() / "checkpoints/last.safetensors").string();
  if (!o.flag("resume") || !std::filesystem::exists(last)) return;
  expect_same_data(o.run_path(), data);
  expect_same_training(o);
  const TrainingSpec spec = train_spec(o, data);
  const Model model = model_of(spec, data);
  try {
    if (o.text("dtype") == "f64")
      nn::Trainer<double>(model, spec, nn::inputs_of(data.train)).resume(last);
    else
      nn::Trainer<float>(model, spec, nn::inputs_of(data.train)).resume(last);
  } catch (const DataError& e) {
    throw DataError(
        fmt::format("{}; help: --resume takes the run's own config.toml, give no options that change the "
                    "network; --out DIR starts another run",
                    e.what()));
  }
}

RunFacts run_facts(const nn::Split& data) {
  return {.blas = blas_kernel(),
          .data = data.train.source,
          .data_hash = nn::content_hash(data.train) + "+" + nn::content_hash(data.test)};
}

RunMetrics run_training(const Options& options, const nn::Split& data, RunDirectory& run,
                        std::chrono::duration<double> between_saves) {
  const TrainingSpec spec = train_spec(options, data);
  return options.text("dtype") == "f64" ? train<double>(spec, data, options, run, between_saves)
                                        : train<float>(spec, data, options, run, between_saves);
}

}  // namespace basin::experiments
