#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "experiments/shared/intervals.h"
#include "experiments/shared/rows.h"
#include "experiments/training/training_findings.h"

namespace basin::experiments {
namespace {

using interp::EpsilonBound;
using report::Json;

// Pairs come in the same order because points are ordered by their settings.
Effect effect(const std::string& title, const std::vector<StudyPoint>& from, const std::vector<StudyPoint>& to) {
  return {paired(values(from, share_below), values(to, share_below)), title};
}

// The networks of one setting, by seed: before[i] and after[i] are one network.
struct Group {
  StudySetting setting;
  std::vector<StudyPoint> before, after;
};

bool bounded(const StudyPoint& p) { return !p.bounds.empty(); }

// Those that have bounds before and after training.
std::vector<Group> groups(const std::vector<StudyPoint>& points) {
  const std::vector<std::int64_t> epochs = distinct(points, &StudyPoint::epoch);
  std::vector<Group> all;
  if (epochs.size() < 2) return all;
  for (const StudySetting& s : distinct(points, setting_of)) {
    Group g{s, networks_at(points, s, epochs.front()), networks_at(points, s, epochs.back())};
    if (std::ranges::all_of(g.before, bounded) && std::ranges::all_of(g.after, bounded)) all.push_back(std::move(g));
  }
  return all;
}

Estimate explained(const std::vector<StudyPoint>& points, std::size_t e) {
  Estimate share = estimate(values(points, [&](const StudyPoint& p) {
    const EpsilonBound& b = p.bounds[e];
    return b.free ? double(b.bound()) / double(b.free) : 1.0;
  }));
  share.high = std::min(1.0, share.high);
  return share;
}

std::string key_of(const interp::BoundKind& kind, double epsilon) {
  std::string name = kind.name == "all" ? "free" : kind.name;
  std::ranges::replace(name, ' ', '_');
  return fmt::format("{}_{:g}", name, epsilon);
}

}  // namespace

std::string StudySetting::name() const {
  return fmt::format("{}, width {}, weight decay {:g}", data, width, weight_decay);
}

StudySetting setting_of(const StudyPoint& p) { return {p.data, p.width, p.weight_decay}; }

std::vector<StudyPoint> networks_at(const std::vector<StudyPoint>& points, const StudySetting& s, std::int64_t epoch) {
  return where(points, [&](const StudyPoint& p) { return setting_of(p) == s && p.epoch == epoch; });
}

std::vector<StudyPoint> trained(const std::vector<StudyPoint>& points, const std::string& task, std::int64_t width) {
  return networks_at(points, {task, width, distinct(points, &StudyPoint::weight_decay).front()},
                     distinct(points, &StudyPoint::epoch).back());
}

std::string Effect::reading() const {
  if (!difference.excludes_zero()) return "the interval holds 0: no effect is shown";
  return difference.mean > 0 ? "more degenerate" : "less degenerate";
}

std::vector<Effect> study_effects(const std::vector<StudyPoint>& points) {
  const auto epochs = distinct(points, &StudyPoint::epoch), widths = distinct(points, &StudyPoint::width);
  const auto decays = distinct(points, &StudyPoint::weight_decay);
  const double least = decays.front(), most = decays.back();
  std::vector<Effect> all;
  for (const std::string& task : distinct(points, &StudyPoint::data)) {
    const auto after = [&](std::int64_t width) { return trained(points, task, width); };
    for (std::int64_t w : widths) {
      if (epochs.size() > 1)
        all.push_back(effect(fmt::format("{}, width {}: after training against before", task, w),
                             networks_at(points, {task, w, least}, epochs.front()), after(w)));
      if (decays.size() > 1)
        all.push_back(effect(fmt::format("{}, width {}: weight decay {:g} against {:g}", task, w, most, least),
                             after(w), networks_at(points, {task, w, most}, epochs.back())));
    }
    if (widths.size() > 1)
      all.push_back(effect(fmt::format("{}: width {} against {}", task, widths.back(), widths.front()),
                           after(widths.front()), after(widths.back())));
  }
  return all;
}

std::vector<KindChange> kind_changes(const std::vector<StudyPoint>& points) {
  std::vector<KindChange> all;
  for (const Group& group : groups(points))
    for (std::size_t e = 0; e < bound_grid.size(); ++e)
      for (const interp::BoundKind& kind : interp::bound_kinds()) {
        const auto share = [&](const StudyPoint& p) { return double(kind.count(p.bounds[e])) / double(p.parameters); };
        all.push_back(
            {paired(values(group.before, share), values(group.after, share)), group.setting, bound_grid[e], kind.name});
      }
  return all;
}

std::vector<KindChange> kinds_at(const std::vector<KindChange>& changes, const StudySetting& s, double epsilon) {
  return where(changes, [&](const KindChange& c) { return c.setting == s && c.epsilon == epsilon; });
}

std::vector<Tightness> tightness(const std::vector<StudyPoint>& points) {
  std::vector<Tightness> all;
  for (const Group& group : groups(points))
    for (std::size_t e = 0; e < bound_grid.size(); ++e)
      all.push_back({group.setting, bound_grid[e], explained(group.before, e), explained(group.after, e)});
  return all;
}

std::vector<Claim> study_claims(const std::vector<StudyPoint>& points) {
  ClaimTable table("training");
  for (const Effect& e : study_effects(points))
    table.report(e.title, interval(e.difference)["text"].get<std::string>())
        .because(fmt::format("share of directions below ε = {:g}, mean difference over {} pairs of equal seed, "
                             "95 % interval: {}",
                             epsilon_grid[effect_epsilon], e.difference.count, e.reading()));
  if (std::ranges::any_of(points, [](const StudyPoint& p) { return !p.bounds.empty(); })) expect_bounds(table, points);
  return table.rows();
}

void expect_bounds(ClaimTable& table, const std::vector<StudyPoint>& points) {
  std::int64_t bounds = 0, exceeded = 0;
  for (const StudyPoint& p : points)
    for (const EpsilonBound& bound : p.bounds) ++bounds, exceeded += bound.unexplained() < 0;
  table
      .expect("the bound at a cut-off exceeds the directions below it", "never",
              exceeded ? fmt::format("{} of {} times", exceeded, bounds) : "never")
      .because(fmt::format("{} bounds on networks before and after training", bounds));
}

report::Table<StudyPoint> points_table() {
  report::Table<StudyPoint> table{{"data", "data", &StudyPoint::data},
                                  {"width", "width", &StudyPoint::width},
                                  {"weight_decay", "weight decay", &StudyPoint::weight_decay},
                                  {"seed", "seed", &StudyPoint::seed},
                                  {"epoch", "epoch", &StudyPoint::epoch},
                                  {"parameters", "N", &StudyPoint::parameters},
                                  {"test_loss", "test loss", &StudyPoint::test_loss},
                                  {"accuracy", "accuracy", &StudyPoint::accuracy},
                                  {"low_rank_share", "free by low rank", &StudyPoint::low_rank_share},
                                  {"dead_share", "dead", &StudyPoint::dead_share},
                                  {"on_share", "always on", &StudyPoint::on_share}};
  const auto add = [&](const std::string& name, auto value) { table.add({name, name, value}); };
  for (std::size_t e = 0; e < epsilon_grid.size(); ++e) {
    add(fmt::format("free_share_{:g}", epsilon_grid[e]), [e](const StudyPoint& p) { return p.free_share[e]; });
    add(fmt::format("soft_count_{:g}", epsilon_grid[e]), [e](const StudyPoint& p) { return p.soft_count[e]; });
  }
  const auto add_count = [&](const std::string& name, std::size_t e, auto count) {
    add(name, [e, count](const StudyPoint& p) { return bounded(p) ? Json(count(p.bounds[e])) : Json(); });
  };
  for (std::size_t e = 0; e < bound_grid.size(); ++e) {
    for (const interp::BoundKind& kind : interp::bound_kinds()) add_count(key_of(kind, bound_grid[e]), e, kind.count);
    add_count(fmt::format("bound_{:g}", bound_grid[e]), e, std::mem_fn(&EpsilonBound::bound));
  }
  return table;
}

}  // namespace basin::experiments
