// How many features and interactions a trained network needs for its score (docs/theory.md §5.5).
#include <fmt/format.h>

#include <algorithm>

#include "core/blas.h"
#include "core/npz.h"
#include "experiments/interactions/interaction_cost.h"
#include "experiments/interactions/score_cost.h"
#include "experiments/shared/study.h"
#include "interp/edges/ablation.h"

namespace basin::experiments {
namespace {

using interp::AblationCurve;
using report::Json;

Options declare() {
  Options o("ablation",
            "Cuts off features and interactions of a trained network, the least important first, and says how many it "
            "needs for its score (docs/theory.md §5.5).",
            {"ablation --run runs/train_mlp/digits-seed0", "ablation --run runs/train_mlp/digits-seed0 --basis pca",
             "ablation --weights net.safetensors --inputs x.npy --targets y.npy --score cross-entropy --delta 0.01",
             "ablation --run runs/modular_addition/seed0 --layers blocks.0.hook_resid_mid,logits"});
  add_network_options(o);
  add_test_options(o);
  add_interaction_options(o);
  o.add_choice("score", "auto", {"auto", "accuracy", "cross-entropy", "mse"},
               "what is kept; auto: accuracy of labels, mse of targets");
  o.add_double("delta", 1e-3, "by how much the score may fall, or the loss rise", 0);
  o.add_choice("on", "test", {"test", "train"}, "rows that the score is taken on; bases are of the training rows");
  o.add_string("nodes", "exponential:1.05:10",
               "numbers of features to keep: linear:N, exponential:BASE:N or points:K,K,…; none to leave this out");
  o.add_string("curve", "exponential:2:0", "numbers of edges to keep, in the same way");
  o.add_double("stop-at", 0, "end a curve once a score is so far off; 0: never", 0);
  o.add_flag("orthogonal", "cut off the directions of the Gram matrix, not the features");
  o.add_preset("quick", {{"rows", "2000"}, {"nodes", "linear:9"}, {"curve", "exponential:4:0"}});
  o.add_preset("paper", {{"curve", "exponential:1.2:10"}});
  o.without("dtype").without("resume").without("json");
  return o;
}

struct Layer {
  std::string name;
  std::int64_t features = 0, required = 0, from_there_on = 0;
  AblationCurve curve{};
};

struct Section {
  std::string from, to;
  std::int64_t edges = 0;
  interp::Bisection fewest{};
  double smallest = 0;
  AblationCurve curve{};
};

struct Findings {
  double base = 0;
  std::vector<Layer> layers{};
  std::vector<Section> sections{};
};

bool asked(const Options& o, const char* option) { return o.text(option) != "none"; }

interp::AblationOptions curve_options(const Options& o, const char* option) {
  return {.schedule = asked(o, option) ? interp::schedule_from(o.text(option)) : interp::Schedule{},
          .stop_at = o.number("stop-at"),
          .sweep = {.threads = o.threads(), .precision = interp::precision_from(o.text("precision"))}};
}

Findings ablate(const Options& o, const Interactions& i, const Inputs& inputs, const interp::Scoring& scoring,
                const RunDirectory& directory) {
  Findings f;
  NpzWriter masks;
  for (std::int64_t l = 0; l < i.model.sections(); ++l) {
    const interp::Basis &from = i.bases[l], &to = i.bases[l + 1];
    if (asked(o, "nodes")) {
      say(o, fmt::format("features of {}", from.layer));
      Layer layer{.name = from.layer, .features = from.features()};
      layer.curve =
          node_ablation(i.model, i.bases, l, inputs, scoring, curve_options(o, "nodes"), o.flag("orthogonal"));
      layer.from_there_on = layer.curve.required(scoring, o.number("delta"));
      layer.required = fewest_nodes(i.model, i.bases, l, inputs, scoring, o.number("delta"), curve_options(o, "nodes"),
                                    o.flag("orthogonal"))
                           .required;
      f.layers.push_back(std::move(layer));
    }
    say(o, fmt::format("edges from {} to {}", from.layer, to.layer));
    interp::EdgeAblation edges(i.model, i.bases, l, i.E[l], inputs, scoring, curve_options(o, "curve").sweep);
    Section section{
        .from = from.layer, .to = to.layer, .edges = edges.edges(), .fewest = edges.bisect(o.number("delta"))};
    section.smallest = edges.smallest_kept(section.fewest.required);
    if (asked(o, "curve")) section.curve = edges.curve(curve_options(o, "curve"));
    masks.add(fmt::format("mask__{}__to__{}", from.layer, to.layer), edges.mask(section.fewest.required));
    f.base = edges.base();
    f.sections.push_back(std::move(section));
  }
  masks.save(directory.arrays() + "/masks.npz");
  return f;
}

const report::Table<Layer> layers_table{{"layer", "node layer", &Layer::name},
                                        {"features", "features", &Layer::features},
                                        {"required", "needed, by bisection", &Layer::required},
                                        {"from_there_on", "and with all larger numbers", &Layer::from_there_on}};

const report::Table<Section> sections_table{
    {"from", "from", &Section::from},
    {"to", "to", &Section::to},
    {"edges", "edges", &Section::edges},
    {"required", "needed", [](const Section& s) { return s.fewest.required; }},
    {"share", "of all", [](const Section& s) { return double(s.fewest.required) / double(s.edges); }, "{:.1%}"},
    {"score", "score with them", [](const Section& s) { return s.fewest.score; }, "{:.4f}"},
    {"smallest", "smallest of them", &Section::smallest, "{:.2e}"}};

template <class Rows, class Name>
std::optional<report::Figure> curves(const std::string& what, const Rows& rows, const Name& name, double base,
                                     const std::string& score) {
  report::Figure figure{
      .title = what + " kept, and what is left", .x_label = what + " kept", .y_label = score, .log_x = true};
  double last = 1;
  for (const auto& row : rows) {
    std::vector<interp::AblationPoint> points = row.curve.points;
    std::ranges::reverse(points);
    std::erase_if(points, [](const interp::AblationPoint& p) { return p.kept == 0; });
    if (points.empty()) continue;
    last = std::max(last, double(points.back().kept));
    figure.series.push_back(report::points(name(row), points, &interp::AblationPoint::kept,
                                           &interp::AblationPoint::score, report::SeriesStyle::lines_points));
  }
  if (figure.series.empty()) return {};
  figure.series.push_back(report::straight("whole network", {1, last}, {base, base}));
  return figure;
}

std::vector<report::NamedFigure> figures_of(const Findings& f, const std::string& score) {
  std::vector<report::NamedFigure> figures;
  if (const auto nodes = curves(
          "features", f.layers, [](const Layer& l) { return l.name; }, f.base, score))
    figures.push_back({"nodes", *nodes});
  if (const auto edges = curves(
          "edges", f.sections, [](const Section& s) { return s.from + " to " + s.to; }, f.base, score))
    figures.push_back({"edges", *edges});
  return figures;
}

// What is asked, put together before there is a run folder, so that a mistake leaves nothing behind.
struct Question {
  TrainedNetwork network;
  Interactions interactions;
  bool test;  // on its rows
  interp::Scoring scoring;

  const Rows& rows() const { return test ? network.test : network.train; }
};

void refuse_unused(const Options& o) {
  if (o.text("on") == "train")
    o.require_unused({"test-inputs"}, "the score is taken on training rows", "leave out --on");
  if (!asked(o, "nodes")) o.require_unused({"orthogonal"}, "it is of features, and --nodes is none");
  if (!asked(o, "nodes") && !asked(o, "curve"))
    o.require_unused({"stop-at"}, "it ends a curve, and --nodes and --curve are none");
}

Question question(const Options& o) {
  refuse_unused(o);
  for (const char* schedule : {"nodes", "curve"}) curve_options(o, schedule);
  TrainedNetwork network = load_network(o);
  Interactions chosen = chosen_interactions(network, o);
  if (const std::string& last = chosen.model.layers().back().name, &output = network.values.back().name; last != output)
    throw UsageError(fmt::format("--layers: '{}' given as the last one; a score wants '{}'", last, output));
  const bool test = o.text("on") == "test" && network.test.size() > 0;
  const std::string score = o.text("score") == "auto" ? "" : o.text("score");
  interp::Scoring scoring = scoring_of(network, test ? network.test : network.train, score);
  return {std::move(network), std::move(chosen), test, std::move(scoring)};
}

RunCost cost(const Options& o, const Question& q) {
  InteractionCost cost = interaction_cost(o, q.network, q.interactions);
  if (!cost.has_features) return cost.run;
  const ScoredRows rows{cost.tried, q.network.inputs(q.rows()), q.scoring};
  const interp::Schedule curve = curve_options(o, "curve").schedule, nodes = curve_options(o, "nodes").schedule;
  PassCost of_nodes, of_edges;
  for (std::int64_t l = 0; l < cost.tried.model.sections(); ++l) {
    if (asked(o, "nodes")) of_nodes += node_score_cost(o, rows, l, nodes, o.flag("orthogonal"));
    of_edges += edge_score_cost(o, rows, l, asked(o, "curve") ? &curve : nullptr);
  }
  cost.run.parts.push_back({"scores with fewer features", of_nodes.seconds});
  cost.run.parts.push_back({"scores with fewer edges", of_edges.seconds});
  cost.run.parts.push_back({"the page", 0.05 * machine_speed().small});
  cost.run.bytes += of_nodes.bytes + of_edges.bytes;
  return cost.run;
}

Found find(const Options& o, Question& q, const RunDirectory& directory) {
  auto& [network, i, test, scoring] = q;
  const Rows& rows = q.rows();
  find_interactions(i, network, o);
  const Findings f = ablate(o, i, network.inputs(rows), scoring, directory);
  const std::string score(name_of(scoring.kind));
  Found found{.results = {{"network", network.what},
                          {"data", network.data},
                          {"rows", rows.x.rows()},
                          {"test", test},
                          {"basis", title_of(i.basis.kind)},
                          {"score", score},
                          {"base", f.base},
                          {"delta", o.number("delta")},
                          {"least", scoring.kind == interp::ScoreKind::accuracy ? 1.0 / double(rows.x.rows()) : 0},
                          {"orthogonal", o.flag("orthogonal")},
                          {"sections", sections_table.json(f.sections)}},
              .figures = figures_of(f, score)};
  std::int64_t required = 0, edges = 0;
  for (const Section& s : f.sections) required += s.fewest.required, edges += s.edges;
  found.results["required"] = required;
  found.results["edges"] = edges;
  found.results["nodes"] = asked(o, "nodes") ? layers_table.json(f.layers) : Json(nullptr);
  found.results["curves"] = asked(o, "curve");
  found.results["too_fine"] = o.number("delta") < found.results["least"].get<double>();
  return found;
}

Outcome run(const Options& o) {
  Question asked = question(o);
  say_cost(o, [&] { return cost(o, asked); });
  return run_study(o, "ablation", {.blas = blas_kernel(), .data = asked.network.data},
                   [&](RunDirectory& directory) { return find(o, asked, directory); });
}

}  // namespace

Experiment ablation() { return {declare, run}; }

}  // namespace basin::experiments
