#include "interp/degeneracy/degeneracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "interp/degeneracy/ceiling.h"

namespace basin::interp {
namespace {

LayerDegeneracy layer_degeneracy(const Subject& subject, std::int64_t l, double tolerance) {
  const ReluNet& net = subject.net();
  const std::int64_t rows = net.weights[l].rows(), columns = net.inputs(l);
  const Ruler own{.tolerance = tolerance};
  const RankDecision r = decide_rank(activation_values(subject, l), own);
  const RankDecision s = decide_rank(gradient_values(subject, l), own);
  return {.name = layer_name(net, l),
          .rows = rows,
          .columns = columns,
          .activation = r,
          .gradient = s,
          .free_low_rank = rows * columns - r.rank * s.rank,
          .naive_low_rank = rows * (columns - r.rank) + columns * (rows - s.rank)};
}

// rank Phi. A move is divided by its length before the ranges take their part of it: what is left of one that they do
// not see is rounding and stays so.
RankDecision rank_phi(const Subject& s, double tolerance) {
  Matrix moves = GaugeMoves(s.net(), layer_ranges(s, tolerance), s.blocks).rows();
  const std::vector<double> lengths = GaugeMoves(s.net(), whole_ranges(s), s.blocks).lengths();
  for (std::int64_t e = 0; e < moves.shape[0]; ++e)
    for (double& v : moves.row(e)) v /= lengths[e] > 0 ? lengths[e] : 1;
  return decide_rank(singular_values(std::move(moves)), tolerance);
}

DegeneracyReport report_at(const Subject& s, double tolerance) {
  const ReluNet& net = s.net();
  Ruler ruler = s.ruler;
  ruler.tolerance = tolerance;
  DegeneracyReport report{.parameters = net.parameters(),
                          .samples = s.x.shape[0],
                          .outputs = net.widths().back(),
                          .tolerance = tolerance,
                          .ceiling = rank_ceiling(net),
                          .jacobian = decide_rank(s.singular_values, ruler),
                          .gauge = {},
                          .layers = {},
                          .blocks = s.blocks,
                          .firing_margin = firing_margin(net, s.factors),
                          .gauge_entries = gauge_entries(net, s.blocks),
                          .conditional = conditional_bound(s, tolerance),
                          .reading = net.reading};
  for (std::int64_t l = 0; l < net.layers(); ++l) report.layers.push_back(layer_degeneracy(s, l, tolerance));
  report.gauge = rank_phi(s, tolerance);
  return report;
}

using Json = nlohmann::ordered_json;

struct NamedCount {
  const char* name;
  Count count;
};

constexpr NamedCount named_counts[] = {
    {"jacobian_rank", [](const DegeneracyReport& r) { return r.jacobian.rank; }},
    {"below_ceiling", [](const DegeneracyReport& r) { return r.below_ceiling(); }},
    {"free_directions", [](const DegeneracyReport& r) { return r.free_directions(); }},
    {"gauge_rank", [](const DegeneracyReport& r) { return r.gauge.rank; }},
    {"lower_bound", [](const DegeneracyReport& r) { return r.lower_bound(); }},
    {"residual", [](const DegeneracyReport& r) { return r.residual(); }},
    {"naive_sum", [](const DegeneracyReport& r) { return r.naive_sum(); }},
    {"lower_bound_conditional", [](const DegeneracyReport& r) { return r.conditional.lower_bound; }},
    {"unexplained", [](const DegeneracyReport& r) { return r.free_directions() - r.conditional.lower_bound; }},
    {"lower_bound_patterns", [](const DegeneracyReport& r) { return r.conditional.lower_bound_patterns; }},
    {"unexplained_patterns",
     [](const DegeneracyReport& r) { return r.free_directions() - r.conditional.lower_bound_patterns; }},
};

void put_counts(Json& object, const DegeneracyReport& report) {
  Json readings = Json::object();
  for (const auto& [name, count] : named_counts) {
    const Reading both = reading(report, count);
    object[name] = both.decided() ? Json(both.at_tolerance) : Json();
    if (!both.decided()) readings[name] = {both.at_rounding, both.at_tolerance};
  }
  if (!readings.empty()) object["readings"] = readings;
}

Json as_json(const LayerDegeneracy& layer) {
  return {{"name", layer.name},
          {"activation_rank", layer.activation.rank},
          {"activation_gap", layer.activation.gap},
          {"gradient_rank", layer.gradient.rank},
          {"gradient_gap", layer.gradient.gap},
          {"free_low_rank", layer.free_low_rank}};
}

template <class T, class AsJson>
Json list_of(const std::vector<T>& items, const AsJson& as_json) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(as_json(item));
  return list;
}

// Neurons of a layer stand under the layer's name.
Json blocks_json(const DegeneracyReport& r) {
  std::vector<FiringBlock> blocks = r.blocks;
  std::erase_if(blocks, [](const FiringBlock& b) { return b.kind == BlockKind::single; });
  return list_of(blocks, [&](const FiringBlock& b) {
    return Json{{"layer", r.layers[b.layer].name}, {"kind", name_of(b.kind)}, {"neurons", b.neurons}};
  });
}

void put_pairs(Json& object, const DegeneracyReport& r) {
  const MaskRelations& relations = r.conditional.relations;
  object["complementary_pairs"] = list_of(relations.complementary, [&](const ComplementaryPair& p) {
    return Json{{"layer", r.layers[p.layer].name}, {"neurons", p.neurons}, {"complement", p.complement}};
  });
  object["nested_pairs"] = list_of(relations.nested, [&](const NestedPair& p) {
    return Json{{"layer", r.layers[p.layer].name}, {"neurons", p.neurons}, {"readers", p.readers}};
  });
}

void put_conditional(Json& object, const ConditionalBound& bound) {
  object["conditional_ranks"] = Json::array();
  for (const RankDecision& rank : bound.layer_ranks) object["conditional_ranks"].push_back(rank.rank);
  object["conditional_gap"] = bound.smallest_gap();
  object["patterns_sought"] = bound.patterns_sought;
  object["patterns_gap"] = bound.patterns.gap;
}

}  // namespace

std::int64_t DegeneracyReport::formula() const {
  std::int64_t total = gauge.rank;
  for (const LayerDegeneracy& layer : layers) total += layer.free_low_rank;
  return total;
}

std::int64_t DegeneracyReport::lower_bound() const { return std::min(formula(), conditional.lower_bound); }

bool DegeneracyReport::decided() const {
  bool all = jacobian.decided() && gauge.decided() && conditional.decided && formula() <= conditional.lower_bound;
  for (const LayerDegeneracy& layer : layers) all = all && layer.activation.decided() && layer.gradient.decided();
  return all;
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

DegeneracyReport degeneracy(const Subject& subject) {
  DegeneracyReport report = report_at(subject, subject.ruler.tolerance);
  if (!report.decided()) report.at_rounding.push_back(report_at(subject, subject.ruler.rounding));
  return report;
}

DegeneracyReport degeneracy(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  return degeneracy(subject(net, x, options));
}

Reading reading(const DegeneracyReport& report, Count count) {
  const std::int64_t here = count(report);
  return {report.at_rounding.empty() ? here : count(report.at_rounding.front()), here};
}

std::string to_json(const DegeneracyReport& report) {
  Json object{{"verdict", report.decided() ? "decided" : "undecided"},
              {"parameters", report.parameters},
              {"samples", report.samples},
              {"outputs", report.outputs},
              {"tolerance", report.tolerance},
              {"ceiling", report.ceiling},
              {"rounding", rank_rounding}};
  put_counts(object, report);
  object["spectral_gap"] = report.jacobian.gap;
  object["largest_dropped"] = report.jacobian.relative_dropped();
  object["smallest_gap"] = report.smallest_gap();
  object["gauge_gap"] = report.gauge.gap;
  object["firing_margin"] = report.firing_margin;
  put_conditional(object, report.conditional);
  put_pairs(object, report);
  object["layers"] = list_of(report.layers, [](const LayerDegeneracy& layer) { return as_json(layer); });
  object["blocks"] = blocks_json(report);
  object["layout"] = name_of(report.reading.layout);
  object["layout_proved"] = report.reading.layout_proved;
  object["layer_order"] = report.reading.order;
  return object.dump(2);  // an infinite gap is written as null
}

}  // namespace basin::interp
