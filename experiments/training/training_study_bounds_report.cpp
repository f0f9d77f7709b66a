#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/file.h"
#include "experiments/report/figure.h"
#include "experiments/training/training_study_bounds.h"

namespace basin::experiments {
namespace {

constexpr double shown[] = {1e-4, 1e-8};

std::string name_of(const StudySetting& s) {
  return fmt::format("{}, width {}, weight decay {:g}", s.data, s.width, s.weight_decay);
}

std::string percent(double share) { return fmt::format("{:.1f}", 100 * share); }

std::string interval(const Estimate& e) {
  return fmt::format("{:+.1f} [{:+.1f}, {:+.1f}]", 100 * e.mean, 100 * e.low, 100 * e.high);
}

std::vector<StudySetting> settings_of(const std::vector<KindChange>& changes) {
  std::vector<StudySetting> all;
  for (const KindChange& c : changes)
    if (all.empty() || !(all.back() == c.setting)) all.push_back(c.setting);
  return all;
}

// Those of one setting and cut-off: a kind each, "all" last.
std::vector<KindChange> kinds_at(const std::vector<KindChange>& changes, const StudySetting& s, double epsilon) {
  std::vector<KindChange> found;
  std::ranges::copy_if(changes, std::back_inserter(found),
                       [&](const KindChange& c) { return c.setting == s && c.epsilon == epsilon; });
  return found;
}

// What training changes most among what it changes beyond the spread of seeds; `kinds` ends with "all".
std::string most_changed(const std::vector<KindChange>& kinds) {
  const KindChange* most = nullptr;
  for (const KindChange& c : kinds)
    if (c.kind != "all" && c.change.excludes_zero() && (!most || std::abs(c.change.mean) > std::abs(most->change.mean)))
      most = &c;
  if (!most) return "No kind changes by more than seeds vary";
  const std::string what = most->kind == "unexplained" ? "what stays unexplained" : most->kind;
  return fmt::format("Training changes {} most, by {} points", what, interval(most->change));
}

std::string sentence(const std::vector<KindChange>& kinds) {
  const KindChange& all = kinds.back();
  std::vector<std::string> parts;
  for (const KindChange& c : kinds)
    if (c.kind != "all" && c.kind != "unexplained" && c.after >= 0.0005)
      parts.push_back(fmt::format("{} {}", c.kind, percent(c.after)));
  return fmt::format(
      "{}: of the {} % of directions below {:g} after training ({} % before), in points of N: {}; {} unexplained. {}.",
      name_of(all.setting), percent(all.after), all.epsilon, percent(all.before), fmt::join(parts, ", "),
      percent(kinds[kinds.size() - 2].after), most_changed(kinds));
}

void add_table(report::Report& r, const std::vector<KindChange>& changes, double epsilon) {
  std::vector<std::vector<std::string>> rows;
  for (const StudySetting& s : settings_of(changes))
    for (const KindChange& c : kinds_at(changes, s, epsilon))
      if (c.kind == "all" || c.before > 0 || c.after > 0)
        rows.push_back({name_of(s), c.kind, percent(c.before), percent(c.after), interval(c.change)});
  r.table(
      {"networks", "kind", "before", "after", "change by training"}, rows,
      fmt::format("Directions below ε = {:g} of the largest eigenvalue of JᵀJ by kind, in per cent of N, means over "
                  "seeds; 95 % intervals of the change over pairs of equal seed.",
                  epsilon));
}

void add_tightness(report::Report& r, const std::vector<Tightness>& all) {
  const auto text = [](const Estimate& e) {
    return fmt::format("{} [{}, {}]", percent(e.mean), percent(e.low), percent(std::min(1.0, e.high)));
  };
  std::vector<std::vector<std::string>> rows;
  for (const Tightness& t : all)
    rows.push_back({name_of(t.setting), fmt::format("{:g}", t.epsilon), text(t.before), text(t.after)});
  r.table({"networks", "ε", "before training", "after training"}, rows,
          "How tight the bound is: directions it explains, in per cent of all below ε, means and 95 % intervals.");
}

// Shares of the kinds on top of each other: the distance between two lines is the upper one's share.
report::Figure stacked(const std::vector<KindChange>& changes, const StudySetting& s, bool after) {
  report::Figure figure{.title = name_of(s) + (after ? ": after training" : ": before training"),
                        .x_label = "ε",
                        .y_label = "share of N, kinds added up",
                        .log_x = true};
  for (const KindChange& c : kinds_at(changes, s, bound_grid.front()))
    if (c.kind != "all") figure.series.push_back({.label = c.kind, .style = report::SeriesStyle::lines_points});
  for (double epsilon : bound_grid) {
    double sum = 0;
    const std::vector<KindChange> kinds = kinds_at(changes, s, epsilon);
    for (std::size_t i = 0; i < figure.series.size(); ++i) {
      figure.series[i].x.push_back(epsilon);
      figure.series[i].y.push_back(sum += after ? kinds[i].after : kinds[i].before);
    }
  }
  figure.series.back().dashed = true;
  return figure;
}

void add_figures(report::Report& r, const std::vector<KindChange>& changes, const StudySetting& s, std::size_t index,
                 const std::string& figures) {
  for (bool after : {false, true}) {
    const std::string name = fmt::format("kinds_{}_{}", index, after ? "after" : "before");
    report::write_figure(figures, name, stacked(changes, s, after));
    r.figure(read_file(figures + "/" + name + ".svg"),
             fmt::format("{}, {} training: directions below ε by kind, on top of each other. The top line, dashed, is "
                         "all of them; what lies between it and the next is unexplained.",
                         name_of(s), after ? "after" : "before"));
  }
}

}  // namespace

std::string bound_summary(const std::vector<StudyPoint>& points) {
  std::vector<double> means;
  for (const Tightness& t : tightness(points))
    if (t.epsilon == shown[0]) means.push_back(t.after.mean);
  if (means.empty()) return {};
  const auto [low, high] = std::ranges::minmax_element(means);
  return fmt::format(
      " The bound by kinds explains {} to {} % of the directions below ε = {:g} after training, means over seeds, "
      "depending on the setting.",
      percent(*low), percent(*high), shown[0]);
}

void add_bounds(report::Report& r, const std::vector<StudyPoint>& points, const std::string& figures) {
  const std::vector<KindChange> changes = kind_changes(points);
  if (changes.empty()) return;
  double rows = std::numeric_limits<double>::infinity();
  for (const StudyPoint& p : points)
    if (!p.bounds.empty()) rows = std::min(rows, p.rows_per_parameter);
  r.section("Which kinds, and how tight the bound");
  r.paragraph(fmt::format(
      "Every direction counted below ε is put down to one kind by a bound that holds at any cut-off, spectral gap or "
      "not. It is measured with at least {:.1f} rows of J for each parameter{}, more than the effects above: with few "
      "rows a neuron sees fewer inputs than it has weights, and directions are free for want of data alone. Low "
      "activations: inputs of a layer that hardly occur; low gradients: outputs of a layer that the network hardly "
      "notices (dead neurons among them); low "
      "products: neither alone; conditional: inputs that are missing where a neuron fires; rescaling: a neuron's input "
      "against its output; synchronised: pairs of neurons that nearly fire together.",
      rows, rows < 1.5 ? ", fewer than 1.5, so missing data count as free directions too" : ""));
  const std::vector<StudySetting> settings = settings_of(changes);
  for (const StudySetting& s : settings) r.paragraph(sentence(kinds_at(changes, s, shown[0])));
  for (double epsilon : shown) add_table(r, changes, epsilon);
  add_tightness(r, tightness(points));
  for (std::size_t i = 0; i < settings.size(); ++i) add_figures(r, changes, settings[i], i, figures);
}

}  // namespace basin::experiments
