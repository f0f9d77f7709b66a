#include "experiments/shared/unused_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/cli/experiment.h"
#include "nn/data/registry.h"

namespace basin::experiments {
namespace {

void refuse_unused_by_data(const Options& o) {
  const std::string& data = o.text("data");
  const bool images = data == "mnist" || data == "fashion-mnist", own_split = images || data == "digits";
  const bool table = std::ranges::find(nn::data_names(), data) == nn::data_names().end();  // a path
  const bool modular = !table && data.starts_with("mod");
  const std::string given = "and --data is " + data;
  if (!images) o.require_unused({"data-dir"}, "it is the folder of mnist and fashion-mnist, " + given);
  if (own_split) o.require_unused({"train-fraction"}, "--data " + data + " has training and test rows of its own");
  if (!modular) o.require_unused({"modulus"}, "it is of modadd, modsub and modquad, " + given);
}

}  // namespace

void refuse_unused_in_training(const Options& o) {
  if (o.flag("resume")) return;
  refuse_unused_by_data(o);
  const std::string& optimizer = o.text("optimizer");
  if (optimizer != "sgd")
    o.require_unused({"momentum"}, "it is of sgd, and --optimizer is " + optimizer, "give --optimizer sgd");
}

void refuse_unused_in_transformer(const Options& o) {
  if (o.flag("resume")) return;
  if (o.integer("layers") == 0)
    o.require_unused({"heads", "d-head", "d-mlp", "activation", "two-way", "attention-only", "parallel-attention"},
                     "--layers 0 has no blocks", "give --layers 1");
  if (o.flag("attention-only"))
    o.require_unused({"d-mlp", "activation", "parallel-attention"}, "--attention-only leaves the MLPs out");
}

void check_warm_up(const Options& o, std::int64_t steps) {
  if (o.flag("resume")) return;
  const std::int64_t warm_up = o.integer("warm-up");
  const std::string run = fmt::format("the run has {} step{}", steps, steps == 1 ? "" : "s");
  if (warm_up > steps)
    o.require_unused({"warm-up"}, run + ", in which the full rate is not reached",
                     "give a shorter one, or more --epochs");
  if (warm_up >= steps && steps > 0)
    o.require_unused({"schedule"}, run + ", all of them of the --warm-up", "give more --epochs");
  if (warm_up > steps)
    say(o, fmt::format("note: {}, and the learning rate rises to --lr in {}: it is not reached", run, warm_up));
}

}  // namespace basin::experiments
