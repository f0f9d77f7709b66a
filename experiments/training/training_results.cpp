#include <algorithm>
#include <cmath>
#include <functional>

#include "experiments/shared/rows.h"
#include "experiments/training/training_findings.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

constexpr double shown_epsilons[] = {1e-4, 1e-8};  // of bound_grid, in tables of kinds; the first in words

// Columns for a mean and its interval.
template <class Row, class Value>
Table<Row> with(Table<Row> table, const std::string& key, const std::string& head, Value value,
                const std::string& format) {
  const auto add = [&](const std::string& ending, const std::string& column, double Estimate::*part) {
    table.add({key + ending, column, [=](const Row& row) { return std::invoke(value, row).*part; }, format});
  };
  add("", head, &Estimate::mean), add("_low", "95 % from", &Estimate::low), add("_high", "to", &Estimate::high);
  return table;
}

const auto setting_name = [](const auto& row) { return row.setting.name(); };

Json effects_table(const std::vector<Effect>& effects) {
  Table<Effect> table{{"comparison", "comparison", &Effect::title},
                      {"before", "before", &Effect::before, "{:.3f}"},
                      {"after", "after", &Effect::after, "{:.3f}"}};
  table = with(table, "difference", "difference", &Effect::difference, "{:+.3f}");
  return table.add({"reading", "reading", &Effect::reading}).json(effects);
}

Json kinds_table(const std::vector<KindChange>& changes, double epsilon) {
  const auto there = where(changes, [&](const KindChange& c) {
    return c.epsilon == epsilon && (c.kind == "all" || c.before > 0 || c.after > 0);
  });
  const Table<KindChange> table{{"networks", "networks", setting_name},
                                {"kind", "kind", &KindChange::kind},
                                {"before", "before", &KindChange::before, "{:.1%}"},
                                {"after", "after", &KindChange::after, "{:.1%}"}};
  return with(table, "change", "change by training", &KindChange::difference, "{:+.1%}").json(there);
}

Json tightness_table(const std::vector<Tightness>& all) {
  const Table<Tightness> table{{"networks", "networks", setting_name}, {"epsilon", "ε", &Tightness::epsilon, "{:g}"}};
  return with(with(table, "before", "before training", &Tightness::before, "{:.1%}"), "after", "after training",
              &Tightness::after, "{:.1%}")
      .json(all);
}

// What training changes most among what it changes beyond the spread of seeds; null if that is nothing.
Json most_changed(const std::vector<KindChange>& kinds) {
  const auto changed =
      where(kinds, [](const KindChange& c) { return c.kind != "all" && c.difference.excludes_zero(); });
  if (changed.empty()) return nullptr;
  const auto size = [](const KindChange& c) { return std::abs(c.difference.mean); };
  const KindChange& most = *std::ranges::max_element(changed, {}, size);
  return {{"kind", most.kind},
          {"unexplained", most.kind == "unexplained"},
          {"points", 100 * most.difference.mean},
          {"low", 100 * most.difference.low},
          {"high", 100 * most.difference.high}};
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
  const auto bounded = where(points, [](const StudyPoint& p) { return !p.bounds.empty(); });
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
  Json result{
      {"task", task}, {"decay", distinct(points, &StudyPoint::weight_decay).front()}, {"widths", Json::array()}};
  for (const char* figure : {"share_below", "cut_off", "low_rank", "dead", "loss"})
    result[figure] = task + "_" + figure;
  for (std::int64_t width : distinct(points, &StudyPoint::width)) {
    const auto nets = trained(points, task, width);
    result["widths"].push_back(
        {{"width", width}, {"below", mean(nets, share_below)}, {"exact", mean(nets, &StudyPoint::low_rank_share)}});
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
