#include "experiments/kinds/kinds_pictures.h"

#include <algorithm>

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/claim_nets.h"
#include "interp/degeneracy/degeneracy.h"
#include "interp/degeneracy/gauge.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "nn/data/planted/patterns.h"
#include "nn/data/planted/unplanted.h"

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

Series spectrum(const std::string& label, const std::vector<double>& singular_values) {
  Series s = report::spectrum(label, singular_values, report::SeriesStyle::lines_points);
  for (double& y : s.y) y = std::max(y, floor_of_spectra);
  return s;
}

Figure spectrum_figure(const std::string& title, const std::string& x_label, std::vector<Series> spectra) {
  double longest = 0;
  for (const Series& s : spectra) longest = std::max(longest, s.x.back());
  spectra.push_back(report::straight("tolerance", {1, longest}, {rank_tolerance, rank_tolerance}));
  return {.title = title,
          .x_label = x_label,
          .y_label = "singular value / largest",
          .log_y = true,
          .series = std::move(spectra)};
}

struct Net {
  ClaimNet data;
  interp::NetworkFactors factors;
  interp::DegeneracyReport report;

  explicit Net(ClaimNet given)
      : data(std::move(given)),
        factors(interp::network_factors(data.net, data.x)),
        report(interp::degeneracy(data.net, data.x)) {}
  explicit Net(const Plan& plan) : Net(claim_net(nn::plant(plan, 1))) {}

  const interp::LayerDegeneracy& first() const { return report.layers.front(); }
};

KindPicture gap_picture() {
  constexpr std::int64_t features = 16;
  const Net planted(Plan{.hidden = {blocks({1, 1, 1})}, .inputs = features, .input_rank = 9});
  const std::vector<double> cliff = StreamingQr(planted.data.x).singular_values(),
                            slope = StreamingQr(nn::smooth_inputs(300, features)).singular_values();
  const RankDecision on_cliff = decide_rank(cliff), on_slope = decide_rank(slope);
  return {{"spectral_gap", spectrum_figure("Two spectra: with a gap and without", "singular value",
                                           {spectrum("inputs of rank 9, planted", cliff),
                                            spectrum("16 smooth features of a line", slope)})},
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
                           {spectrum("inputs of rank 3 of 5", low.factors.layers[0].activations.singular_values()),
                            spectrum("inputs of rank 5", full.factors.layers[0].activations.singular_values())})},
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
           spectrum_figure(
               "Kind (b): the spectrum of the gradients has a cliff",
               "singular value of the gradients to the hidden neurons",
               {spectrum("block of 4 with readers of rank 2", low.factors.layers[0].gradients.singular_values()),
                spectrum("readers of rank 4", full.factors.layers[0].gradients.singular_values())})},
          {{"rank", layer.gradient.rank},
           {"rows", layer.rows},
           {"gap", layer.gradient.gap},
           {"unheard", unheard},
           {"weights", layer.columns},
           {"predicted", layer.columns * unheard},
           {"free", low.report.free_directions()}}};
}

// What moving within a block costs nothing, docs/theory.md §3.1; all weights of a dead neuron.
std::int64_t free_within(const interp::FiringBlock& block, const Net& net) {
  if (block.kind != interp::BlockKind::dead) return interp::gauge_entries(net.data.net, {block});
  return std::ssize(block.neurons) * (net.first().columns + net.report.outputs);
}

KindPicture firing_picture() {
  const Plant on{.size = 2, .kind = PlantKind::always_on}, dead{.size = 2, .kind = PlantKind::dead};
  const Net net(Plan{.hidden = {with(on, with(dead, blocks({3, 2, 1})))}, .samples = 60});
  report::Json blocks = report::Json::array();
  std::int64_t sum = 0;
  for (const interp::FiringBlock& block : net.report.blocks) {
    const std::int64_t free = free_within(block, net);
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
            .heatmap = net.factors.layers[0].firing.picture(),
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
                            seen = StreamingQr(seen_by_neuron(net)).singular_values();
  return {{"kind_d_inputs", spectrum_figure("The fourth kind: inputs of low rank where a neuron fires",
                                            "singular value of the inputs and the constant",
                                            {spectrum("on all samples", all), spectrum("where neuron 0 fires", seen)})},
          {{"samples", net.report.samples},
           {"rank", decide_rank(all).rank},
           {"fires_on", net.factors.layers[0].firing.count(0)},
           {"rank_there", decide_rank(seen).rank},
           {"unused", std::int64_t(all.size()) - decide_rank(seen).rank}}};
}

KindPicture jacobian_picture(const Net& net) {
  const interp::LayerFactors& layer = net.factors.layers[0];
  const interp::DenseNetwork network = interp::dense_network(net.data.net);
  const Matrix J = interp::parameter_jacobian(network, {{"x", net.data.x}});
  const std::vector<double> jacobian = singular_values(columns_of(J, 0, network.layers[0].parameters()));
  const interp::ConditionalBound& bound = net.report.conditional;
  const std::vector<double> expected =
      kronecker_singular_values(layer.activations.singular_values(), layer.gradients.singular_values());
  return {
      {"kind_d_jacobian", spectrum_figure("The fourth kind: only the layer's own Jacobian shows it", "singular value",
                                          {spectrum("Jacobian of the layer", jacobian),
                                           spectrum("activations times gradients", expected)})},
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
