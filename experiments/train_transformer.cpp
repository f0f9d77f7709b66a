// Trains a transformer on sequences of tokens of one's own and keeps everything that is needed to look into it.
#include <fmt/format.h>

#include "experiments/cli/cost.h"
#include "experiments/cli/main.h"
#include "experiments/cli/progress.h"
#include "experiments/shared/sequence_training.h"
#include "experiments/shared/training_run.h"
#include "experiments/shared/unused_options.h"

using namespace basin;
using namespace basin::experiments;

namespace {

RunCost cost(const Options& o, const TokenTraining& training) {
  const double epoch = seconds_per_epoch(training, o);
  return {.parts = {{fmt::format("{} epochs, {:.3g} ms each, measured", training.train.epochs, 1000 * epoch),
                     epoch * double(training.train.epochs)}}};
}

void train(const Options& o, const TokenTraining& training, const RunDirectory& directory) {
  const nn::TrainSpec& spec = training.train;
  const std::int64_t steps = (training.data.train.size() + spec.batch - 1) / spec.batch * spec.epochs;
  Progress progress("training", steps, o.flag("quiet"));
  directory.resumable([&] {
    train_tokens(training, o, directory.path(), directory.resumed(),
                 [&](std::int64_t now, double loss) { progress.update(now, loss); });
  });
  progress.finish(steps);
}

int run(const Options& o) {
  refuse_unused_in_transformer(o);
  const TokenTraining training = sequence_training(o);
  check_warm_up(o, training.train.schedule.steps);
  const RunFacts facts = run_facts(training.data);
  check_transformer_resumable(o, facts,
                              {"vocab", "classes", "train-fraction", "layers", "layer-norm", "activation", "two-way",
                               "attention-only", "parallel-attention", "no-bias", "init-scale"});
  say_cost(o, [&] { return cost(o, training); });
  RunDirectory directory(o, facts);
  train(o, training, directory);
  const nn::MetricsLine m = nn::read_metrics_lines(directory.path()).back();
  if (o.flag("json"))
    fmt::print("{{\"epoch\":{},\"train_loss\":{},\"test_loss\":{},\"test_accuracy\":{},\"run\":\"{}\"}}\n",
               m.whole("epoch"), m.number("train_loss"), m.number("test_loss"), m.number("test_accuracy"),
               directory.path().string());
  else
    fmt::print(
        "{} sequences, {} epochs: training loss {:.4g}, test loss {:.4g}, test accuracy {:.2f} % of {} "
        "sequences\n{}\n",
        training.data.train.size(), m.whole("epoch"), m.number("train_loss"), m.number("test_loss"),
        100 * m.number("test_accuracy"), training.data.test.size(), directory.path().string());
  return directory.finish(exit_ok);
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, sequence_options, run); }
