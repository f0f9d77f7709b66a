#include "experiments/shared/training_run.h"

#include <fmt/format.h>

#include <array>

#include "core/blas.h"
#include "experiments/cli/progress.h"
#include "experiments/shared/items.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/seed_list.h"
#include "experiments/shared/table_options.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

Model model_of(const TrainingSpec& spec, const nn::Split& data) { return nn::mlp(spec.mlp, nn::loss_of(data.train)); }

// What the rest of the training follows from, beside data, network and what the checkpoint holds. --epochs may grow.
constexpr std::array training_keys{"seed",     "init",         "optimizer", "lr",   "momentum",
                                   "schedule", "weight-decay", "warm-up",   "batch"};

// Said before other data are suspected.
constexpr std::array data_keys{"task", "standardise"};

}  // namespace

void add_training_options(Options& o) {
  o.add_data(
      "digits",
      "digits, mnist, fashion-mnist, modadd, modsub, modquad, blocks, parity, regression or a table: .csv, .tsv or "
      ".txt");
  o.add_string("data-dir", "", "folder of mnist or fashion-mnist files");
  o.add_double("train-fraction", 0.8, "share of the rows to train on, where the data set has no split of its own", 0,
               1);
  o.add_int("modulus", 113, "of modadd, modsub and modquad", 2, 4096);
  add_table_options(o);
  o.add_ints("widths", "64", "widths of the hidden layers, first to last", 1, 1000000);
  o.add_choice("activation", "relu", {"relu", "tanh", "gelu", "gelu_tanh", "sigmoid", "square", "linear"},
               "between layers");
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

void add_seeds_option(Options& o) {
  o.add_string(
      "seeds", "",
      "several networks, such as 0..15 or 0,3,7: start and order of rows are each seed's, the data are --seed's; "
      "small ones are trained side by side, on --threads threads");
}

std::vector<std::uint64_t> seeds_of(const Options& o) {
  return o.text("seeds").empty() ? std::vector<std::uint64_t>{} : seed_list("seeds", o.text("seeds"));
}

fs::path seed_folder(std::uint64_t seed) { return fs::path("networks") / fmt::format("seed-{}", seed); }

void add_measuring_options(Options& o) {
  o.add_int("rows", 200, "training rows on which JJᵀ of the checkpoints is measured", 1);
  o.add_int("spectrum-rows", 150, "training rows of the spectra of JJᵀ", 1);
  o.add_int("final-rows", 1500, "training rows on which the final network is counted exactly", 1);
  o.add_int("nets", 5, "networks drawn for each setting of C2 to C8", 1, 100000);
  o.add_int("mixed-nets", 120, "planted networks of C9", 1, 1000000);
  o.add_choice("experiments", "quick", {"none", "quick", "default", "paper"},
               "the other experiments, run at this preset into the folder experiments/ of the run");
}

nn::Split load_training_data(Options& o) {
  nn::DataOptions d;
  d.data_dir = o.text("data-dir");
  d.seed = std::uint64_t(o.integer("seed"));
  d.train_fraction = o.number("train-fraction");
  d.modulus = o.integer("modulus");
  read_table_options(o, d);
  nn::Split data = nn::load_data(o.text("data"), d);
  for (const auto& [option, value] : data.train.reading.options) o.settle(option, value);
  return data;
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

namespace {

// DataError unless training can go on from the last state of a network, if there is one.
void check_state(const Options& o, const nn::Split& data, const fs::path& folder, const TrainingSpec& spec) {
  const std::string last = nn::last_state(folder);
  if (!fs::exists(last)) return;
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

// A run is of one network or of several, from its beginning.
void check_same_kind(const Options& o, bool several) {
  const bool was_one = fs::exists(nn::last_state(o.run_path())), was_several = fs::exists(o.run_path() / "networks");
  if (several ? was_one : was_several)
    throw DataError(fmt::format("{}: the run there trained {}; help: --out DIR starts another run",
                                o.run_path().string(), was_one ? "one network" : "several, by --seeds"));
}

}  // namespace

void check_resumable(const Options& o, const nn::Split& data) {
  if (!o.flag("resume")) return;
  const std::vector<std::uint64_t> seeds = o.has("seeds") ? seeds_of(o) : std::vector<std::uint64_t>{};
  check_same_kind(o, !seeds.empty());
  if (!fs::exists(seeds.empty() ? fs::path(nn::last_state(o.run_path())) : o.run_path() / "networks")) return;
  expect_same_options(o, data_keys);
  expect_same_data(o.run_path(), run_facts(data));
  expect_same_options(o, training_keys);
  TrainingSpec spec = train_spec(o, data);
  if (seeds.empty()) check_state(o, data, o.run_path(), spec);
  for (const std::uint64_t seed : seeds) {
    spec.seed = seed;
    check_state(o, data, o.run_path() / seed_folder(seed), spec);
  }
}

RunFacts run_facts(const nn::Split& data) {
  return {.blas = blas_kernel(),
          .data = data.train.source,
          .data_hash = nn::content_hash(data.train) + "+" + nn::content_hash(data.test),
          .class_names = data.train.class_names};
}

nn::RunMetrics run_training(const Options& o, const nn::Split& data, RunDirectory& run,
                            std::chrono::duration<double> between_saves) {
  const TrainingSpec spec = train_spec(o, data);
  Progress progress("training", spec.schedule.steps, o.flag("quiet"));
  const nn::FolderSpec how{.checkpoint_every = o.integer("checkpoint-every"),
                           .resume = run.resumed(),
                           .between_saves = between_saves,
                           .progress = [&](std::int64_t steps, double loss) { progress.update(steps, loss); }};
  const auto train = o.text("dtype") == "f64" ? nn::train_in<double> : nn::train_in<float>;
  nn::RunMetrics m;
  run.resumable([&] { m = train(run.path(), model_of(spec, data), spec, data, how); });
  progress.finish(m.step, m.train_loss);
  return m;
}

std::vector<nn::RunMetrics> run_training_of_seeds(const Options& o, const nn::Split& data, RunDirectory& run) {
  const TrainingSpec spec = train_spec(o, data);
  const std::vector<std::uint64_t> all = seeds_of(o);
  std::vector<std::uint64_t> seeds;
  for (const std::int64_t i : Items(o, run).deal(std::ssize(all))) seeds.push_back(all[std::size_t(i)]);
  std::vector<fs::path> folders;
  for (const std::uint64_t seed : seeds) folders.push_back(run.path() / seed_folder(seed));
  const std::int64_t steps = spec.schedule.steps * std::ssize(seeds);
  Progress progress("training", steps, o.flag("quiet"));
  const nn::FolderSpec how{.checkpoint_every = o.integer("checkpoint-every"),
                           .resume = run.resumed(),
                           .progress = [&](std::int64_t done, double loss) { progress.update(done, loss); }};
  const auto train = o.text("dtype") == "f64" ? nn::train_seeds_in<double> : nn::train_seeds_in<float>;
  std::vector<nn::RunMetrics> last;
  if (!seeds.empty())
    run.resumable([&] { last = train(folders, seeds, model_of(spec, data), spec, data, how, o.threads()); });
  progress.finish(steps);
  run.end_shard();
  return last;
}

nn::Split data_of(const fs::path& folder) {
  const fs::path networks = fs::absolute(folder).lexically_normal().parent_path();
  const fs::path run =
      !fs::exists(folder / "config.toml") && networks.filename() == "networks" ? networks.parent_path() : folder;
  const std::string config = (run / "config.toml").string();
  if (!fs::exists(config)) throw DataError(config + ": missing; help: give the folder of a train_mlp run");
  Options o("train_mlp", "");
  add_training_options(o);
  add_measuring_options(o);  // keys of a run of reproduce
  add_seeds_option(o);       // of train_mlp alone
  const std::array words{"train_mlp", "--config", config.c_str()};
  o.parse(int(words.size()), words.data());
  nn::Split data = load_training_data(o);
  expect_same_data(run, run_facts(data));
  return data;
}

}  // namespace basin::experiments
