#include "experiments/modularity/modularity_training.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/rng.h"
#include "experiments/training/training_study.h"
#include "nn/data/minibatches.h"
#include "nn/optim.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

Tensor<float> columns(const Tensor<float>& table, std::int64_t i, std::int64_t blocks) {
  return cast<float>(column_block(cast<double>(table), i, blocks));
}

// One module, its part of the data, and the way it learns.
struct Learner {
  Learner(const ModularTraining& t, const nn::Dataset& all, std::int64_t i)
      : data{all.name, columns(all.x, i, t.blocks), columns(all.y, i, t.blocks), 0, all.source},
        spec{.widths = {data.inputs(), t.width, data.outputs()}},
        params(spec),
        backward(spec, nn::Loss::mse, true),
        forward(spec, nn::Loss::mse, false),
        optimizer(
            {.kind = nn::OptimizerKind::sgd, .momentum = t.momentum, .weight_decay = t.weight_decay * double(t.blocks)},
            params.values.size()) {
    Rng rng(t.seed, fmt::format("modularity/module/{}", i));
    nn::initialize(params.values, nn::Init::he, rng.next_u64());
    rng.fill_normal(params.values["layers.0.bias"], t.bias);
  }

  void step(std::span<const std::int64_t> rows, double rate) {
    optimizer.update(params.values.flat(), backward.run(params.values, data, rows).program->flat(), rate);
  }

  nn::Dataset data;
  nn::MlpSpec spec;
  nn::MlpParameters<double> params;
  nn::BatchPrograms<double> backward, forward;
  nn::Optimizer<double> optimizer;
};

using Learners = std::vector<std::unique_ptr<Learner>>;

void remember(Trajectory& t, const Learners& learners) {
  double loss = 0;
  std::vector<double> flat;
  for (const auto& learner : learners) {
    loss += nn::evaluate(learner->forward, learner->params.values, learner->data).loss;
    const auto values = learner->params.values.flat();
    flat.insert(flat.end(), values.begin(), values.end());
  }
  t.losses.push_back(loss / double(learners.size()));
  t.parameters.push_back(std::move(flat));
}

}  // namespace

ModularNet Trajectory::at(std::int64_t epoch) const {
  const nn::MlpSpec spec{.widths = widths};
  nn::MlpParameters<double> module(spec);
  const std::vector<double>& flat = parameters[epoch];
  ModularNet net;
  for (std::size_t first = 0; first < flat.size(); first += std::size_t(spec.parameters())) {
    std::copy_n(flat.begin() + std::ptrdiff_t(first), spec.parameters(), module.values.flat().begin());
    net.modules.push_back(relu_net_of(spec, module.values));
  }
  return net;
}

Trajectory train_modules(const ModularTraining& t, const nn::Dataset& data) {
  Learners learners;
  for (std::int64_t i = 0; i < t.blocks; ++i) learners.push_back(std::make_unique<Learner>(t, data, i));
  const nn::Minibatches minibatches(data.size(), t.batch, t.seed);
  // A module's own loss is a mean over fewer outputs, hence this and the weight decay of a Learner.
  const double rate = t.rate / double(t.blocks);
  Trajectory trajectory{.widths = learners[0]->spec.widths, .losses = {}, .parameters = {}};
  remember(trajectory, learners);
  for (std::int64_t epoch = 0; epoch < t.epochs; ++epoch) {
    const nn::Epoch order = minibatches.epoch(epoch);
    for (const auto rows : order)
      for (const auto& learner : learners) learner->step(rows, rate);
    remember(trajectory, learners);
  }
  return trajectory;
}

std::vector<std::int64_t> equal_loss_epochs(std::span<const Trajectory* const> trajectories) {
  double level = 0;
  for (const Trajectory* t : trajectories) level = std::max(level, t->losses.back());
  std::vector<std::int64_t> epochs;
  for (const Trajectory* t : trajectories) {
    const auto met = std::ranges::find_if(t->losses, [&](double loss) { return loss <= level; });
    epochs.push_back((t->losses.back() == level ? t->losses.end() - 1 : met) - t->losses.begin());
  }
  return epochs;
}

}  // namespace basin::experiments
