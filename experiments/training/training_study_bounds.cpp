#include "experiments/training/training_study_bounds.h"

#include <fmt/format.h>

#include <algorithm>

namespace basin::experiments {
namespace {

using interp::EpsilonBound;

struct Kind {
  const char* name;
  std::int64_t (*count)(const EpsilonBound&);
};

constexpr Kind kinds[] = {{"low activations", [](const EpsilonBound& b) { return b.activations; }},
                          {"low gradients", [](const EpsilonBound& b) { return b.gradients; }},
                          {"low products", [](const EpsilonBound& b) { return b.products; }},
                          {"conditional", [](const EpsilonBound& b) { return b.conditional; }},
                          {"rescaling", [](const EpsilonBound& b) { return b.rescaling; }},
                          {"synchronised", [](const EpsilonBound& b) { return b.synchronised; }},
                          {"unexplained", [](const EpsilonBound& b) { return b.unexplained(); }},
                          {"all", [](const EpsilonBound& b) { return b.free; }}};

// The networks of one setting, by seed: before[i] and after[i] are one network.
struct Group {
  StudySetting setting;
  std::vector<const StudyPoint*> before, after;
};

std::vector<Group> groups(const std::vector<StudyPoint>& points) {
  std::vector<Group> all;
  if (points.empty()) return all;
  const auto last = std::ranges::max_element(points, {}, &StudyPoint::epoch)->epoch;
  for (const StudyPoint& p : points) {
    if (p.bounds.empty()) continue;
    const StudySetting setting{p.data, p.width, p.weight_decay};
    auto at = std::ranges::find(all, setting, &Group::setting);
    if (at == all.end()) at = all.insert(at, {setting, {}, {}});
    (p.epoch == last ? at->after : at->before).push_back(&p);
  }
  std::erase_if(all, [](const Group& g) { return g.before.size() != g.after.size(); });
  return all;
}

template <class Value>
std::vector<double> over_seeds(const std::vector<const StudyPoint*>& points, const Value& value) {
  std::vector<double> all;
  for (const StudyPoint* p : points) all.push_back(value(*p));
  return all;
}

KindChange change_of(const Group& group, std::size_t e, const Kind& kind) {
  const auto share = [&](const StudyPoint& p) { return double(kind.count(p.bounds[e])) / double(p.parameters); };
  const std::vector<double> before = over_seeds(group.before, share), after = over_seeds(group.after, share);
  std::vector<double> change;
  for (std::size_t i = 0; i < before.size(); ++i) change.push_back(after[i] - before[i]);
  return {group.setting, bound_grid[e], kind.name, estimate(before).mean, estimate(after).mean, estimate(change)};
}

double explained(const EpsilonBound& b) { return b.free ? double(b.bound()) / double(b.free) : 1; }

std::string key_of(const Kind& kind, double epsilon) {
  std::string name = kind.name == std::string("all") ? "free" : kind.name;
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

std::vector<Tightness> tightness(const std::vector<StudyPoint>& points) {
  std::vector<Tightness> all;
  for (const Group& group : groups(points))
    for (std::size_t e = 0; e < bound_grid.size(); ++e) {
      const auto share = [&](const StudyPoint& p) { return explained(p.bounds[e]); };
      all.push_back({group.setting, bound_grid[e], estimate(over_seeds(group.before, share)),
                     estimate(over_seeds(group.after, share))});
    }
  return all;
}

std::vector<std::pair<std::string, std::int64_t>> bound_fields(const StudyPoint& point) {
  std::vector<std::pair<std::string, std::int64_t>> fields;
  for (const EpsilonBound& bound : point.bounds) {
    for (const Kind& kind : kinds) fields.emplace_back(key_of(kind, bound.epsilon), kind.count(bound));
    fields.emplace_back(fmt::format("bound_{:g}", bound.epsilon), bound.bound());
  }
  return fields;
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
