#include "experiments/sparsity/sparsity_stability.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/parallel.h"
#include "experiments/shared/intervals.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using interp::BasisKind;
using interp::ModuleAgreement;
using report::Json;

const BasisModules& in(const SparsityNet& net, BasisKind kind) {
  return *std::ranges::find(net.modules, kind, &BasisModules::kind);
}

bool of_equal_data(const std::vector<SparsityNet>& nets) {
  const auto inputs = [](const SparsityNet& n) { return in(n, BasisKind::neuron).features.values.front(); };
  return std::ranges::all_of(nets, [&](const SparsityNet& n) {
    return inputs(n).shape == inputs(nets.front()).shape && inputs(n).data == inputs(nets.front()).data;
  });
}

std::int64_t modules(const interp::ModularFeatures& features) {
  std::int64_t last = -1;
  for (const auto& layer : features.modules)
    for (const std::int64_t module : layer) last = std::max(last, module);
  return last + 1;
}

// Without inputs and outputs, which are the same in all networks and would agree for that alone.
std::vector<interp::ModularFeatures> hidden(const std::vector<SparsityNet>& nets, BasisKind kind) {
  return values(nets, [&](const SparsityNet& n) {
    const auto between = [](const auto& layers) { return std::vector(layers.begin() + 1, layers.end() - 1); };
    const interp::ModularFeatures& all = in(n, kind).features;
    return interp::ModularFeatures{between(all.values), between(all.modules)};
  });
}

ModuleStability stability(const std::vector<SparsityNet>& nets, BasisKind kind, int threads) {
  const std::int64_t n = std::ssize(nets);
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = i + 1; j < n; ++j) pairs.emplace_back(i, j);
  const std::vector<interp::ModularFeatures> of = hidden(nets, kind);
  const auto found = parallel_results(threads, std::ssize(pairs), [&](std::int64_t p) {
    return interp::module_agreement(of[std::size_t(pairs[p].first)], of[std::size_t(pairs[p].second)]);
  });
  const auto over_pairs = [&](const auto& value) { return estimate_over_pairs(n, values(found, value)); };
  const auto matched = [](const ModuleAgreement& a) { return double(a.pairs.size()); };
  return {.setting = nets.front().setting,
          .kind = kind,
          .epoch = nets.front().epoch,
          .networks = n,
          .modules = mean(nets, [&](const SparsityNet& net) { return double(modules(in(net, kind).features)); }),
          .restarts = mean(nets, [&](const SparsityNet& net) { return in(net, kind).restarts; }),
          .matched = mean(found, matched),
          .compared_share = mean(found, [&](const auto& a) { return double(a.compared) / std::max(1.0, matched(a)); }),
          .correlation =
              over_pairs([](const ModuleAgreement& a) { return mean(a.pairs, &interp::FeaturePair::correlation); }),
          .adjusted_rand = over_pairs(&ModuleAgreement::adjusted_rand),
          .mutual_information = over_pairs(&ModuleAgreement::mutual_information),
          .variation = over_pairs(&ModuleAgreement::variation)};
}

// A pair of networks that share fewer than two features in modules has no agreement, and then neither has the mean.
auto text_of(Estimate ModuleStability::*value) {
  return [value](const ModuleStability& s) {
    return std::isnan((s.*value).mean) ? "not of all pairs" : interval(s.*value, 2)["text"].get<std::string>();
  };
}

const report::Table<ModuleStability> stability_table{
    {"epoch", "epoch", &ModuleStability::epoch},
    {"basis", "basis", [](const ModuleStability& s) { return std::string(name_of(s.kind)); }},
    {"modules", "modules", &ModuleStability::modules, "{:.1f}"},
    {"matched", "hidden features matched", &ModuleStability::matched, "{:.1f}"},
    {"compared", "in modules", &ModuleStability::compared_share, "{:.0%}"},
    {"correlation", "their |r|", text_of(&ModuleStability::correlation)},
    {"adjusted_rand", "adjusted Rand index", text_of(&ModuleStability::adjusted_rand)},
    {"restarts", "of two searches of one network", &ModuleStability::restarts, "{:.2f}"},
    {"mutual_information", "mutual information", text_of(&ModuleStability::mutual_information)},
    {"variation", "variation of information", text_of(&ModuleStability::variation)}};

Json said(const ModuleStability& s) {
  return {{"basis", name_of(s.kind)},
          {"rand", interval(s.adjusted_rand, 2)},
          {"variation", interval(s.variation, 2)},
          {"correlation", interval(s.correlation, 2)},
          {"restarts", s.restarts}};
}

std::vector<ModuleStability> of_setting(const std::vector<ModuleStability>& all, const std::string& setting) {
  return where(all, [&](const ModuleStability& s) { return s.setting == setting; });
}

Json setting_stability(const std::vector<ModuleStability>& of) {
  const std::int64_t last = of.back().epoch, n = of.front().networks;
  const auto trained =
      where(of, [&](const ModuleStability& s) { return s.epoch == last && std::isfinite(s.adjusted_rand.mean); });
  Json one{{"setting", of.front().setting},
           {"networks", n},
           {"pairs", n * (n - 1) / 2},
           {"epoch", last},
           {"before", nullptr},
           {"table", stability_table.json(of)},
           {"figure", of.front().setting + "_stability"}};
  const auto by_rand = [](const ModuleStability& s) { return s.adjusted_rand.mean; };
  const ModuleStability most = *std::ranges::max_element(trained, {}, by_rand);
  one["most"] = said(most), one["least"] = said(*std::ranges::min_element(trained, {}, by_rand));
  for (const ModuleStability& s : of)
    if (s.epoch < last && s.kind == most.kind && std::isfinite(s.adjusted_rand.mean)) one["before"] = said(s);
  return one;
}

report::Figure stability_figure(const std::vector<ModuleStability>& of) {
  report::Figure figure{.title = of.front().setting + ": modules over seeds of training",
                        .x_label = "basis",
                        .y_label = "mean over pairs of seeds"};
  for (const BasisKind kind : compared_bases) figure.x_names.emplace_back(name_of(kind));
  const auto add = [&](const std::string& name, std::int64_t epoch, Estimate ModuleStability::*value) {
    const auto rows = where(of, [&](const ModuleStability& s) { return s.epoch == epoch; });
    report::Series& bars = figure.series.emplace_back(report::bars(
        fmt::format("{}, epoch {}", name, epoch), rows, [&](const ModuleStability& s) { return (s.*value).mean; }));
    for (const ModuleStability& s : rows)
      bars.error.push_back(std::isfinite((s.*value).high) ? (s.*value).high - (s.*value).mean : 0);
  };
  for (const std::int64_t epoch : distinct(of, &ModuleStability::epoch)) {
    add("adjusted Rand index", epoch, &ModuleStability::adjusted_rand);
    add("|r|", epoch, &ModuleStability::correlation);
  }
  return figure;
}

}  // namespace

std::vector<ModuleStability> module_stabilities(const std::vector<SparsityNet>& nets, int threads) {
  std::vector<ModuleStability> all;
  const auto measured = where(nets, [](const SparsityNet& n) { return !n.modules.empty(); });
  for (const std::string& setting : distinct(measured, &SparsityNet::setting)) {
    const auto of = where(measured, [&](const SparsityNet& n) { return n.setting == setting; });
    if (!of_equal_data(of)) continue;
    std::vector<ModuleStability> found;
    for (const std::int64_t epoch : distinct(of, &SparsityNet::epoch))
      for (const BasisKind kind : compared_bases)
        found.push_back(stability(where(of, [&](const SparsityNet& n) { return n.epoch == epoch; }), kind, threads));
    const bool some = std::ranges::any_of(found, [&](const ModuleStability& s) {
      return s.epoch == found.back().epoch && std::isfinite(s.adjusted_rand.mean);
    });
    if (some) std::ranges::move(found, std::back_inserter(all));
  }
  return all;
}

Json stability_results(const std::vector<ModuleStability>& all) {
  Json found = Json::array();
  for (const std::string& setting : distinct(all, &ModuleStability::setting))
    found.push_back(setting_stability(of_setting(all, setting)));
  return found;
}

std::vector<report::NamedFigure> stability_figures(const std::vector<ModuleStability>& all) {
  std::vector<report::NamedFigure> figures;
  for (const std::string& setting : distinct(all, &ModuleStability::setting))
    figures.push_back({setting + "_stability", stability_figure(of_setting(all, setting))});
  report::share_y(figures);
  return figures;
}

}  // namespace basin::experiments
