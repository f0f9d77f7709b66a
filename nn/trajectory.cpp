#include "nn/trajectory.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/matrix.h"
#include "core/rng.h"
#include "nn/train.h"

namespace basin::nn {
namespace {

Tensor<float> columns(const Tensor<float>& table, std::int64_t i, std::int64_t blocks) {
  const std::int64_t width = table.cols() / blocks;
  return cast<float>(columns_of(cast<double>(table), i * width, width));
}

// A module's own loss is a mean over fewer outputs than that of all, hence its rate and its weight decay.
TrainSpec train_spec(const ModuleTraining& t) {
  TrainSpec s{.epochs = t.epochs, .batch = t.batch, .seed = t.seed};
  s.optimizer = {.kind = OptimizerKind::sgd, .momentum = t.momentum, .weight_decay = t.weight_decay * double(t.blocks)};
  s.schedule.rate = t.rate / double(t.blocks);
  return s;
}

// One module, its part of the data, and the way it learns: all modules meet the same rows in the same order.
struct Learner {
  Learner(const ModuleTraining& t, const Dataset& all, std::int64_t i)
      : data{all.name, columns(all.x, i, t.blocks), columns(all.y, i, t.blocks), 0, all.source},
        trainer(mlp({.widths = {data.inputs(), t.width, data.outputs()}, .init = Init::he}, Loss::mse), train_spec(t),
                inputs_of(data)),
        evaluate(trainer.model(), trainer.parameters(), data) {
    Rng rng(t.seed, fmt::format("modularity/module/{}", i));
    trainer.parameters().start(rng.next_u64());
    rng.fill_normal(trainer.parameters()["layers.0.bias"], t.bias);
  }

  Dataset data;
  Trainer<double> trainer;
  DatasetEvaluator<double> evaluate;
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

std::vector<Parameters<double>> Trajectory::at(std::int64_t epoch) const {
  std::vector<Parameters<double>> modules;
  for (auto from = parameters[epoch].begin(); from != parameters[epoch].end(); from += modules.back().size()) {
    modules.emplace_back(parameters_of(module));
    std::copy_n(from, modules.back().size(), modules.back().flat().begin());
  }
  return modules;
}

Trajectory train_modules(const ModuleTraining& t, const Dataset& data) {
  Learners learners;
  for (std::int64_t i = 0; i < t.blocks; ++i) learners.push_back(std::make_unique<Learner>(t, data, i));
  Trajectory trajectory{.module = learners[0]->trainer.model()};
  for (std::int64_t epoch = 0; epoch <= t.epochs; ++epoch) {
    for (const auto& learner : learners) learner->trainer.run_to(epoch);
    remember(trajectory, learners);
  }
  return trajectory;
}

std::vector<std::int64_t> equal_loss_epochs(const std::vector<std::span<const double>>& losses) {
  double level = 0;
  for (const auto& each : losses) level = std::max(level, each.back());
  std::vector<std::int64_t> epochs;
  for (const auto& each : losses) {
    const auto met = std::ranges::find_if(each, [&](double loss) { return loss <= level; });
    epochs.push_back((each.back() == level ? each.end() - 1 : met) - each.begin());
  }
  return epochs;
}

}  // namespace basin::nn
