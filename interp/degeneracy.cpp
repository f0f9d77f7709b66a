#include "interp/degeneracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "interp/parameter_moves.h"

namespace basin::interp {
namespace {

LayerDegeneracy layer_degeneracy(const ReluNet& net, std::int64_t l, const LayerFactors& factors, double tolerance) {
  const std::int64_t rows = net.weights[l].rows(), columns = net.inputs(l);
  const RankDecision r = factors.activations.rank(tolerance), s = factors.gradients.rank(tolerance);
  return {.name = layer_name(l),
          .rows = rows,
          .columns = columns,
          .activation = r,
          .gradient = s,
          .free_low_rank = rows * columns - r.rank * s.rank,
          .naive_low_rank = rows * (columns - r.rank) + columns * (rows - s.rank)};
}

nlohmann::ordered_json finite_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

nlohmann::ordered_json as_json(const LayerDegeneracy& layer) {
  return {{"name", layer.name},
          {"activation_rank", layer.activation.rank},
          {"activation_gap", finite_or_null(layer.activation.gap)},
          {"gradient_rank", layer.gradient.rank},
          {"gradient_gap", finite_or_null(layer.gradient.gap)},
          {"free_low_rank", layer.free_low_rank}};
}

}  // namespace

std::int64_t DegeneracyReport::lower_bound() const {
  std::int64_t total = gauge.rank;
  for (const LayerDegeneracy& layer : layers) total += layer.free_low_rank;
  return total;
}

std::int64_t DegeneracyReport::naive_sum() const {
  std::int64_t total = gauge_entries;
  for (const LayerDegeneracy& layer : layers) total += layer.naive_low_rank;
  return total;
}

double DegeneracyReport::smallest_gap() const {
  double gap = std::min(jacobian.gap, gauge.gap);
  for (const LayerDegeneracy& layer : layers) gap = std::min({gap, layer.activation.gap, layer.gradient.gap});
  return gap;
}

DegeneracyReport degeneracy(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  net.validate("degeneracy");
  if (x.shape.rank() != 2 || x.shape[1] != net.widths().front())
    throw ShapeError(fmt::format("degeneracy: inputs {} given for a network of {} inputs; wanted [samples, {}]",
                                 x.shape.str(), net.widths().front(), net.widths().front()));
  const DenseNetwork network = dense_network(net);
  const Inputs inputs{{"x", x}};
  const NetworkFactors factors = network_factors(net, x, options.sweep);
  const JacobianSpectrum spectrum = jacobian_spectrum(network, inputs, options.sweep, options.tolerance);
  DegeneracyReport report{.parameters = net.parameters(),
                          .samples = x.shape[0],
                          .outputs = net.widths().back(),
                          .tolerance = options.tolerance,
                          .jacobian = spectrum.rank,
                          .gauge = {},
                          .layers = {},
                          .blocks = hidden_blocks(net, factors),
                          .firing_margin = firing_margin(net, factors)};
  std::vector<LayerRanges> ranges;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const LayerFactors& layer = factors.layers[l];
    report.layers.push_back(layer_degeneracy(net, l, layer, options.tolerance));
    ranges.push_back({layer.activations.row_space(options.tolerance), layer.gradients.row_space(options.tolerance)});
  }
  report.gauge = gauge_rank(net, ranges, report.blocks, options.tolerance);
  report.gauge_entries = gauge_entries(net, report.blocks);
  return report;
}

std::string to_json(const DegeneracyReport& report) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array(), blocks = nlohmann::ordered_json::array();
  for (const LayerDegeneracy& layer : report.layers) layers.push_back(as_json(layer));
  for (const FiringBlock& block : report.blocks)
    if (block.kind != BlockKind::single)
      blocks.push_back({{"layer", layer_name(block.layer)}, {"kind", name_of(block.kind)}, {"neurons", block.neurons}});
  const nlohmann::ordered_json object{{"parameters", report.parameters},
                                      {"samples", report.samples},
                                      {"outputs", report.outputs},
                                      {"tolerance", report.tolerance},
                                      {"jacobian_rank", report.jacobian.rank},
                                      {"free_directions", report.free_directions()},
                                      {"spectral_gap", finite_or_null(report.jacobian.gap)},
                                      {"smallest_gap", finite_or_null(report.smallest_gap())},
                                      {"gauge_rank", report.gauge.rank},
                                      {"gauge_gap", finite_or_null(report.gauge.gap)},
                                      {"lower_bound", report.lower_bound()},
                                      {"residual", report.residual()},
                                      {"naive_sum", report.naive_sum()},
                                      {"firing_margin", finite_or_null(report.firing_margin)},
                                      {"layers", layers},
                                      {"blocks", blocks}};
  return object.dump(2);
}

}  // namespace basin::interp
