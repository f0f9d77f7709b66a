#include "experiments/interactions/interaction_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "interp/edges/interaction_graph.h"
#include "interp/edges/sparsity.h"

namespace basin::experiments {
namespace {

using interp::Basis;
using report::Json;

struct SectionRow {
  std::string from, to;
  const Matrix* E;
  std::int64_t constant;
};

std::vector<SectionRow> section_rows(const Interactions& i) {
  std::vector<SectionRow> rows;
  for (std::size_t l = 0; l < i.E.size(); ++l)
    rows.push_back({i.bases[l].layer, i.bases[l + 1].layer, &i.E[l], i.bases[l].constant});
  return rows;
}

const report::Table<Basis> layers_table{
    {"layer", "node layer", &Basis::layer},
    {"width", "width", [](const Basis& b) { return b.C.rows(); }},
    {"varying", "directions that vary", [](const Basis& b) { return b.W.cols(); }},
    {"features", "features", &Basis::features},
    {"variance_gap", "gap there", [](const Basis& b) { return b.variance_cut.gap(); }, "{:.1e}"},
    {"importance_gap", "and of importance", [](const Basis& b) { return b.importance_cut.gap(); }, "{:.1e}"},
    {"effective", "effective number",
     [](const Basis& b) {
       return b.lambda.empty() ? std::nan("")
                               : interp::effective_edges(Matrix({1, std::ssize(b.lambda)}, b.lambda), b.constant);
     },
     "{:.1f}"}};

const report::Table<SectionRow> sections_table{
    {"from", "from", &SectionRow::from},
    {"to", "to", &SectionRow::to},
    {"edges", "edges", [](const SectionRow& r) { return r.E->size() - (r.constant >= 0 ? r.E->rows() : 0); }},
    {"effective", "effective number", [](const SectionRow& r) { return interp::effective_edges(*r.E, r.constant); },
     "{:.1f}"},
    {"holding_90", "hold 90 %", [](const SectionRow& r) { return interp::edges_holding(*r.E, r.constant, 0.9); }},
    {"holding_99", "hold 99 %", [](const SectionRow& r) { return interp::edges_holding(*r.E, r.constant, 0.99); }}};

Json modules_table(const Interactions& i, const FeatureModules& m) {
  std::vector<std::int64_t> modules(std::size_t(m.modules()));
  std::iota(modules.begin(), modules.end(), 0);
  report::Table<std::int64_t> table{{"module", "module", [](std::int64_t module) { return module; }}};
  for (std::size_t l = 0; l < i.bases.size(); ++l)
    table.add({i.bases[l].layer, i.bases[l].layer,
               [&of = m.of_feature[l]](std::int64_t module) { return std::ranges::count(of, module); }});
  return table.json(modules);
}

// The sum of the weights, which counts a hub once for each of its edges, and what a volume would pay (docs/theory.md
// §4.3); beyond 2000 nodes that takes too long.
Json strength_of(const interp::LayeredGraph& weights) {
  if (weights.nodes() > 2000) return nullptr;
  const interp::MatchingStrength strength = matching_strength(weights);
  return {{"sum", strength.sum}, {"matching", strength.matching}};
}

// What a feature is worth: its lambda, else its variance, else what leaves it, or enters it at the end.
double importance(const Interactions& i, std::size_t l, std::int64_t feature) {
  const Basis& b = i.bases[l];
  if (!b.lambda.empty()) return b.lambda[std::size_t(feature)];
  double sum = 0;
  if (l < i.E.size()) {
    for (std::int64_t to = 0; to < i.E[l].rows(); ++to) sum += std::abs(i.E[l](to, feature));
  } else {
    for (const double e : i.E[l - 1].row(feature)) sum += std::abs(e);
  }
  return sum;
}

// The most that a node layer has.
std::int64_t positions(const Interactions& i) {
  std::int64_t most = 1;
  for (std::size_t l = 0; l < i.bases.size(); ++l) most = std::max(most, i.model.positions(std::int64_t(l)));
  return most;
}

struct LabelledFeature {
  std::string layer;
  std::int64_t feature = 0, module = -1;
  double importance = 0;
  std::string label;
};
const report::Table<LabelledFeature> labels_table{
    {"layer", "node layer", &LabelledFeature::layer},
    {"feature", "feature", &LabelledFeature::feature},
    {"importance", "importance", &LabelledFeature::importance, "{:.2e}"},
    {"module", "module", [](const LabelledFeature& f) { return f.module < 0 ? Json() : Json(f.module); }},
    {"label", "as a function of x and y", &LabelledFeature::label}};

// Of each node layer the most important ones.
std::vector<LabelledFeature> strongest(const Interactions& i, const FeatureModules& m, const FeatureLabels& labels) {
  constexpr std::size_t most = 6;
  std::vector<LabelledFeature> all;
  for (std::size_t l = 0; l < labels.size(); ++l) {
    std::vector<LabelledFeature> of_layer;
    for (std::int64_t node = 0; node < std::ssize(m.of_feature[l]); ++node) {
      const std::int64_t f = feature_of(i.bases[l], node);
      of_layer.push_back(
          {i.bases[l].layer, f, m.of_feature[l][std::size_t(node)], importance(i, l, f), labels[l][std::size_t(f)]});
    }
    std::ranges::stable_sort(of_layer, std::greater(), &LabelledFeature::importance);
    of_layer.resize(std::min(most, of_layer.size()));
    all.insert(all.end(), of_layer.begin(), of_layer.end());
  }
  return all;
}

report::GraphImage image_of(const Basis& b, std::int64_t feature, int side) {
  const std::span<const double> row = b.C_pinv.row(feature);
  return {.width = side, .height = side, .values = {row.begin(), row.begin() + side * side}};
}

}  // namespace

Json interaction_results(const Interactions& i, const FeatureModules& m, const FeatureLabels& labels) {
  Json rules = Json::array();
  for (const interp::Quadrature& q : i.basis.rules) rules.push_back(q.name());
  double largest = 0, dropped = 0;
  for (const Basis& b : i.bases) {
    if (!b.lambda.empty()) largest = std::max(largest, b.lambda[std::size_t(b.constant == 0 && b.lambda.size() > 1)]);
    dropped = std::max(dropped, b.importance_cut.largest_dropped);
  }
  return {{"basis", title_of(i.basis.kind)},
          {"edges", name_of(i.edge.kind)},
          {"rules", rules},
          {"single", i.basis.sweep.precision == interp::Precision::f32},
          {"centred", i.basis.center},
          {"truncation",
           {{"threshold", i.basis.truncation.threshold},
            {"relative", i.basis.truncation.relative},
            {"largest_dropped", dropped},
            {"largest", largest}}},
          {"layers", layers_table.json(i.bases)},
          {"positions", positions(i)},
          {"several", positions(i) > 1},
          {"sources", positions(i) > 1 ? i.edge.sources : 0},
          {"labels", labels_table.json(strongest(i, m, labels))},
          {"sections", sections_table.json(section_rows(i))},
          {"modules",
           {{"count", m.modules()},
            {"isolated", m.found.isolated},
            {"Q", m.found.Q},
            {"z", m.found.null.z},
            {"strength", strength_of(m.weights)},
            {"cutoffs", m.cutoffs},
            {"list", modules_table(i, m)}}}};
}

std::vector<report::NamedFigure> interaction_figures(const Interactions& i) {
  report::Figure importance{.title = "How important features are",
                            .x_label = "feature, the most important first",
                            .y_label = "lambda / largest",
                            .log_y = true};
  for (const Basis& b : i.bases) {
    if (b.lambda.size() < 2) continue;
    const std::vector<double> lambda(b.lambda.begin() + (b.constant == 0), b.lambda.end());
    importance.series.push_back(report::spectrum(b.layer, lambda, report::SeriesStyle::lines));
  }
  report::Figure edges{.title = "How strong interactions are",
                       .x_label = "edge, the strongest first",
                       .y_label = "E / largest",
                       .log_x = true,
                       .log_y = true};
  for (const SectionRow& row : section_rows(i)) {
    std::vector<double> all;
    for (std::int64_t e = 0; e < row.E->size(); ++e)
      if (e % row.E->cols() != row.constant && (*row.E)[e] != 0) all.push_back(std::abs((*row.E)[e]));
    std::ranges::sort(all, std::greater<>());
    std::erase_if(all, [&](double v) { return v < 1e-12 * all.front(); });
    if (!all.empty())
      edges.series.push_back(report::spectrum(row.from + " to " + row.to, all, report::SeriesStyle::lines));
  }
  std::vector<report::NamedFigure> figures;
  if (!importance.series.empty()) figures.push_back({"importance", importance});
  if (!edges.series.empty()) figures.push_back({"edge_strengths", edges});
  return figures;
}

interp::NodeLabels node_labels(const Interactions& i, const FeatureModules& m, const FeatureLabels& labels) {
  interp::NodeLabels of_node;
  for (std::size_t l = 0; l < labels.size(); ++l)
    for (std::int64_t node = 0; node < std::ssize(m.of_feature[l]); ++node)
      of_node[m.weights.layer_start(l) + node] = labels[l][std::size_t(feature_of(i.bases[l], node))];
  return of_node;
}

report::LayeredGraphView graph_view(const Interactions& i, const FeatureModules& m, const FeatureLabels& labels,
                                    int side) {
  report::LayeredGraphView view;
  std::vector<std::size_t> first;
  for (std::size_t l = 0; l < i.bases.size(); ++l) {
    const Basis& b = i.bases[l];
    first.push_back(view.nodes.size());
    view.layers.push_back({b.layer, int(b.features())});
    std::int64_t node = 0;
    for (std::int64_t f = 0; f < b.features(); ++f) {
      const bool constant = f == b.constant;
      view.nodes.push_back({.layer = int(l),
                            .index = int(f),
                            .label = constant         ? "constant"
                                     : labels.empty() ? ""
                                                      : labels[l][std::size_t(f)],
                            .importance = importance(i, l, f),
                            .module = constant ? -1 : int(m.of_feature[l][std::size_t(node)]),
                            .constant = constant});
      if (l == 0 && side > 0 && !constant) view.nodes.back().image = image_of(b, f, side);
      node += !constant;
    }
  }
  for (std::size_t l = 0; l < i.E.size(); ++l)
    for (std::int64_t to = 0; to < i.E[l].rows(); ++to)
      for (std::int64_t from = 0; from < i.E[l].cols(); ++from)
        if (const double e = std::abs(i.E[l](to, from)); e > 0)
          view.edges.push_back({first[l] + std::size_t(from), first[l + 1] + std::size_t(to), e});
  return view;
}

}  // namespace basin::experiments
