#include <algorithm>
#include <nlohmann/json.hpp>

#include "interp/degeneracy/model_degeneracy.h"

namespace basin::interp {
namespace {

using Json = nlohmann::ordered_json;

// A count, or null where its readings differ; then both stand in `readings`.
void put(Json& object, Json& readings, const char* name, const Reading& count) {
  object[name] = count.decided() ? Json(count.at_tolerance) : Json();
  if (!count.decided()) readings[name] = {count.at_rounding, count.at_tolerance};
}

Json as_json(const ExplainedFamily& family) {
  Json object{{"label", family.label}, {"moves", family.moves}}, readings = Json::object();
  put(object, readings, "own", family.own);
  put(object, readings, "gained", family.gained);
  object["residual"] = family.residual;
  if (!readings.empty()) object["readings"] = readings;
  return object;
}

// Indices by group, in the order of the first of each.
std::vector<std::vector<std::int64_t>> groups_of(const std::vector<std::int64_t>& first) {
  std::vector<std::vector<std::int64_t>> groups;
  for (std::int64_t i = 0; i < std::ssize(first); ++i) {
    const auto group = std::ranges::find(groups, first[i], [](const auto& g) { return g.front(); });
    group == groups.end() ? groups.push_back({i}) : group->push_back(i);
  }
  return groups;
}

Json as_json(const PatternRelations& patterns) {
  return {{"groups", groups_of(patterns.group)}, {"within", patterns.within}, {"between", patterns.between}};
}

// Neurons that fire together, and those that fire always or never.
Json as_json(const FiringRelations& firing) {
  Json together = Json::array(), always = Json::array(), never = Json::array();
  for (const auto& group : groups_of(firing.block)) {
    if (firing.always[group.front()])
      always = group;
    else if (firing.never[group.front()])
      never = group;
    else if (group.size() > 1)
      together.push_back(group);
  }
  return {{"together", together}, {"always", always}, {"never", never}};
}

Json object_of(const ModelDegeneracy& found) {
  Json object{{"verdict", found.decided() ? "decided" : "undecided"},
              {"parameters", found.parameters},
              {"samples", found.samples},
              {"outputs", found.outputs},
              {"tolerance", found.tolerance},
              {"rounding", rank_rounding}},
      readings = Json::object();
  const Reading bound = found.bound(), free = found.free();
  put(object, readings, "jacobian_rank", {found.jacobian.above_rounding, found.jacobian.rank});
  object["spectral_gap"] = found.jacobian.gap;  // null if infinite
  object["largest_dropped"] = found.jacobian.relative_dropped();
  put(object, readings, "free_directions", free);
  put(object, readings, "lower_bound", bound);
  put(object, readings, "unexplained", {free.at_rounding - bound.at_rounding, free.at_tolerance - bound.at_tolerance});
  object["families"] = Json::array();
  for (const ExplainedFamily& family : found.families) object["families"].push_back(as_json(family));
  object["patterns"] = Json::array();
  for (const PatternRelations& patterns : found.relations.softmaxes) object["patterns"].push_back(as_json(patterns));
  object["neurons"] = Json::array();
  for (const FiringRelations& firing : found.relations.relus) object["neurons"].push_back(as_json(firing));
  object["readings"] = readings;
  return object;
}

}  // namespace

std::string to_json(const ModelDegeneracy& found) { return object_of(found).dump(2); }

std::string to_json(const ModelSubject& subject, const std::vector<double>& epsilons) {
  Json object = object_of(subject.found);
  object["epsilon"] = Json::array();
  for (const NoticedAt& at : noticed_at(subject, epsilons))
    object["epsilon"].push_back({{"epsilon", at.epsilon}, {"n_eff", at.n_eff}, {"jacobian_rank", at.rank}});
  return object.dump(2);
}

}  // namespace basin::interp
