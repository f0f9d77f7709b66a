#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/npz.h"
#include "experiments/look/look_study.h"

namespace basin::experiments {
namespace {

// "blocks.0.attn.hook_z" as the tic of a figure: "0.attn.z".
std::string short_name(std::string name) {
  for (const std::string_view part : {"blocks.", "layers.", "hook_"})
    if (const std::size_t at = name.find(part); at != name.npos) name.erase(at, part.size());
  return name;
}

std::vector<std::string> values_of(const std::vector<ShownEffect>& effects) {
  std::vector<std::string> values;
  for (const ShownEffect& e : effects)
    if (std::ranges::count(values, e.site.value) == 0) values.push_back(e.site.value);
  return values;
}

// The index that tells a value's sites apart: that of the last axis given.
std::int64_t index_of(const interp::Site& site) {
  return site.region.empty() ? 0 : site.region.back().begin.value_or(0);
}

const char* axis_name(interp::SitesBy by) {
  switch (by) {
    case interp::SitesBy::position: return "position";
    case interp::SitesBy::head: return "head";
    case interp::SitesBy::feature: return "feature";
    case interp::SitesBy::value: break;
  }
  return "value";
}

// Rows are positions, heads or features, columns are values. Values with fewer positions than others have the last
// ones.
Matrix map_of(const std::vector<ShownEffect>& effects, const std::vector<std::string>& values, interp::SitesBy by) {
  std::vector<std::int64_t> counts(values.size());
  const auto column = [&](const ShownEffect& e) { return std::ranges::find(values, e.site.value) - values.begin(); };
  for (const ShownEffect& e : effects) {
    std::int64_t& count = counts[std::size_t(column(e))];
    count = std::max(count, index_of(e.site) + 1);
  }
  const std::int64_t rows = std::ranges::max(counts);
  Matrix map({rows, std::ssize(values)}, NAN);
  for (const ShownEffect& e : effects) {
    const std::int64_t before = by == interp::SitesBy::position ? rows - counts[std::size_t(column(e))] : 0;
    map(before + index_of(e.site), column(e)) = e.effect.mean;
  }
  return map;
}

report::Series bars(const std::vector<ShownEffect>& effects) {
  report::Series s{.label = "", .style = report::SeriesStyle::bars};
  for (std::size_t i = 0; i < effects.size(); ++i) {
    s.x.push_back(double(i)), s.y.push_back(effects[i].effect.mean);
    s.error.push_back(std::isfinite(effects[i].effect.error) ? effects[i].effect.error : 0);
  }
  return s;
}

}  // namespace

report::Json effect_table(const std::vector<ShownEffect>& effects, const std::string& effect_head) {
  const report::Table<ShownEffect> table{
      {"site", "site", [](const ShownEffect& e) { return text_of(e.site); }},
      {"metric", "metric", [](const ShownEffect& e) { return e.metric.mean; }, "{:.4f}"},
      {"metric_error", "±", [](const ShownEffect& e) { return e.metric.error; }, "{:.2g}"},
      {"effect", effect_head, [](const ShownEffect& e) { return e.effect.mean; }, "{:.4f}"},
      {"effect_error", "±", [](const ShownEffect& e) { return e.effect.error; }, "{:.2g}"}};
  return table.json(effects);
}

report::NamedFigure effect_figure(const std::string& name, const std::vector<ShownEffect>& effects,
                                  const std::string& title, const std::string& label, interp::SitesBy by) {
  const std::vector<std::string> values = values_of(effects);
  report::Figure figure{.title = title, .x_label = "value", .y_label = label};
  const bool finite = std::ranges::any_of(effects, [](const ShownEffect& e) { return std::isfinite(e.effect.mean); });
  if (values.size() > 1 && finite && values.size() < effects.size()) {
    figure.heatmap = map_of(effects, values, by), figure.heatmap_label = label, figure.y_label = axis_name(by);
    if (values.size() <= 12)
      for (const std::string& v : values) figure.x_names.push_back(short_name(v));
  } else if (finite) {
    figure.series = {bars(effects)};
    if (values.size() == 1) figure.x_label = fmt::format("{}, {}", short_name(values[0]), axis_name(by));
    if (effects.size() <= 12)
      for (const ShownEffect& e : effects) figure.x_names.push_back(short_name(text_of(e.site)));
  }
  return {name, figure};
}

void write_effects(const std::vector<ShownEffect>& effects, const std::string& path) {
  const auto column = [&](const auto& of) {
    Tensor<double> all({std::ssize(effects)});
    for (std::int64_t i = 0; i < all.size(); ++i) all[i] = of(effects[std::size_t(i)]);
    return all;
  };
  NpzWriter out;
  out.add("metric", column([](const ShownEffect& e) { return e.metric.mean; }));
  out.add("metric_error", column([](const ShownEffect& e) { return e.metric.error; }));
  out.add("effect", column([](const ShownEffect& e) { return e.effect.mean; }));
  out.add("effect_error", column([](const ShownEffect& e) { return e.effect.error; }));
  out.save(path);
}

}  // namespace basin::experiments
