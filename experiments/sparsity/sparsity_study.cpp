#include "experiments/sparsity/sparsity_study.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/matrix.h"
#include "experiments/claims/basis_claims.h"
#include "experiments/shared/feature_modules.h"
#include "experiments/sparsity/modular_setting.h"
#include "interp/edges/edges.h"
#include "interp/jacobian/gauss_newton.h"
#include "interp/layers/plain_loops.h"
#include "nn/data/registry.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

using interp::BasisKind;
using interp::FoldedModel;
using interp::Requirement;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// What edges are required for; `scoring` is the loss.
std::vector<Requirement> requirements_of(SparsityNet& net, const FoldedModel& model, const Inputs& inputs,
                                         const interp::Scoring& scoring) {
  std::vector<Requirement> requirements{*share_of_the_way(model, inputs, scoring, loss_share)};
  if (scoring.kind == interp::ScoreKind::cross_entropy)
    if (auto accuracy = interp::accuracy_within(scoring.targets, accuracy_loss)) {
      requirements.push_back(*accuracy);
      net.accuracy_measurable = true;
    }
  return requirements;
}

void measure_losses(SparsityNet& net, const Matrix& outputs, const interp::Scoring& scoring) {
  net.rows = outputs.rows();
  net.loss = scoring.sum(0, outputs) / double(net.rows);
  net.constant_loss = scoring.of_constant();
  const interp::Scoring accuracy{interp::ScoreKind::accuracy, scoring.targets};
  net.accuracy = scoring.kind == interp::ScoreKind::cross_entropy ? accuracy.sum(0, outputs) / double(net.rows) : nan;
}

// Twice as many rows of J as parameters, of samples on which no neuron is near to where it begins to fire: a step is
// needed there.
std::vector<RemovedKind> removed(const interp::ReluNet& net, const Matrix& x) {
  constexpr double room = 1e-4;
  const std::int64_t wanted = 2 * net.parameters() / net.weights.back().rows() + 1;
  std::vector<Matrix> p = interp::plain_pre_activations(net, x);
  p.pop_back();
  Matrix clear({0, x.cols()});
  for (std::int64_t s = 0; s < x.rows() && clear.rows() < wanted; ++s) {
    const auto near = [](double v) { return std::abs(v) < room; };
    if (std::ranges::any_of(p, [&](const Matrix& layer) { return std::ranges::any_of(layer.row(s), near); })) continue;
    clear.data.insert(clear.data.end(), x.row(s).begin(), x.row(s).end());
    ++clear.shape[0];
  }
  return clear.rows() < wanted ? std::vector<RemovedKind>{} : removed_kinds(net, clear);
}

double free_share(const interp::DenseNetwork& network, const Matrix& x, const SparsitySpec& spec) {
  const Matrix few = rows_of(x, 0, std::min(spec.jacobian_rows, x.rows()));
  const std::vector<double> h = interp::spectrum(interp::jacobian_gram(network, {{"x", few}}));
  const auto most = double(std::min<std::int64_t>(network.model.parameter_count(), std::int64_t(h.size())));
  return 1 - double(interp::relative_epsilon_ranks(h, {spec.epsilon}).at(0).count) / most;
}

// Of the hidden neurons, those that fire on no row.
double dead_share(const interp::ReluNet& net, const Matrix& x) {
  std::vector<Matrix> p = interp::plain_pre_activations(net, x);
  p.pop_back();
  std::int64_t dead = 0, neurons = 0;
  for (const Matrix& layer : p) {
    neurons += layer.cols();
    for (std::int64_t i = 0; i < layer.cols(); ++i) {
      bool fires = false;
      for (std::int64_t s = 0; s < layer.rows() && !fires; ++s) fires = layer(s, i) > 0;
      dead += !fires;
    }
  }
  return double(dead) / double(std::max<std::int64_t>(1, neurons));
}

void measure(SparsityNet& net, const interp::ReluNet& of, const Matrix& x, const interp::Scoring& scoring,
             const SparsitySpec& spec, WantedBases wanted) {
  const interp::DenseNetwork network = interp::dense_network(of);
  const FoldedModel model(network.model, node_layers(network));
  net.parameters = of.parameters();
  measure_losses(net, interp::outputs(of, x), scoring);
  net.free_share = free_share(network, x, spec);
  net.dead_share = dead_share(of, x);
  measure_bases(net, model, "x", x, scoring, wanted);
  if (net.compared() && net.parameters <= spec.removed_limit) net.removed = removed(of, x);
}

std::vector<SparsityNet> trained(const SparsitySpec& spec, const SparsityJob& job) {
  nn::DataOptions options;
  options.seed = std::uint64_t(job.seed), options.data_dir = spec.data_dir;
  const nn::Dataset all = nn::load_data(job.setting, options).train;
  std::vector<std::int64_t> first(std::min(spec.rows, all.size()));
  std::iota(first.begin(), first.end(), 0);
  const nn::Dataset data = nn::take_rows(all, first);
  const Matrix x = nn::analysis_inputs(data, data.size());
  const std::vector<std::int64_t> hidden = (job.setting == "mnist") ? spec.mnist_hidden : spec.hidden,
                                  epochs = (job.setting == "mnist") ? std::vector{spec.mnist_epochs} : spec.epochs;
  const auto nets =
      trained_nets(all, {.hidden = hidden, .epochs = epochs, .weight_decay = job.weight_decay, .seed = options.seed});
  std::vector<SparsityNet> found;
  for (std::size_t i = 0; i < nets.size(); ++i) {
    SparsityNet& net = found.emplace_back(SparsityNet{job.setting, job.weight_decay, job.seed, epochs[i]});
    const bool least = job.weight_decay == spec.weight_decays.front(), last = i + 1 == nets.size();
    measure(net, nets[i], x, scoring_of(data), spec,
            {.compared = least && last, .modules = least && (last || epochs[i] == 0)});
  }
  return found;
}

// The loss is the squared difference to the network's own outputs; all rows, so that all pairs of inputs occur.
SparsityNet planted(const SparsityJob& job) {
  Rng rng = Rng(std::uint64_t(job.seed), "sparsity/planted");
  const ClaimNet made = planted_modules(rng);
  const Matrix &x = made.x, outputs = interp::outputs(made.net, x);
  const interp::Scoring scoring{interp::ScoreKind::mse, outputs};
  SparsityNet net{job.setting, 0, job.seed, 0};
  net.parameters = made.net.parameters(), net.free_share = nan;
  measure_losses(net, outputs, scoring);
  measure_bases(net, folded(made.net, job.setting == "rotated" ? planted_rotations(rng) : std::vector<Matrix>{}), "x",
                x, scoring, {.compared = true});
  return net;
}

Matrix outputs_of(const FoldedModel& model, const Inputs& inputs) {
  Matrix all({0, model.width(model.sections())});
  sweep(model.model(), inputs, {.fetch = {model.layers().back().value}}, {}, [&](const interp::Chunk& chunk) {
    all.data.insert(all.data.end(), chunk.values[0].begin(), chunk.values[0].end());
    all.shape[0] += chunk.rows;
  });
  return all;
}

SparsityNet modular(const SparsityJob& job) {
  const ModularSetting made = modular_setting(job.seed);
  const interp::Scoring scoring{interp::ScoreKind::cross_entropy, made.labels};
  SparsityNet net{job.setting, job.weight_decay, job.seed, made.epochs};
  net.parameters = made.model.model().parameter_count(), net.free_share = nan;
  measure_losses(net, outputs_of(made.model, {{"tokens", made.tokens}}), scoring);
  measure_bases(net, made.model, "tokens", made.tokens, scoring, {.compared = true, .modules = true});
  return net;
}

}  // namespace

void measure_bases(SparsityNet& net, const FoldedModel& model, const std::string& input, const Matrix& x,
                   const interp::Scoring& scoring, WantedBases wanted) {
  const Inputs inputs{{input, x}}, few{{input, rows_of(x, 0, std::min(module_rows, x.rows()))}};
  std::vector<Requirement> requirements;
  if (wanted.compared) requirements = requirements_of(net, model, inputs, scoring);
  for (const BasisKind kind : compared_bases) {
    const bool sections = wanted.compared || kind == BasisKind::lib;
    if (!sections && !wanted.modules) continue;
    const std::vector<interp::Basis> bases = interp::interaction_bases(model, inputs, basis_options(kind));
    const std::vector<Matrix> E = interp::interaction_edges(model, bases, inputs);
    if (sections) net.bases.push_back({kind, interp::basis_sparsity(model, bases, E, inputs, requirements)});
    if (!wanted.modules) continue;
    const FeatureModules m = feature_modules(bases, E, cutoffs_at(E, module_cutoff), {.restarts = 5, .nulls = 0});
    net.modules.push_back({kind, m.found.spread.adjusted_rand, modular_features(model, bases, m, few)});
  }
}

const std::vector<interp::SectionSparsity>& SparsityNet::in(BasisKind kind) const {
  return std::ranges::find(bases, kind, &BasisSections::kind)->sections;
}

double SparsityNet::effective(BasisKind kind) const {
  double sum = 0;
  for (const interp::SectionSparsity& s : in(kind)) sum += s.effective;
  return sum;
}

std::string SparsityJob::name() const { return fmt::format("{}-decay{:g}-seed{}", setting, weight_decay, seed); }

std::vector<SparsityJob> sparsity_jobs(const SparsitySpec& spec) {
  std::vector<SparsityJob> all;
  for (const std::string& setting : spec.settings)
    for (const double decay : spec.weight_decays)
      for (std::int64_t seed = 0; seed < spec.seeds; ++seed) {
        const SparsityJob job{setting, decay, seed};
        const bool once = job.planted() || job.modular() || setting == "mnist";
        if (!once || decay == spec.weight_decays.front()) all.push_back(job);
      }
  return all;
}

std::vector<SparsityNet> sparsity_job(const SparsitySpec& spec, const SparsityJob& job) {
  if (job.modular()) return {modular(job)};
  return job.planted() ? std::vector{planted(job)} : trained(spec, job);
}

}  // namespace basin::experiments
