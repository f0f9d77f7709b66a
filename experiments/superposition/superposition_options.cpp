#include <numeric>

#include "core/error.h"
#include "experiments/superposition/superposition_study.h"

namespace basin::experiments {
namespace {

constexpr double most_sparse = 0.9999;  // beyond there is hardly a row with a feature

void add_training(Options& o) {
  o.add_int("features", 6, "c: inputs and outputs", 1, 4096);
  o.add_int("hidden", 2, "hidden numbers; 2 is a plane, in which the polygons lie", 1, 4096);
  o.add_choice("law", "one", {"one", "sparse"},
               "of the data: one feature at a time, for which the loss is known exactly, or each alone, as sparse as "
               "--sparsity");
  o.add_double("sparsity", 0.9, "probability that a feature is 0, with --law sparse", 0, most_sparse);
  o.add_int("starts", 20, "networks, from the seeds 0, 1, …; --seed draws the data", 1, 10000);
  o.add_double("init-deviation", 0, "of W at the start; 0: sqrt(2 / (features + hidden))", 0, 100);
  o.add_int("samples", 3072, "rows to train on", 1, 10000000);
  o.add_int("epochs", 1000, "passes over them", 1, 10000000);
  o.add_int("batch", 512, "rows in a step", 1, 10000000);
  o.add_double("lr", 5e-3, "highest learning rate, of Adam", 0);
  o.add_choice("schedule", "cosine", {"constant", "cosine"}, "of the learning rate");
  o.add_int("log-every", 2, "epochs between lines of metrics", 1);
  o.add_int("checkpoints-per-decade", 5, "kept checkpoints for each factor of 10 in epochs, beside first and last", 1,
            1000);
}

void add_phases(Options& o) {
  o.add_ints("phase-hidden", "1,2,3,5", "the phase diagram's hidden numbers; none: no diagram", 1, 4096);
  o.add_doubles("sparsities", "0,0.3,0.5,0.7,0.8,0.9,0.95,0.98", "its sparsities", 0, most_sparse);
  o.add_int("phase-features", 10, "its features", 1, 4096);
  o.add_double("importance", 0.8, "its feature i = 0, 1, … counts this to the power of i in the loss", 1e-6, 1);
  o.add_int("phase-starts", 2, "its networks at each place, of which the best counts", 1, 1000);
  o.add_int("phase-epochs", 250, "its epochs, at the same --samples, --batch and --lr", 1, 10000000);
}

void refuse_unused(const Options& o) {
  if (o.flag("resume")) return;
  if (o.text("law") == "one") o.require_unused({"sparsity"}, "it is of --law sparse", "give --law sparse");
  if (o.integers("phase-hidden").empty())
    o.require_unused({"sparsities", "phase-features", "importance", "phase-starts", "phase-epochs"},
                     "--phase-hidden is empty, so there is no phase diagram");
}

// Rows of the law sparse to train on, and as many fresh ones.
void add_sparse_data(SuperpositionTask& task, nn::FeatureData data) {
  const std::int64_t rows = data.samples;
  data.samples *= 2;
  const nn::Dataset all = nn::feature_data(data);
  std::vector<std::int64_t> places(static_cast<std::size_t>(2 * rows));
  std::iota(places.begin(), places.end(), 0);
  task.data = nn::take_rows(all, std::span(places).first(std::size_t(rows)));
  task.test = nn::take_rows(all, std::span(places).last(std::size_t(rows)));
}

}  // namespace

Options superposition_options() {
  Options o("train_superposition",
            "Trains toy models of superposition from many starts, says on which polygons their features end, where the "
            "loss lingered and how that compares with the exact critical points, and how many features are represented "
            "the sparser they are.",
            {"train_superposition", "train_superposition --preset quick --json --quiet",
             "train_superposition --features 8 --starts 50 --init-deviation 0.1 --out runs/eight",
             "train_superposition --law sparse --sparsity 0.95 --features 20 --hidden 5",
             "train_superposition --resume --starts 50"});
  add_training(o);
  add_phases(o);
  o.add_shard();
  o.add_preset("quick", {{"starts", "8"},
                         {"epochs", "600"},
                         {"phase-hidden", "1,2"},
                         {"sparsities", "0,0.5,0.9"},
                         {"phase-features", "5"},
                         {"phase-starts", "1"},
                         {"phase-epochs", "100"}});
  o.add_preset("paper", {{"starts", "200"},
                         {"epochs", "3000"},
                         {"phase-hidden", "1,2,3,5,10"},
                         {"sparsities", "0,0.2,0.4,0.6,0.7,0.8,0.85,0.9,0.93,0.96,0.98,0.99"},
                         {"phase-features", "20"},
                         {"phase-starts", "5"},
                         {"phase-epochs", "1000"}});
  return o;
}

SuperpositionTask superposition_task(const Options& o) {
  refuse_unused(o);
  if (!o.integers("phase-hidden").empty() && o.numbers("sparsities").empty())
    throw UsageError("--sparsities: none given; wanted one or more, or an empty --phase-hidden for no phase diagram");
  SuperpositionTask task{.network = {.features = o.integer("features"),
                                     .hidden = o.integer("hidden"),
                                     .start = o.number("init-deviation")},
                         .train = {.epochs = o.integer("epochs"), .batch = o.integer("batch")},
                         .law = nn::feature_law_from(o.text("law")),
                         .starts = o.integer("starts")};
  const nn::FeatureData data{.law = task.law,
                             .features = task.network.features,
                             .samples = o.integer("samples"),
                             .sparsity = o.number("sparsity"),
                             .seed = std::uint64_t(o.integer("seed"))};
  if (task.law == nn::FeatureLaw::sparse)
    add_sparse_data(task, data);
  else
    task.data = nn::feature_data(data);
  task.train.schedule = {.rate = o.number("lr"), .decay = nn::decay_from(o.text("schedule")), .steps = task.steps()};
  task.train.validate();
  return task;
}

}  // namespace basin::experiments
