#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/grokking/grokking_findings.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::Figure;
using report::Series;
using report::SeriesStyle;

// A measure by its key, and what its line is called.
struct Line {
  std::string key, label;
};
struct Panel {
  std::string title, y_label;
  std::vector<Line> lines;
  bool log_y = false;
};

const std::vector<Panel> panels{
    {"Exact free directions: N − rank J",
     "directions",
     {{"free", "exact"}, {"free_1e-9", "below 1e-9"}, {"free_training", "exact, training pairs"}}},
    {"Counts at a cut-off: N_eff(ε)",
     "N_eff",
     {{"n_eff_0.01", "ε = 0.01"}, {"n_eff_0.0001", "ε = 0.0001"}, {"n_eff_1e-06", "ε = 1e-06"}},
     true},
    {"Learning coefficient", "λ̂", {{"lambda", "λ̂"}, {"quadratic", "quadratic count"}}},
    {"Effective number of edges", "edges", {{"lib", "LIB"}, {"pca", "PCA"}}},
    {"Edges required for the loss", "edges", {{"lib_required", "LIB"}, {"pca_required", "PCA"}}}};

std::vector<double> shifted(const std::vector<std::int64_t>& epochs) {
  return values(epochs, [](std::int64_t e) { return double(e) + 1; });
}

double half_width(const Estimate& e) { return std::isfinite(e.high) ? e.high - e.mean : 0; }

Series means(const GrokkingFindings& f, const std::string& label, const std::vector<Estimate>& estimates) {
  return {.label = label,
          .x = shifted(f.grid),
          .y = values(estimates, &Estimate::mean),
          .style = SeriesStyle::lines_points,
          .error = values(estimates, half_width)};
}

bool any_finite(const Series& s) {
  return std::ranges::any_of(s.y, [](double y) { return std::isfinite(y); });
}

// Of one network, at every point: a dashed line for one that did not grok.
Series alone(const GrokkingFindings& f, const GrokkingNetwork& n, const GrokkingMeasure& m) {
  return {.label = fmt::format("seed {}, did not generalise", n.seed),
          .x = shifted(f.grid),
          .y = values(f.grid, [&](std::int64_t epoch) { return m.value(*n.at(epoch)); }),
          .dashed = true};
}

const GrokkingMeasure* measure_of(const std::vector<GrokkingMeasure>& measures, const std::string& key) {
  const auto found = std::ranges::find(measures, key, &GrokkingMeasure::key);
  return found == measures.end() ? nullptr : &*found;
}

Figure accuracy_panel(const GrokkingFindings& f) {
  Figure figure{.title = "Accuracy", .x_label = "epoch + 1", .y_label = "accuracy", .log_x = true};
  figure.y_range = {-0.05, 1.05};
  figure.series.push_back(means(f, "training pairs", over_grid(f, "train_accuracy")));
  figure.series.push_back(means(f, "test pairs", over_grid(f, "test_accuracy")));
  return figure;
}

Figure over_epochs(const GrokkingFindings& f) {
  const auto measures = grokking_measures(f.networks);
  Figure all{.title = "Along grokking", .panels = {accuracy_panel(f)}};
  for (const Panel& panel : panels) {
    Figure figure{.title = panel.title, .x_label = "epoch + 1", .y_label = panel.y_label, .log_x = true};
    figure.log_y = panel.log_y;
    for (const Line& line : panel.lines)
      if (const GrokkingMeasure* m = measure_of(measures, line.key))
        if (Series s = means(f, line.label, over_grid(f, *m)); any_finite(s)) figure.series.push_back(std::move(s));
    if (figure.series.empty()) continue;
    const GrokkingMeasure* first = measure_of(measures, panel.lines[0].key);
    for (const GrokkingNetwork& n : f.networks)
      if (first && !n.grokked() && f.grokked() > 0) figure.series.push_back(alone(f, n, *first));
    all.panels.push_back(std::move(figure));
  }
  return all;
}

// Epochs as shares of the one at which the network generalised; without epoch 0.
Series aligned(const GrokkingNetwork& n, const std::function<double(const GrokkingPoint&)>& value) {
  Series s{.label = fmt::format("seed {}", n.seed), .style = SeriesStyle::lines_points};
  for (const GrokkingPoint& p : n.points)
    if (p.epoch > 0) s.x.push_back(double(p.epoch) / double(*n.generalised)), s.y.push_back(value(p));
  return s;
}

Series doubtful(const std::vector<GrokkingNetwork>& grokked) {
  Series s{.label = "doubtful", .style = SeriesStyle::points, .dashed = true};
  for (const GrokkingNetwork& n : grokked)
    for (const GrokkingPoint& p : n.points)
      if (p.epoch > 0 && p.lambda && !p.lambda->doubts.empty())
        s.x.push_back(double(p.epoch) / double(*n.generalised)), s.y.push_back(p.lambda->lambda);
  return s;
}

Figure aligned_panel(const std::string& title, const std::string& y_label) {
  return {.title = title, .x_label = "epoch / epoch of generalising", .y_label = y_label, .log_x = true};
}

Figure over_own_epochs(const GrokkingFindings& f) {
  const auto grokked = where(f.networks, &GrokkingNetwork::grokked);
  const auto measures = grokking_measures(grokked);
  Figure all{.title = "Each network, by its own moment of generalising"};
  Figure& accuracy = all.panels.emplace_back(aligned_panel("Test accuracy", "accuracy"));
  for (const GrokkingNetwork& n : grokked)
    accuracy.series.push_back(
        aligned(n, [&](const GrokkingPoint& p) { return n.number_at(p.epoch, "test_accuracy"); }));
  for (const char* key : {"free", "n_eff_0.0001", "lambda", "lib", "lib_required"}) {
    const GrokkingMeasure* m = measure_of(measures, key);
    if (!m) continue;
    Figure panel = aligned_panel(m->name, "");
    for (const GrokkingNetwork& n : grokked)
      if (Series s = aligned(n, m->value); any_finite(s)) panel.series.push_back(std::move(s));
    if (Series s = doubtful(grokked); std::string(key) == "lambda" && !s.x.empty()) panel.series.push_back(s);
    if (!panel.series.empty()) all.panels.push_back(std::move(panel));
  }
  return all;
}

}  // namespace

std::vector<report::NamedFigure> grokking_figures(const GrokkingFindings& f) {
  std::vector<report::NamedFigure> figures{{"grokking", over_epochs(f)}};
  if (f.grokked() > 0) figures.push_back({"aligned", over_own_epochs(f)});
  return figures;
}

}  // namespace basin::experiments
