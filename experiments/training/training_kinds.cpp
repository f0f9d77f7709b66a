#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "experiments/shared/rows.h"
#include "experiments/training/training_findings.h"

namespace basin::experiments {
namespace {

using interp::EpsilonBound;
using report::Json;

struct Kind {
  std::string name;
  std::function<std::int64_t(const EpsilonBound&)> count;
};

const Kind kinds[] = {{"low activations", &EpsilonBound::activations}, {"low gradients", &EpsilonBound::gradients},
                      {"low products", &EpsilonBound::products},       {"conditional", &EpsilonBound::conditional},
                      {"rescaling", &EpsilonBound::rescaling},         {"synchronised", &EpsilonBound::synchronised},
                      {"unexplained", &EpsilonBound::unexplained},     {"all", &EpsilonBound::free}};

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

KindChange change_of(const Group& group, std::size_t e, const Kind& kind) {
  const auto share = [&](const StudyPoint& p) { return double(kind.count(p.bounds[e])) / double(p.parameters); };
  const std::vector<double> before = values(group.before, share), after = values(group.after, share);
  return {group.setting,         bound_grid[e],        kind.name,
          estimate(before).mean, estimate(after).mean, estimate(differences(before, after))};
}

Estimate explained(const std::vector<StudyPoint>& points, std::size_t e) {
  Estimate share = estimate(values(points, [&](const StudyPoint& p) {
    const EpsilonBound& b = p.bounds[e];
    return b.free ? double(b.bound()) / double(b.free) : 1.0;
  }));
  share.high = std::min(1.0, share.high);
  return share;
}

std::string key_of(const Kind& kind, double epsilon) {
  std::string name = kind.name == "all" ? "free" : kind.name;
  std::ranges::replace(name, ' ', '_');
  return fmt::format("{}_{:g}", name, epsilon);
}

}  // namespace

std::vector<KindChange> kind_changes(const std::vector<StudyPoint>& points) {
  std::vector<KindChange> all;
  for (const Group& group : groups(points))
    for (std::size_t e = 0; e < bound_grid.size(); ++e)
      for (const Kind& kind : kinds) all.push_back(change_of(group, e, kind));
  return all;
}

std::vector<KindChange> kinds_at(const std::vector<KindChange>& changes, const StudySetting& s, double epsilon) {
  std::vector<KindChange> found;
  std::ranges::copy_if(changes, std::back_inserter(found),
                       [&](const KindChange& c) { return c.setting == s && c.epsilon == epsilon; });
  return found;
}

std::vector<Tightness> tightness(const std::vector<StudyPoint>& points) {
  std::vector<Tightness> all;
  for (const Group& group : groups(points))
    for (std::size_t e = 0; e < bound_grid.size(); ++e)
      all.push_back({group.setting, bound_grid[e], explained(group.before, e), explained(group.after, e)});
  return all;
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
    for (const Kind& kind : kinds) add_count(key_of(kind, bound_grid[e]), e, kind.count);
    add_count(fmt::format("bound_{:g}", bound_grid[e]), e, std::mem_fn(&EpsilonBound::bound));
  }
  return table;
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

}  // namespace basin::experiments
