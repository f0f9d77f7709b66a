#include "experiments/kinds/kinds_pictures.h"

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/claim_nets.h"
#include "interp/degeneracy/conditional.h"
#include "interp/degeneracy/parameter_moves.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "nn/data/planted/patterns.h"

namespace basin::experiments {
namespace {

using nn::blocks;
using nn::Plan;
using nn::Plant;
using nn::PlantKind;
using nn::with;
using report::Figure;
using report::Series;

constexpr double floor_of_spectra = 1e-12;

struct Spectrum {
  std::string label;
  std::vector<double> values;  // singular values, descending
};

Figure spectrum_figure(const std::string& title, const std::string& x_label, const std::vector<Spectrum>& spectra) {
  Figure figure{.title = title, .x_label = x_label, .y_label = "singular value / largest", .log_y = true};
  std::size_t longest = 0;
  for (const Spectrum& spectrum : spectra) {
    Series s{.label = spectrum.label, .style = report::SeriesStyle::lines_points};
    for (const double value : spectrum.values) {
      s.x.push_back(double(s.x.size() + 1));
      s.y.push_back(std::max(value / spectrum.values.front(), floor_of_spectra));
    }
    longest = std::max(longest, s.x.size());
    figure.series.push_back(std::move(s));
  }
  figure.series.push_back({.label = "tolerance",
                           .x = {1, double(longest)},
                           .y = {rank_tolerance, rank_tolerance},
                           .style = report::SeriesStyle::lines,
                           .dashed = true});
  return figure;
}

struct Net {
  ClaimNet data;
  interp::NetworkFactors factors;
  interp::DegeneracyReport report;

  explicit Net(ClaimNet given)
      : data(std::move(given)),
        factors(interp::network_factors(interp::dense_network(data.net), {{"x", data.x}})),
        report(interp::degeneracy(data.net, data.x)) {}
  explicit Net(const Plan& plan) : Net(claim_net(nn::plant(plan, 1))) {}

  const interp::LayerDegeneracy& first() const { return report.layers.front(); }
};

std::vector<double> singular_values_of(const Matrix& rows) {
  StreamingQr qr(rows.cols());
  qr.append(rows);
  return qr.singular_values();
}

// n samples of `features` bumps side by side on a line, seen from one place each: smooth, so nearly dependent.
Matrix smooth_features(std::int64_t n, std::int64_t features) {
  Matrix x({n, features});
  for (std::int64_t s = 0; s < n; ++s)
    for (std::int64_t j = 0; j < features; ++j) {
      const double distance = 4 * (double(s) / double(n - 1) - double(j) / double(features - 1));
      x(s, j) = std::exp(-distance * distance / 2);
    }
  return x;
}

KindPicture gap_picture() {
  constexpr std::int64_t features = 16;
  const Net planted(Plan{.hidden = {blocks({1, 1, 1})}, .inputs = features, .input_rank = 9});
  const std::vector<double> cliff = singular_values_of(planted.data.x),
                            slope = singular_values_of(smooth_features(300, features));
  const RankDecision on_cliff = decide_rank(cliff), on_slope = decide_rank(slope);
  return {{"spectral_gap",
           spectrum_figure("Two spectra: with a gap and without", "singular value",
                           {{"inputs of rank 9, planted", cliff}, {"16 smooth features of a line", slope}})},
          {{"planted_rank", on_cliff.rank},
           {"planted_gap", on_cliff.gap},
           {"smooth_rank", on_slope.rank},
           {"smooth_gap", on_slope.gap},
           {"smooth_rank_at_1e_6", decide_rank(slope, 1e-6).rank},
           {"smooth_rank_at_1e_11", decide_rank(slope, 1e-11).rank}}};
}

KindPicture activations_picture() {
  Plan plan{.hidden = {blocks({1, 1, 1, 1, 1, 1})}};
  const Net full(plan);
  plan.input_rank = 3;
  const Net low(plan);
  const interp::LayerDegeneracy& layer = low.first();
  const std::int64_t unread = layer.columns - layer.activation.rank;
  return {{"kind_a_activations",
           spectrum_figure("Kind (a): the spectrum of the activations has a cliff",
                           "singular value of the inputs and the constant",
                           {{"inputs of rank 3 of 5", low.factors.layers[0].activations.singular_values()},
                            {"inputs of rank 5", full.factors.layers[0].activations.singular_values()}})},
          {{"rank", layer.activation.rank},
           {"columns", layer.columns},
           {"gap", layer.activation.gap},
           {"neurons", layer.rows},
           {"unread", unread},
           {"predicted", layer.rows * unread},
           {"free", low.report.free_directions()}}};
}

KindPicture gradients_picture() {
  const auto plan = [](std::int64_t readers) {
    return Plan{.hidden = {with({.size = 4, .readers = readers}, blocks({1, 1}))}};
  };
  const Net low(plan(2)), full(plan(4));
  const interp::LayerDegeneracy& layer = low.first();
  const std::int64_t unheard = layer.rows - layer.gradient.rank;
  return {{"kind_b_gradients",
           spectrum_figure("Kind (b): the spectrum of the gradients has a cliff",
                           "singular value of the gradients to the hidden neurons",
                           {{"block of 4 with readers of rank 2", low.factors.layers[0].gradients.singular_values()},
                            {"readers of rank 4", full.factors.layers[0].gradients.singular_values()}})},
          {{"rank", layer.gradient.rank},
           {"rows", layer.rows},
           {"gap", layer.gradient.gap},
           {"unheard", unheard},
           {"weights", layer.columns},
           {"predicted", layer.columns * unheard},
           {"free", low.report.free_directions()}}};
}

// Neurons by rows; samples with equal patterns stand together.
Matrix firing_map(const interp::FiringMasks& firing) {
  const auto neurons = std::int64_t(firing.columns.size());
  std::vector<std::vector<bool>> samples(firing.samples);
  for (std::int64_t s = 0; s < firing.samples; ++s)
    for (std::int64_t i = 0; i < neurons; ++i) samples[s].push_back(firing.fires(s, i));
  std::ranges::sort(samples, std::greater<>());
  Matrix map({neurons, firing.samples});
  for (std::int64_t s = 0; s < firing.samples; ++s)
    for (std::int64_t i = 0; i < neurons; ++i) map(i, s) = samples[s][i];
  return map;
}

// What moving within a block costs nothing, docs/theory.md §3.1; all weights of a dead neuron.
std::int64_t free_within(const interp::FiringBlock& block, const interp::DegeneracyReport& report) {
  const auto k = std::int64_t(block.neurons.size());
  if (block.kind == interp::BlockKind::dead) return k * (report.layers.front().columns + report.outputs);
  return k * (block.kind == interp::BlockKind::always_on ? k + 1 : k);
}

KindPicture firing_picture() {
  const Plant on{.size = 2, .kind = PlantKind::always_on}, dead{.size = 2, .kind = PlantKind::dead};
  const Net net(Plan{.hidden = {with(on, with(dead, blocks({3, 2, 1})))}, .samples = 60});
  report::Json blocks = report::Json::array();
  std::int64_t sum = 0;
  for (const interp::FiringBlock& block : net.report.blocks) {
    const std::int64_t free = free_within(block, net.report);
    blocks.push_back({{"neurons", block.neurons.size()},
                      {"together", block.kind == interp::BlockKind::synchronised},
                      {"always_on", block.kind == interp::BlockKind::always_on},
                      {"dead", block.kind == interp::BlockKind::dead},
                      {"alone", block.kind == interp::BlockKind::single},
                      {"free", free}});
    sum += free;
  }
  return {{"kind_c_firing",
           {.title = "Kind (c): neurons that fire on the same samples",
            .x_label = "sample, equal patterns side by side",
            .y_label = "neuron",
            .heatmap = firing_map(net.factors.layers[0].firing),
            .heatmap_label = "1: fires"}},
          {{"blocks", blocks}, {"predicted", sum}, {"free", net.report.free_directions()}}};
}

constexpr std::int64_t rare_samples = 3;  // on which neuron 0 of the fourth picture fires

Net rare_net() { return Net(claim_net(nn::rarely_firing(rare_samples, 1, Rng(1, "pictures")))); }

// x~ where neuron 0 fires, and zeros elsewhere.
Matrix seen_by_neuron(const Net& net) {
  const Matrix& x = net.data.x;
  Matrix seen({x.rows(), x.cols() + 1});
  for (std::int64_t s = 0; s < x.rows(); ++s) {
    if (!net.factors.layers[0].firing.fires(s, 0)) continue;
    std::ranges::copy(x.row(s), seen.row(s).begin());
    seen(s, x.cols()) = 1;
  }
  return seen;
}

KindPicture inputs_picture(const Net& net) {
  const std::vector<double> all = net.factors.layers[0].activations.singular_values(),
                            seen = singular_values_of(seen_by_neuron(net));
  return {{"kind_d_inputs", spectrum_figure("The fourth kind: inputs of low rank where a neuron fires",
                                            "singular value of the inputs and the constant",
                                            {{"on all samples", all}, {"where neuron 0 fires", seen}})},
          {{"samples", net.report.samples},
           {"rank", decide_rank(all).rank},
           {"fires_on", net.factors.layers[0].firing.count(0)},
           {"rank_there", decide_rank(seen).rank},
           {"unused", std::int64_t(all.size()) - decide_rank(seen).rank}}};
}

// Singular values of a ⊗ b, descending.
std::vector<double> kronecker_spectrum(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> products;
  for (const double left : a)
    for (const double right : b) products.push_back(left * right);
  std::ranges::sort(products, std::greater<>());
  return products;
}

KindPicture jacobian_picture(const Net& net) {
  const interp::LayerFactors& layer = net.factors.layers[0];
  const interp::DenseNetwork network = interp::dense_network(net.data.net);
  const Matrix J = interp::parameter_jacobian(network, {{"x", net.data.x}});
  const std::vector<double> jacobian = singular_values(columns_of(J, 0, network.layers[0].parameters()));
  const interp::ConditionalBound& bound = net.report.conditional;
  const std::vector<double> expected =
      kronecker_spectrum(layer.activations.singular_values(), layer.gradients.singular_values());
  return {{"kind_d_jacobian",
           spectrum_figure("The fourth kind: only the layer's own Jacobian shows it", "singular value",
                           {{"Jacobian of the layer", jacobian}, {"activations times gradients", expected}})},
          {{"activation_rank", net.first().activation.rank},
           {"gradient_rank", net.first().gradient.rank},
           {"room", decide_rank(expected).rank},
           {"rank", decide_rank(jacobian).rank},
           {"bound", net.report.lower_bound()},
           {"conditional", bound.lower_bound},
           {"free", net.report.free_directions()}}};
}

}  // namespace

std::vector<KindPicture> kind_pictures() {
  const Net rare = rare_net();
  return {gap_picture(),    activations_picture(), gradients_picture(),
          firing_picture(), inputs_picture(rare),  jacobian_picture(rare)};
}

}  // namespace basin::experiments
