#include "experiments/training/training_study.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/shared/training_run.h"
#include "experiments/training/training_degeneracy.h"
#include "interp/layers/firing_blocks.h"
#include "nn/data/registry.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

// The networks to train, with nothing measured yet.
std::vector<StudyPoint> untrained(const StudySpec& spec) {
  std::vector<StudyPoint> all;
  for (std::int64_t width : spec.widths)
    for (double decay : spec.weight_decays)
      for (std::int64_t seed = 0; seed < spec.seeds; ++seed)
        all.push_back({.data = spec.data, .width = width, .seed = seed, .weight_decay = decay});
  return all;
}

void measure(StudyPoint& p, const interp::ReluNet& net, const nn::Dataset& data, std::int64_t rows) {
  const interp::DenseNetwork network = interp::dense_network(net);
  const Matrix x = analysis_inputs(data, data.size());
  const interp::NetworkFactors factors = interp::network_factors(network, {{"x", x}});
  const interp::JacobianTables J = interp::jacobian_tables(network, {{"x", analysis_inputs(data, rows)}});
  const bool tall = J.columns() < J.rows();  // without those that are zero
  const std::vector<double> h = interp::spectrum(tall ? interp::parameter_gram(J, 1) : interp::jacobian_gram(J, 1));
  p.parameters = net.parameters();
  p.most = std::min<std::int64_t>(p.parameters, J.rows());
  for (const interp::EpsilonRank& r : interp::relative_epsilon_ranks(h, epsilon_grid)) {
    p.free_share.push_back(1 - double(r.count) / double(p.most));
    p.soft_count.push_back(r.soft_count);
  }
  double low_rank = 0;
  for (std::size_t l = 0; l < factors.layers.size(); ++l) {
    const auto& layer = factors.layers[l];
    low_rank += double(network.layers[l].parameters() - layer.activations.rank().rank * layer.gradients.rank().rank);
  }
  p.low_rank_share = low_rank / double(p.parameters);
  const interp::FiringMasks& firing = factors.layers.front().firing;
  const auto share_that_fires_on = [&](std::int64_t samples) {
    std::int64_t neurons = 0;
    for (std::int64_t i = 0; i < p.width; ++i) neurons += firing.count(i) == samples;
    return double(neurons) / double(p.width);
  };
  p.dead_share = share_that_fires_on(0), p.on_share = share_that_fires_on(firing.samples);
}

void measure_bounds(StudyPoint& p, const interp::ReluNet& net, const nn::Dataset& data, const StudySpec& spec) {
  const bool asked = p.epoch == spec.epochs.front() || p.epoch == spec.epochs.back();
  if (!asked || p.parameters > spec.bound_limit) return;
  const std::int64_t needed = 3 * p.parameters / (2 * data.outputs()) + 1;
  const Matrix x = analysis_inputs(data, std::max(spec.bound_rows, needed));
  p.rows_per_parameter = double(x.rows() * data.outputs()) / double(p.parameters);
  p.bounds = interp::epsilon_bounds(net, x, bound_grid);
}

std::vector<StudyPoint> train_and_look(const StudySpec& spec, const StudyPoint& network) {
  nn::DataOptions options;
  options.seed = std::uint64_t(network.seed);
  const nn::Split data = nn::load_data(spec.data, options);
  nn::Trainer<float> trainer(model_of(network, data), training_of(spec, network), nn::inputs_of(data.train));
  nn::DatasetEvaluator<float> evaluate(trainer.model(), trainer.parameters(), data.test);
  std::vector<StudyPoint> points;
  for (std::int64_t epoch : spec.epochs) {
    trainer.run_to(epoch);
    const nn::Evaluation test = evaluate();
    StudyPoint& p = points.emplace_back(network);
    p.epoch = epoch, p.test_loss = test.loss, p.accuracy = test.accuracy;
    const interp::ReluNet net =
        interp::relu_net(interp::dense_network({trainer.model(), cast<double>(trainer.parameters())}, "layers.1.pre"));
    measure(p, net, data.train, spec.rows);
    measure_bounds(p, net, data.train, spec);
  }
  return points;
}

}  // namespace

Model model_of(const StudyPoint& network, const nn::Split& data) {
  return nn::mlp({.widths = {data.train.inputs(), network.width, data.train.outputs()}}, nn::loss_of(data.train));
}

nn::TrainSpec training_of(const StudySpec& spec, const StudyPoint& network) {
  nn::TrainSpec training{.epochs = spec.epochs.back(), .seed = std::uint64_t(network.seed)};
  training.optimizer = {.kind = nn::OptimizerKind::adamw, .weight_decay = network.weight_decay};
  training.schedule.rate = spec.learning_rate;
  return training;
}

std::string StudyJob::name() const {
  return fmt::format("{}-width{}-decay{:g}-seed{}", spec.data, network.width, network.weight_decay, network.seed);
}

std::vector<StudyJob> study_jobs(const StudySpec& spec) {
  std::vector<StudyJob> jobs;
  for (const StudyPoint& network : untrained(spec)) jobs.push_back({spec, network});
  return jobs;
}

std::vector<StudyPoint> study_job(const StudyJob& job) { return train_and_look(job.spec, job.network); }

}  // namespace basin::experiments
