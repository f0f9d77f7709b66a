// What entries of values add to the metric: attribution patching, integrated gradients, and how methods score on
// circuits that are known.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/statistics.h"
#include "experiments/look/look_study.h"
#include "interp/look/attribution.h"
#include "interp/look/circuit_scores.h"

namespace basin::experiments {
namespace {

using report::Json;

constexpr const char* metric_name = "look/metric";

// The model with its metric by name, and pairs of rows that it can be taken on: labels are those of the clean rows.
struct Measured {
  interp::ModelPoint model;
  interp::PatchData data;
};

Measured with_metric(const LookSubject& subject) {
  Measured m{.model = subject.network.model, .data = subject.pairs()};
  m.model.trace = [trace = m.model.trace, metric = subject.metric](Graph& graph, std::int64_t rows) {
    const Ends ends = trace(graph, rows);
    graph.name(interp::metric_of(graph, ends, metric, rows), metric_name);
    return ends;
  };
  if (!m.data.clean.contains(interp::label_input)) return m;
  const Tensor<double> labels = m.data.clean.at(interp::label_input), others = m.data.corrupt.at(interp::label_input);
  for (Inputs* side : {&m.data.clean, &m.data.corrupt}) {
    (*side)[interp::label_input] = labels;
    if (interp::needs_other_label(subject.metric)) (*side)[interp::other_label_input] = others;
  }
  return m;
}

Var traced_metric(Graph& graph) { return graph[metric_name]; }

// Sums over the region of a site, for each row; their mean and its error.
interp::MeanAndError summed(const Tensor<double>& values, const interp::PlacedSite& at) {
  const std::int64_t rows = values.shape[0], width = values.size() / rows;
  std::vector<double> sums(std::size_t(rows), 0.0);
  for (std::int64_t i = 0; i < values.size(); ++i) {
    bool inside = true;
    std::int64_t rest = i;
    for (int axis = values.shape.rank() - 1; axis > 0; rest /= values.shape[axis], --axis) {
      const auto& [begin, end] = at.ranges[std::size_t(axis - 1)];
      inside &= rest % values.shape[axis] >= begin && rest % values.shape[axis] < end;
    }
    if (inside) sums[std::size_t(i / width)] += values[i];
  }
  const Estimate e = estimate(sums);
  return {e.mean, e.deviation / std::sqrt(double(rows))};
}

// The attributions of all sites, from those of every entry by value.
std::vector<ShownEffect> by_site(const LookSubject& subject, const std::map<std::string, Tensor<double>>& values) {
  Graph graph;
  subject.network.model.trace(graph, 1);
  std::vector<ShownEffect> shown;
  for (const interp::Site& site : subject.sites())
    shown.push_back({site, {}, summed(values.at(site.value), interp::placed(graph, site, 1))});
  return shown;
}

Json attribution_table(const std::vector<ShownEffect>& shown) {
  const report::Table<ShownEffect> table{
      {"site", "site", [](const ShownEffect& e) { return text_of(e.site); }},
      {"effect", "attribution", [](const ShownEffect& e) { return e.effect.mean; }, "{:.4g}"},
      {"effect_error", "±", [](const ShownEffect& e) { return e.effect.error; }, "{:.2g}"}};
  return table.json(shown);
}

Looked attributed(const LookSubject& subject, const std::map<std::string, Tensor<double>>& values, const char* name,
                  const std::string& title, const RunDirectory* run) {
  const std::vector<ShownEffect> shown = by_site(subject, values);
  const auto strongest =
      std::ranges::max_element(shown, {}, [](const ShownEffect& e) { return std::abs(e.effect.mean); });
  if (run) write_effects(shown, (std::filesystem::path(run->arrays()) / fmt::format("{}.npz", name)).string());
  return {.results = {{"strongest", text_of(strongest->site)},
                      {"strongest_effect", strongest->effect.mean},
                      {"table", attribution_table(shown)}},
          .figures = {effect_figure(name, shown, title, "attribution", subject.by)}};
}

std::vector<std::string> values_of(const LookSubject& subject) {
  return interp::names_matching(subject.network.model, subject.patterns);
}

struct Residual {
  std::string value{};
  double before = 0, after = 0, residual = 0;  // means over rows, and the largest relative residual
  std::int64_t kinks = -1;                     // in all rows; -1: quadrature
};

Json residual_table(const std::vector<Residual>& all) {
  const report::Table<Residual> table{
      {"value", "value", &Residual::value},
      {"before", "metric at the baseline", &Residual::before, "{:.4g}"},
      {"after", "at the end", &Residual::after, "{:.4g}"},
      {"residual", "largest residual", &Residual::residual, "{:.1e}"},
      {"kinks", "kinks", [](const Residual& r) { return r.kinks < 0 ? Json() : Json(r.kinks); }}};
  return table.json(all);
}

interp::Path path_to(const Measured& m, const std::string& name, const std::string& baseline) {
  if (baseline == "zero") return interp::path_from_zero(m.model, m.data.clean, name);
  if (baseline == "mean") return interp::path_from_mean(m.model, m.data.clean, name);
  return interp::path_from_other(m.model, m.data.clean, m.data.corrupt, name);
}

Residual residual_of(const std::string& name, const interp::PathIntegral& p) {
  Residual r{.value = name,
             .before = estimate(p.before).mean,
             .after = estimate(p.after).mean,
             .residual = p.largest_residual()};
  if (!p.kinks.empty()) r.kinks = std::accumulate(p.kinks.begin(), p.kinks.end(), std::int64_t(0));
  return r;
}

}  // namespace

Looked attribute_sites(const LookSubject& subject, const Options& o, const RunDirectory* run) {
  const Measured m = with_metric(subject);
  const interp::Attributions a =
      interp::attribution_patching(m.model, m.data.clean, m.data.corrupt, values_of(subject), traced_metric,
                                   interp::GradientAt::corrupt, patch_options(o).sweep);
  std::map<std::string, Tensor<double>> values;
  std::vector<Residual> residuals;
  for (std::size_t i = 0; i < a.at.size(); ++i) {
    values[a.at[i].name] = a.at[i].values;
    double worst = 0;
    for (const double r : a.residual(i)) worst = worse(worst, std::abs(r));
    residuals.push_back({.value = a.at[i].name,
                         .before = estimate(a.corrupt).mean,
                         .after = estimate(a.clean).mean,
                         .residual = worst});
  }
  Looked looked = attributed(subject, values, "attribute", "Attribution patching", run);
  looked.results["residuals"] = residual_table(residuals);
  return looked;
}

Looked integrate_sites(const LookSubject& subject, const Options& o, const RunDirectory* run) {
  const Measured m = with_metric(subject);
  std::map<std::string, Tensor<double>> values;
  std::vector<Residual> residuals;
  const auto points = int(o.integer("points"));
  for (const std::string& name : values_of(subject)) {
    const interp::Path path = path_to(m, name, o.text("baseline"));
    // Against another input all else is that of the corrupt run, so that what is added up is what patching would see.
    const Inputs& data = o.text("baseline") == "other" ? m.data.corrupt : m.data.clean;
    const interp::PathIntegral p =
        points > 0 ? interp::integrate(m.model, data, path, traced_metric, points, patch_options(o).sweep)
                   : interp::integrate_exactly(m.model, data, path, traced_metric, {.threads = o.threads()});
    values[name] = p.values;
    residuals.push_back(residual_of(name, p));
  }
  Looked looked = attributed(subject, values, "integrate", "Integrated gradients", run);
  looked.results["residuals"] = residual_table(residuals);
  looked.results["baseline"] = o.text("baseline");
  looked.results["points"] = points;
  looked.results["exactly"] = points == 0;
  return looked;
}

Looked score_circuits(const Options& o) {
  const interp::PlantedSpec spec{.width = o.integer("planted-width"), .seed = std::uint64_t(o.integer("seed")) + 1};
  const interp::CircuitScores scores = interp::circuit_scores(spec, o.integer("planted-networks"), o.threads());
  using interp::CircuitScore;
  const auto mean = [](auto member) { return [member](const CircuitScore& s) { return std::invoke(member, s).mean; }; };
  const auto error = [](auto member) {
    return [member](const CircuitScore& s) {
      const Estimate& e = std::invoke(member, s);
      return e.deviation / std::sqrt(double(e.count));
    };
  };
  const report::Table<CircuitScore> table{
      {"circuit", "circuit", &CircuitScore::circuit},
      {"method", "method", [](const CircuitScore& s) { return std::string(name_of(s.method)); }},
      {"auc", "AUC", mean(&CircuitScore::auc), "{:.3f}"},
      {"auc_error", "±", error(&CircuitScore::auc), "{:.1g}"},
      {"precision", "precision at k", mean(&CircuitScore::precision), "{:.3f}"},
      {"precision_error", "±", error(&CircuitScore::precision), "{:.1g}"},
      {"true_effect", "smallest true effect", mean(&CircuitScore::true_effect), "{:.3g}"},
      {"false_effect", "largest false one", mean(&CircuitScore::false_effect), "{:.3g}"}};
  const auto perfect = std::ranges::count_if(scores.scores, [](const CircuitScore& s) { return s.auc.mean == 1; });
  return {.results = {{"networks", o.integer("planted-networks")},
                      {"interference", scores.interference.mean},
                      {"output_error", scores.output_error.mean},
                      {"perfect", perfect},
                      {"count", scores.scores.size()},
                      {"table", table.json(scores.scores)}},
          .figures = {}};
}

}  // namespace basin::experiments
