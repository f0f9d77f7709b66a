// Many sites at once: names by patterns, and the positions, heads and features of what they name.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "autodiff/named_values.h"
#include "core/names.h"
#include "interp/look/site.h"

namespace basin::interp {
namespace {

constexpr std::array<std::pair<std::string_view, SitesBy>, 4> by_names{{{"value", SitesBy::value},
                                                                        {"position", SitesBy::position},
                                                                        {"head", SitesBy::head},
                                                                        {"feature", SitesBy::feature}}};

bool ends_in(const std::string& name, std::initializer_list<std::string_view> hooks) {
  return std::ranges::any_of(hooks, [&](std::string_view hook) { return name.ends_with(hook); });
}

// The axis behind the rows that counts positions, heads or features, or -1.
int axis_of(const std::string& name, int axes, SitesBy by) {
  const bool scores = ends_in(name, {".hook_pattern", ".hook_attn_scores"});
  const bool has_heads = ends_in(name, {".hook_q", ".hook_k", ".hook_v", ".hook_z"});
  switch (by) {
    case SitesBy::position: return scores ? 1 : axes >= 2 ? 0 : -1;
    case SitesBy::head: return scores ? 0 : has_heads ? 1 : -1;
    case SitesBy::feature: return axes - 1;
    case SitesBy::value: break;
  }
  return -1;
}

bool fits(const std::string& pattern, const NamedValue& v) {
  if (!v.shape.starts_with("[n")) return false;
  if (v.role == ValueRole::input) return pattern == v.name;
  return v.role == ValueRole::inner && matches_glob(pattern, v.name);
}

}  // namespace

SitesBy sites_by_from(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [known, by] : by_names) {
    if (known == name) return by;
    names.push_back(known);
  }
  throw UsageError(fmt::format("sites by '{}' given; wanted one of {}", name, fmt::join(names, ", ")));
}

std::vector<std::string> names_matching(const Model& model, const std::vector<std::string>& patterns) {
  const std::vector<NamedValue> values = named_values(model);
  std::vector<std::string> all, names;
  for (const NamedValue& v : values) {
    if (v.role != ValueRole::parameter) all.push_back(v.name);
    if (std::ranges::any_of(patterns, [&](const std::string& p) { return fits(p, v); })) names.push_back(v.name);
  }
  for (const std::string& pattern : patterns)
    if (std::ranges::none_of(values, [&](const NamedValue& v) { return fits(pattern, v); }))
      throw NameError(fmt::format("'{}' matches no value that is computed of the data; help: the nearest name is '{}'",
                                  pattern, nearest_name(pattern, all)));
  return names;
}

std::vector<Site> sites_of(const Model& model, const std::vector<std::string>& patterns, SitesBy by) {
  Graph graph;
  model.trace(graph, 1);
  std::vector<Site> sites;
  for (const std::string& name : names_matching(model, patterns)) {
    const Shape& shape = graph[name].shape();
    const int axes = shape.rank() - 1, axis = by == SitesBy::value ? -1 : axis_of(name, axes, by);
    if (by == SitesBy::value) sites.push_back({.value = name});
    for (std::int64_t i = 0; axis >= 0 && i < shape[axis + 1]; ++i) {
      Site& site = sites.emplace_back(Site{.value = name, .region = std::vector<AxisRange>(std::size_t(axis))});
      site.region.push_back(AxisRange::at(i));
    }
  }
  if (sites.empty())
    throw UsageError(fmt::format("of {} none has the axis that is asked for; help: take sites by value or by feature",
                                 fmt::join(patterns, ", ")));
  return sites;
}

}  // namespace basin::interp
