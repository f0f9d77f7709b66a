#include "experiments/claims/compared_bases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/supervised.h"
#include "nn/train.h"

namespace basin::experiments {
namespace {

// None counts as one: a logarithm of 0 would outweigh all else.
Estimate log_difference(const std::vector<double>& first, const std::vector<double>& second) {
  const auto logs = [](std::vector<double> all) {
    for (double& v : all) v = std::log(std::max(v, 1.0));
    return all;
  };
  return paired(logs(first), logs(second)).difference;
}

}  // namespace

std::vector<interp::ReluNet> trained_nets(const nn::Dataset& data, const TrainedNetsSpec& spec) {
  nn::MlpSpec mlp{.widths = {data.inputs()}};
  mlp.widths.insert(mlp.widths.end(), spec.hidden.begin(), spec.hidden.end());
  mlp.widths.push_back(data.outputs());
  nn::TrainSpec training{.epochs = spec.epochs.back(), .seed = spec.seed};
  training.optimizer = {.kind = nn::OptimizerKind::adamw, .weight_decay = spec.weight_decay};
  training.schedule.rate = spec.rate;
  nn::Trainer<float> trainer(nn::mlp(mlp, nn::loss_of(data)), training, nn::inputs_of(data));
  const std::string output = fmt::format("layers.{}.pre", mlp.layers() - 1);
  std::vector<interp::ReluNet> nets;
  for (const std::int64_t epoch : spec.epochs) {
    trainer.run_to(epoch);
    nets.push_back(
        interp::relu_net(interp::dense_network({trainer.model(), cast<double>(trainer.parameters())}, output)));
  }
  return nets;
}

interp::BasisOptions basis_options(interp::BasisKind kind, const interp::SweepOptions& sweep) {
  return {.kind = kind,
          .center = kind != interp::BasisKind::neuron,
          .truncation = {.threshold = 1e-10, .relative = true},
          .sweep = sweep};
}

interp::Scoring scoring_of(const nn::Dataset& data) {
  return {data.classes > 0 ? interp::ScoreKind::cross_entropy : interp::ScoreKind::mse, cast<double>(data.y)};
}

LogDifference::LogDifference(const std::vector<double>& first, const std::vector<double>& second)
    : Estimate(log_difference(first, second)) {}

double LogDifference::ratio() const { return std::exp(mean); }

double LogDifference::effect_size() const { return mean / deviation; }

std::string LogDifference::verdict() const { return high < 0 ? "holds" : low > 0 ? "does not hold" : "undecided"; }

std::string LogDifference::text() const {
  return fmt::format("{:+.2f} [{:+.2f}, {:+.2f}], effect size {:+.1f}: {}", mean, low, high, effect_size(), verdict());
}

}  // namespace basin::experiments
