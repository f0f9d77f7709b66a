#include "experiments/training/training_study.h"

#include <mutex>

#include "core/parallel.h"
#include "experiments/shared/training_run.h"
#include "experiments/training/training_degeneracy.h"
#include "interp/layers/firing_blocks.h"
#include "nn/data/registry.h"

namespace basin::experiments {
namespace {

struct Cell {  // one network to train
  std::int64_t width, seed;
  double weight_decay;
};

std::vector<Cell> cells(const StudySpec& spec) {
  std::vector<Cell> all;
  for (std::int64_t width : spec.widths)
    for (double decay : spec.weight_decays)
      for (std::int64_t seed = 0; seed < spec.seeds; ++seed) all.push_back({width, seed, decay});
  return all;
}

nn::TrainSpec train_spec(const StudySpec& spec, const Cell& cell) {
  nn::TrainSpec s;
  s.optimizer = {.kind = nn::OptimizerKind::adamw, .weight_decay = cell.weight_decay};
  s.schedule.rate = spec.learning_rate;
  s.epochs = spec.epochs.back();
  s.seed = std::uint64_t(cell.seed);
  return s;
}

void count_neurons(StudyPoint& p, const interp::FiringMasks& masks) {
  double dead = 0, on = 0;
  for (std::int64_t i = 0; i < p.width; ++i) {
    dead += masks.count(i) == 0;
    on += masks.count(i) == masks.samples;
  }
  p.dead_share = dead / double(p.width);
  p.on_share = on / double(p.width);
}

void measure(StudyPoint& p, const interp::ReluNet& net, const nn::Dataset& data, std::int64_t rows) {
  const interp::DenseNetwork network = interp::dense_network(net);
  const Matrix x = analysis_inputs(data, data.size());
  const interp::NetworkFactors factors = interp::network_factors(network, {{"x", x}});
  const std::vector<double> h = interp::spectrum(interp::jacobian_gram(network, {{"x", analysis_inputs(data, rows)}}));
  std::vector<double> cutoffs = epsilon_grid;
  for (double& c : cutoffs) c *= h.front();
  p.parameters = net.parameters();
  p.most = std::min<std::int64_t>(p.parameters, std::int64_t(h.size()));
  for (const interp::EpsilonRank& r : interp::epsilon_ranks(h, cutoffs)) {
    p.free_share.push_back(1 - double(r.count) / double(p.most));
    p.soft_count.push_back(r.soft_count);
  }
  double low_rank = 0;
  for (std::size_t l = 0; l < factors.layers.size(); ++l) {
    const auto& layer = factors.layers[l];
    low_rank += double(network.layers[l].parameters() - layer.activations.rank().rank * layer.gradients.rank().rank);
  }
  p.low_rank_share = low_rank / double(p.parameters);
  count_neurons(p, factors.layers.front().firing);
}

void measure_bounds(StudyPoint& p, const interp::ReluNet& net, const nn::Dataset& data, const StudySpec& spec) {
  const bool asked = p.epoch == spec.epochs.front() || p.epoch == spec.epochs.back();
  if (!asked || p.parameters > spec.bound_limit) return;
  const std::int64_t needed = 3 * p.parameters / (2 * data.outputs()) + 1;
  const Matrix x = analysis_inputs(data, std::max(spec.bound_rows, needed));
  p.rows_per_parameter = double(x.rows() * data.outputs()) / double(p.parameters);
  p.bounds = interp::epsilon_bounds(net, x, bound_grid);
}

std::vector<StudyPoint> train_and_look(const StudySpec& spec, const Cell& cell) {
  nn::DataOptions options;
  options.seed = std::uint64_t(cell.seed);
  const nn::Split data = nn::load_data(spec.data, options);
  const nn::MlpSpec mlp{.widths = {data.train.inputs(), cell.width, data.train.outputs()}};
  nn::Trainer<float> trainer(nn::mlp(mlp, nn::loss_of(data.train)), train_spec(spec, cell), nn::inputs_of(data.train));
  nn::DatasetEvaluator<float> evaluate(trainer.model(), trainer.parameters(), data.test);
  std::vector<StudyPoint> points;
  for (std::int64_t epoch : spec.epochs) {
    for (; trainer.epoch() < epoch; trainer.end_epoch())
      while (!trainer.epoch_ended()) trainer.step();
    const nn::Evaluation test = evaluate();
    StudyPoint p{.data = spec.data,
                 .width = cell.width,
                 .epoch = epoch,
                 .seed = cell.seed,
                 .weight_decay = cell.weight_decay,
                 .test_loss = test.loss,
                 .accuracy = test.accuracy,
                 .free_share = {},
                 .soft_count = {}};
    const interp::ReluNet net = relu_net_of(mlp, trainer.parameters());
    measure(p, net, data.train, spec.rows);
    measure_bounds(p, net, data.train, spec);
    points.push_back(std::move(p));
  }
  return points;
}

}  // namespace

template <class T>
interp::ReluNet relu_net_of(const nn::MlpSpec& spec, const Parameters<T>& parameters) {
  interp::ReluNet net;
  for (std::int64_t l = 0; l < spec.layers(); ++l) {
    const std::int64_t in = spec.widths[l], out = spec.widths[l + 1];
    const std::span<const T> w = parameters[interp::layer_name(l) + ".weight"],
                             b = parameters[interp::layer_name(l) + ".bias"];
    net.weights.emplace_back(Shape{out, in});
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t o = 0; o < out; ++o) net.weights.back()(o, i) = double(w[i * out + o]);
    net.biases.emplace_back(b.begin(), b.end());
  }
  return net;
}

std::vector<StudyPoint> study_training(const StudySpec& spec, int threads,
                                       const std::function<void(std::int64_t done)>& done) {
  const std::vector<Cell> all = cells(spec);
  std::vector<std::vector<StudyPoint>> found(all.size());
  std::mutex mutex;
  std::int64_t finished = 0;
  parallel_for(threads, std::int64_t(all.size()), [&](std::int64_t i, int) {
    found[i] = train_and_look(spec, all[i]);
    const std::lock_guard lock(mutex);
    done(++finished);
  });
  std::vector<StudyPoint> points;
  for (auto& part : found) points.insert(points.end(), part.begin(), part.end());
  return points;
}

template interp::ReluNet relu_net_of(const nn::MlpSpec&, const Parameters<float>&);
template interp::ReluNet relu_net_of(const nn::MlpSpec&, const Parameters<double>&);

}  // namespace basin::experiments
