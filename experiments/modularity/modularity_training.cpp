#include "experiments/modularity/modularity_training.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/matrix.h"
#include "core/rng.h"
#include "experiments/training/training_study.h"
#include "nn/supervised.h"
#include "nn/train.h"

namespace basin::experiments {
namespace {

Tensor<float> columns(const Tensor<float>& table, std::int64_t i, std::int64_t blocks) {
  const std::int64_t width = table.cols() / blocks;
  return cast<float>(columns_of(cast<double>(table), i * width, width));
}

// A module's own loss is a mean over fewer outputs than that of all, hence its rate and its weight decay.
nn::TrainSpec train_spec(const ModularTraining& t) {
  nn::TrainSpec s{.epochs = t.epochs, .batch = t.batch, .seed = t.seed};
  s.optimizer = {
      .kind = nn::OptimizerKind::sgd, .momentum = t.momentum, .weight_decay = t.weight_decay * double(t.blocks)};
  s.schedule.rate = t.rate / double(t.blocks);
  return s;
}

// One module, its part of the data, and the way it learns: all modules meet the same rows in the same order.
struct Learner {
  Learner(const ModularTraining& t, const nn::Dataset& all, std::int64_t i)
      : data{all.name, columns(all.x, i, t.blocks), columns(all.y, i, t.blocks), 0, all.source},
        spec{.widths = {data.inputs(), t.width, data.outputs()}, .init = nn::Init::he},
        trainer(nn::mlp(spec, nn::Loss::mse), train_spec(t), nn::inputs_of(data)),
        evaluate(trainer.model(), trainer.parameters(), data) {
    Rng rng(t.seed, fmt::format("modularity/module/{}", i));
    trainer.parameters().start(rng.next_u64());
    rng.fill_normal(trainer.parameters()["layers.0.bias"], t.bias);
  }

  nn::Dataset data;
  nn::MlpSpec spec;
  nn::Trainer<double> trainer;
  nn::DatasetEvaluator<double> evaluate;
};

using Learners = std::vector<std::unique_ptr<Learner>>;

void remember(Trajectory& t, const Learners& learners) {
  double loss = 0;
  std::vector<double> flat;
  for (const auto& learner : learners) {
    loss += learner->evaluate().loss;
    const auto values = learner->trainer.parameters().flat();
    flat.insert(flat.end(), values.begin(), values.end());
  }
  t.losses.push_back(loss / double(learners.size()));
  t.parameters.push_back(std::move(flat));
}

}  // namespace

ModularNet Trajectory::at(std::int64_t epoch) const {
  const nn::MlpSpec spec{.widths = widths};
  Parameters<double> module(parameters_of(nn::mlp(spec, nn::Loss::mse)));
  const std::vector<double>& flat = parameters[epoch];
  ModularNet net;
  for (std::size_t first = 0; first < flat.size(); first += std::size_t(spec.parameters())) {
    std::copy_n(flat.begin() + std::ptrdiff_t(first), spec.parameters(), module.flat().begin());
    net.modules.push_back(relu_net_of(spec, module));
  }
  return net;
}

Trajectory train_modules(const ModularTraining& t, const nn::Dataset& data) {
  Learners learners;
  for (std::int64_t i = 0; i < t.blocks; ++i) learners.push_back(std::make_unique<Learner>(t, data, i));
  Trajectory trajectory{.widths = learners[0]->spec.widths, .losses = {}, .parameters = {}};
  remember(trajectory, learners);
  for (std::int64_t epoch = 0; epoch < t.epochs; ++epoch) {
    for (const auto& learner : learners) {
      while (!learner->trainer.epoch_ended()) learner->trainer.step();
      learner->trainer.end_epoch();
    }
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
