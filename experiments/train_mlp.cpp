// Trains a multi-layer perceptron and keeps everything that is needed to look into it.
#include <fmt/format.h>

#include <cmath>

#include "experiments/cli/main.h"
#include "experiments/seeds/seeds_study.h"
#include "experiments/shared/table_options.h"
#include "experiments/shared/training_cost.h"
#include "experiments/shared/unused_options.h"

using namespace basin;
using namespace basin::experiments;

namespace {

Options declare() {
  Options o(
      "train_mlp", "Trains a multi-layer perceptron on a data set and keeps its checkpoints and metrics.",
      {"train_mlp", "train_mlp --data mnist --data-dir ~/mnist --widths 128,128 --epochs 5",
       "train_mlp --data my.csv --target price --standardise --activation tanh", "train_mlp --widths 8 --seeds 0..15",
       "train_mlp --data modadd --modulus 23 --widths 128 --optimizer adamw --weight-decay 1 --epochs 500"});
  add_training_options(o);
  add_seeds_option(o);
  o.add_shard();
  o.add_preset("quick", {{"epochs", "5"}});
  o.add_preset("paper", {{"epochs", "200"}, {"schedule", "cosine"}});
  return o;
}

int run(const Options& given) {
  Options o = given;
  refuse_unused_in_training(o);
  const bool several = !seeds_of(o).empty();
  if (!several) {
    o.require_unused({"shard"}, "it deals the networks of --seeds");
    o.without("shard");
  }
  if (!several && !o.flag("resume"))
    o.require_unused({"threads"}, "a step of one network is too short to share", "give --seeds");
  const nn::Split data = load_training_data(o);
  say_reading(o, data.train);
  check_warm_up(o, train_spec(o, data).schedule.steps);  // refuses what does not fit before a folder is made
  check_resumable(o, data);
  say_cost(o, [&] { return training_cost(o, data); });
  if (several) return run_seeds(o, data);
  RunDirectory directory(o, run_facts(data));
  const nn::RunMetrics m = run_training(o, data, directory);
  const bool classes = data.train.classes > 0;
  if (o.flag("json")) {
    const auto number = [](double x) { return std::isfinite(x) ? fmt::format("{}", x) : "null"; };
    fmt::print(
        "{{\"epoch\":{},\"step\":{},\"train_loss\":{},\"test_loss\":{},\"test_accuracy\":{},\"classes\":{},"
        "\"run\":\"{}\"}}\n",
        m.epoch, m.step, number(m.train_loss), number(m.test.loss), classes ? number(m.test.accuracy) : "null",
        classes_json(data.train), directory.path().string());
  } else {
    fmt::print("{} rows, {} epoch{}: ", data.train.size(), m.epoch, m.epoch == 1 ? "" : "s");
    if (m.epoch > 0) fmt::print("training loss {:.4g}, ", m.train_loss);
    fmt::print("test loss {:.4g}", m.test.loss);
    if (classes) fmt::print(", test accuracy {:.2f} % of {} rows", 100 * m.test.accuracy, data.test.size());
    fmt::print("\n{}{}\n", classes_line(data.train), directory.path().string());
  }
  return directory.finish(exit_ok);
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
