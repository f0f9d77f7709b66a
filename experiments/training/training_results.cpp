#include <algorithm>
#include <cmath>

#include "experiments/shared/rows.h"
#include "experiments/training/training_findings.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

constexpr double shown_epsilons[] = {1e-4, 1e-8};  // of bound_grid, in tables of kinds; the first in words

// Columns for a mean and its interval.
template <class Row>
Table<Row> with(Table<Row> table, const std::string& key, const std::string& head, Estimate Row::*value,
                const std::string& format) {
  table.add({key, head, [value](const Row& r) { return (r.*value).mean; }, format});
  table.add({key + "_low", "95 % from", [value](const Row& r) { return (r.*value).low; }, format});
  return table.add({key + "_high", "to", [value](const Row& r) { return (r.*value).high; }, format});
}

const auto setting_name = [](const auto& row) { return row.setting.name(); };

Json effects_table(const std::vector<Effect>& effects) {
  Table<Effect> table{{"comparison", "comparison", &Effect::title},
                      {"before", "before", &Effect::before, "{:.3f}"},
                      {"after", "after", &Effect::after, "{:.3f}"}};
  table = with(table, "difference", "difference", &Effect::difference, "{:+.3f}");
  return table.add({"reading", "reading", &Effect::reading}).json(effects);
}

Json kinds_table(std::vector<KindChange> changes, double epsilon) {
  std::erase_if(changes, [&](const KindChange& c) {
    return c.epsilon != epsilon || (c.kind != "all" && c.before <= 0 && c.after <= 0);
  });
  const Table<KindChange> table{{"networks", "networks", setting_name},
                                {"kind", "kind", &KindChange::kind},
                                {"before", "before", &KindChange::before, "{:.1%}"},
                                {"after", "after", &KindChange::after, "{:.1%}"}};
  return with(table, "change", "change by training", &KindChange::change, "{:+.1%}").json(changes);
}

Json tightness_table(const std::vector<Tightness>& all) {
  const Table<Tightness> table{{"networks", "networks", setting_name}, {"epsilon", "ε", &Tightness::epsilon, "{:g}"}};
  return with(with(table, "before", "before training", &Tightness::before, "{:.1%}"), "after", "after training",
              &Tightness::after, "{:.1%}")
      .json(all);
}

// What training changes most among what it changes beyond the spread of seeds; null if that is nothing.
Json most_changed(const std::vector<KindChange>& kinds) {
  const KindChange* most = nullptr;
  for (const KindChange& c : kinds)
    if (c.kind != "all" && c.change.excludes_zero() && (!most || std::abs(c.change.mean) > std::abs(most->change.mean)))
      most = &c;
  if (!most) return nullptr;
  return {{"kind", most->kind},
          {"unexplained", most->kind == "unexplained"},
          {"points", 100 * most->change.mean},
          {"low", 100 * most->change.low},
          {"high", 100 * most->change.high}};
}

// `kinds` are of one setting and end with "unexplained" and "all".
Json in_words(const std::vector<KindChange>& kinds, std::size_t index) {
  const KindChange &all = kinds.back(), &unexplained = kinds[kinds.size() - 2];
  const std::string figure = "kinds_" + std::to_string(index);
  Json parts = Json::array();
  for (const KindChange& c : kinds)
    if (&c < &unexplained && c.after >= 0.0005) parts.push_back({{"kind", c.kind}, {"points", 100 * c.after}});
  return {{"name", all.setting.name()},
          {"before", all.before},
          {"after", all.after},
          {"parts", std::move(parts)},
          {"most", most_changed(kinds)},
          {"unexplained", 100 * unexplained.after},
          {"before_training", figure + "_before"},
          {"after_training", figure + "_after"}};
}

void add_kinds(Json& results, const std::vector<StudyPoint>& points) {
  const std::vector<KindChange> changes = kind_changes(points);
  results["bounded"] = !changes.empty();
  if (changes.empty()) return;
  std::vector<Tightness> tight = tightness(points);
  results["tightness"] = tightness_table(tight);
  std::erase_if(tight, [](const Tightness& t) { return t.epsilon != shown_epsilons[0]; });
  const auto [least, most] = std::ranges::minmax(values(tight, [](const Tightness& t) { return t.after.mean; }));
  std::vector<StudyPoint> bounded = points;
  std::erase_if(bounded, [](const StudyPoint& p) { return p.bounds.empty(); });
  const double rows = std::ranges::min(values(bounded, &StudyPoint::rows_per_parameter));
  results.update({{"explained", {{"least", least}, {"most", most}}},
                  {"rows_per_parameter", rows},
                  {"short_of_rows", rows < 1.5},
                  {"bound_epsilon", shown_epsilons[0]}});
  for (const StudySetting& s : distinct(changes, &KindChange::setting))
    results["settings"].push_back(in_words(kinds_at(changes, s, shown_epsilons[0]), results["settings"].size()));
  for (double epsilon : shown_epsilons)
    results["kinds"].push_back({{"cut_off", epsilon}, {"shares", kinds_table(changes, epsilon)}});
}

// The two shares of a task's trained networks that ask different things, and the names of its figures.
Json task_results(const std::vector<StudyPoint>& points, const std::string& task) {
  const double decay = distinct(points, &StudyPoint::weight_decay).front();
  Json result{{"task", task}, {"decay", decay}, {"widths", Json::array()}};
  for (const char* figure : {"share_below", "cut_off", "low_rank", "dead", "loss"})
    result[figure] = task + "_" + figure;
  for (std::int64_t width : distinct(points, &StudyPoint::width)) {
    const auto nets = networks_at(points, {task, width, decay}, distinct(points, &StudyPoint::epoch).back());
    const auto below = [](const StudyPoint& p) { return p.free_share[effect_epsilon]; };
    result["widths"].push_back({{"width", width},
                                {"below", estimate(values(nets, below)).mean},
                                {"exact", estimate(values(nets, &StudyPoint::low_rank_share)).mean}});
  }
  return result;
}

}  // namespace

Json training_results(const std::vector<StudyPoint>& points) {
  const std::vector<Effect> effects = study_effects(points);
  const std::size_t times = distinct(points, &StudyPoint::epoch).size();
  Json results{{"networks", points.size() / times},
               {"times", times},
               {"comparisons", effects.size()},
               {"shown", std::ranges::count_if(effects, [](const Effect& e) { return e.difference.excludes_zero(); })},
               {"epsilon", epsilon_grid[effect_epsilon]},
               {"effects", effects_table(effects)}};
  for (const std::string& task : distinct(points, &StudyPoint::data))
    results["tasks"].push_back(task_results(points, task));
  add_kinds(results, points);
  return results;
}

}  // namespace basin::experiments
