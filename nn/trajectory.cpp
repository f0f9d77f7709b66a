#include "nn/trajectory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/matrix.h"
#include "core/rng.h"
#include "nn/train_seeds.h"

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

// One module of one task, with its part of the data. All modules of a task meet the same rows in the same order.
struct Learner {
  Learner(const ModuleTraining& t, const ModuleTask& task, std::int64_t block)
      : seed(task.seed),
        data(inputs_of({task.data->name, columns(task.data->x, block, t.blocks), columns(task.data->y, block, t.blocks),
                        0, task.data->source})) {
    Rng rng(seed, fmt::format("modularity/module/{}", block));
    start_seed = rng.next_u64();
    bias.resize(std::size_t(t.width));
    rng.fill_normal(bias, t.bias);
  }

  void start(Parameters<double>& theta) const {
    theta.start(start_seed);
    std::ranges::copy(bias, theta["layers.0.bias"].begin());
  }

  std::uint64_t seed, start_seed = 0;
  Inputs data;
  std::vector<double> bias{};  // of the hidden neurons, at the start
  std::vector<double> losses{};
  std::vector<std::vector<double>> parameters{};  // both by epoch

  void remember(double loss, std::span<const double> theta) {
    losses.push_back(loss);
    parameters.emplace_back(theta.begin(), theta.end());
  }
};

std::vector<Var> loss_of_rows(Graph&, const Ends& ends) { return {ends.loss}; }

void train_alone(const ModuleTraining& t, const Model& model, Learner& learner) {
  TrainSpec spec = train_spec(t);
  spec.seed = learner.seed;
  Trainer<double> trainer(model, spec, learner.data);
  learner.start(trainer.parameters());
  Evaluator<double> evaluate(model, trainer.parameters(), loss_of_rows);
  for (std::int64_t epoch = 0; epoch <= t.epochs; ++epoch) {
    trainer.run_to(epoch);
    learner.remember(evaluate.means(learner.data)[0], trainer.parameters().flat());
  }
}

void train_side_by_side(const ModuleTraining& t, const Model& model, std::span<Learner> learners) {
  constexpr int lanes = SeedTrainer<double>::lanes;
  std::vector<std::uint64_t> seeds;
  std::vector<Inputs> data;
  for (const Learner& learner : learners) seeds.push_back(learner.seed), data.push_back(learner.data);
  SeedTrainer<double> trainer(model, train_spec(t), seeds, std::move(data));
  Parameters<double> one(parameters_of(model));
  for (std::size_t i = 0; i < learners.size(); ++i) {
    learners[i].start(one);
    trainer.start(int(i), one);
  }
  std::array<const Inputs*, std::size_t(lanes)> rows;
  for (int lane = 0; lane < lanes; ++lane) rows[std::size_t(lane)] = &trainer.data(lane);
  Evaluator<Pack<double>> evaluate(model, trainer.parameters(), loss_of_rows);
  for (std::int64_t epoch = 0; epoch <= t.epochs; ++epoch) {
    trainer.run_to(epoch);
    const std::vector<double> losses = evaluate.means(rows);
    for (std::size_t i = 0; i < learners.size(); ++i) {
      take_lane(trainer.parameters(), int(i), one);
      learners[i].remember(losses[i], one.flat());
    }
  }
}

// A task's modules, remembered as one network.
Trajectory joined(const Model& model, std::span<const Learner> modules) {
  Trajectory t{.module = model};
  for (std::size_t epoch = 0; epoch < modules[0].losses.size(); ++epoch) {
    double loss = 0;
    std::vector<double> flat;
    for (const Learner& module : modules) {
      loss += module.losses[epoch];
      flat.insert(flat.end(), module.parameters[epoch].begin(), module.parameters[epoch].end());
    }
    t.losses.push_back(loss / double(modules.size()));
    t.parameters.push_back(std::move(flat));
  }
  return t;
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

std::vector<Trajectory> train_modules(const ModuleTraining& t, std::span<const ModuleTask> tasks) {
  std::vector<Learner> learners;
  for (const ModuleTask& task : tasks)
    for (std::int64_t block = 0; block < t.blocks; ++block) learners.emplace_back(t, task, block);
  if (learners.empty()) return {};
  const std::int64_t inputs = tasks[0].data->inputs() / t.blocks, outputs = tasks[0].data->outputs() / t.blocks;
  const Model model = mlp({.widths = {inputs, t.width, outputs}, .init = Init::he}, Loss::mse);
  const std::size_t together = lanes_pay(model) ? std::size_t(SeedTrainer<double>::lanes) : 1;
  for (std::size_t first = 0; first < learners.size(); first += together) {
    const auto some = std::span(learners).subspan(first, std::min(together, learners.size() - first));
    if (together == 1)
      train_alone(t, model, some[0]);
    else
      train_side_by_side(t, model, some);
  }
  std::vector<Trajectory> all;
  const std::size_t blocks = std::size_t(t.blocks);
  for (std::size_t i = 0; i < tasks.size(); ++i)
    all.push_back(joined(model, std::span(learners).subspan(i * blocks, blocks)));
  return all;
}

Trajectory train_modules(const ModuleTraining& t, const Dataset& data) {
  const ModuleTask task{t.seed, &data};
  return train_modules(t, {&task, 1})[0];
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
