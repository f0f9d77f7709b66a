#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "experiments/shared/intervals.h"
#include "experiments/shared/rows.h"
#include "experiments/sparsity/sparsity_findings.h"

namespace basin::experiments {
namespace {

using interp::BasisKind;
using interp::SectionSparsity;
using report::Json;
using report::Table;

// The geometric mean and its interval: that of logarithms, none counted as one.
std::string text(const Estimate& logs) {
  const std::string mean = fmt::format("{:.1f}", std::exp(logs.mean));
  return std::isfinite(logs.low) ? fmt::format("{} [{:.1f}, {:.1f}]", mean, std::exp(logs.low), std::exp(logs.high))
                                 : mean;
}

// The networks of a setting in one section and basis.
struct SectionInBasis {
  std::int64_t section = 0;
  BasisKind kind{};
  std::vector<SectionSparsity> nets{};
  bool accuracy = false;

  template <class Value>
  Estimate of(const Value& value) const {
    return estimate(values(nets, [&](const SectionSparsity& s) { return double(std::invoke(value, s)); }));
  }
  template <class Value>
  std::string shown(const Value& value) const {
    return text(of([&](const SectionSparsity& s) { return std::log(std::max(1.0, double(std::invoke(value, s)))); }));
  }
};

std::vector<SectionInBasis> sections_of(const std::vector<SparsityNet>& compared) {
  std::vector<SectionInBasis> all;
  const bool accuracy = std::ranges::all_of(compared, &SparsityNet::accuracy_measurable);
  for (std::size_t l = 0; l < compared.front().in(BasisKind::lib).size(); ++l)
    for (const BasisKind kind : compared_bases)
      all.push_back(
          {std::int64_t(l), kind, values(compared, [&](const SparsityNet& n) { return n.in(kind)[l]; }), accuracy});
  return all;
}

const Table<SectionInBasis> sections_table{
    {"section", "section", &SectionInBasis::section},
    {"basis", "basis", [](const SectionInBasis& s) { return std::string(name_of(s.kind)); }},
    {"features", "features", [](const SectionInBasis& s) { return s.of(&SectionSparsity::features).mean; }, "{:.1f}"},
    {"edges", "edges", [](const SectionInBasis& s) { return s.of(&SectionSparsity::edges).mean; }, "{:.1f}"},
    {"above", "above 0", [](const SectionInBasis& s) { return s.of(&SectionSparsity::above_rounding).mean; }, "{:.1f}"},
    {"effective", "effective", [](const SectionInBasis& s) { return s.shown(&SectionSparsity::effective); }},
    {"loss", "required for the loss",
     [](const SectionInBasis& s) { return s.shown([](const SectionSparsity& n) { return n.required[0]; }); }},
    {"accuracy", "for the accuracy", [](const SectionInBasis& s) {
       return s.accuracy ? s.shown([](const SectionSparsity& n) { return n.required[1]; })
                         : std::string("not measurable");
     }}};

const Table<SparsityContrast> contrasts_table{
    {"section", "section", &SparsityContrast::section},
    {"measure", "measure", [](const SparsityContrast& c) { return c.measure.name; }},
    {"bases", "bases",
     [](const SparsityContrast& c) { return fmt::format("{} − {}", name_of(c.second), name_of(c.first)); }},
    {"ratio", "times", [](const SparsityContrast& c) { return c.difference.ratio(); }, "{:.2f}"},
    {"log", "difference of logs", [](const SparsityContrast& c) { return c.difference.mean; }, "{:+.2f}"},
    {"low", "95 % from", [](const SparsityContrast& c) { return c.difference.low; }, "{:+.2f}"},
    {"high", "to", [](const SparsityContrast& c) { return c.difference.high; }, "{:+.2f}"},
    {"effect", "effect size", [](const SparsityContrast& c) { return c.difference.effect_size(); }, "{:+.1f}"},
    {"verdict", "sparser?", [](const SparsityContrast& c) { return c.difference.verdict(); }}};

Json verdicts(const std::vector<SparsityContrast>& all) {
  const auto count = [&](const char* verdict) {
    return std::ranges::count(all, verdict, [](const SparsityContrast& c) { return c.difference.verdict(); });
  };
  return {{"all", all.size()},
          {"holds", count("holds")},
          {"fails", count("does not hold")},
          {"undecided", count("undecided")}};
}

// By key "lib_pca", …
Json verdicts_by_bases(const std::vector<SparsityContrast>& all) {
  Json found = Json::object();
  for (const BasisKind second : {BasisKind::lib, BasisKind::ib})
    for (const BasisKind first : {BasisKind::pca, BasisKind::neuron})
      found[fmt::format("{}_{}", name_of(second), name_of(first))] =
          verdicts(where(all, [&](const SparsityContrast& c) { return c.first == first && c.second == second; }));
  return found;
}

Json titles(const std::vector<SparsityContrast>& all, const char* verdict) {
  Json found = Json::array();
  for (const SparsityContrast& c : all)
    if (c.difference.verdict() == verdict)
      found.push_back({{"title", c.title()}, {"ratio", c.difference.ratio()}, {"text", c.difference.text()}});
  return found;
}

// The local basis against another, all sections together: edges required for the loss, and features of all sections.
Json totals(const std::vector<SparsityNet>& compared, BasisKind other) {
  const auto sums = [&](BasisKind kind, const auto& value) {
    return values(compared, [&](const SparsityNet& n) { return double(total(n.in(kind), value)); });
  };
  const auto required = [](const SectionSparsity& s) { return s.required[0]; };
  const LogDifference edges(sums(other, required), sums(BasisKind::lib, required));
  const LogDifference features(sums(other, &SectionSparsity::features),
                               sums(BasisKind::lib, &SectionSparsity::features));
  return {{"edges", edges.ratio()},
          {"low", std::exp(edges.low)},
          {"high", std::exp(edges.high)},
          {"features", features.ratio()}};
}

Json setting_results(const std::vector<SparsityNet>& nets, const std::vector<SparsityContrast>& contrasts,
                     const std::string& setting) {
  const std::vector<SparsityNet> compared = compared_nets(nets, setting);
  const auto of = where(contrasts, [&](const SparsityContrast& c) { return c.setting == setting; });
  Json one{{"setting", setting},
           {"networks", compared.size()},
           {"rows", compared.front().rows},
           {"parameters", compared.front().parameters},
           {"loss", mean(compared, &SparsityNet::loss)},
           {"constant_loss", mean(compared, &SparsityNet::constant_loss)},
           {"classes", !std::isnan(compared.front().accuracy)},
           {"accuracy", mean(compared, &SparsityNet::accuracy)},
           {"accuracy_measurable", std::ranges::all_of(compared, &SparsityNet::accuracy_measurable)},
           {"verdicts", verdicts_by_bases(of)},
           {"pca", totals(compared, BasisKind::pca)},
           {"neuron", totals(compared, BasisKind::neuron)},
           {"fails", titles(of, "does not hold")},
           {"undecided", titles(of, "undecided")},
           {"sections", sections_table.json(sections_of(compared))},
           {"contrasts", contrasts_table.json(of)},
           {"required_figure", setting + "_required"},
           {"effective_figure", setting + "_effective"}};
  return one;
}

Json removed_results(const std::vector<SparsityNet>& nets) {
  const auto asked = where(nets, [](const SparsityNet& n) { return !n.removed.empty(); });
  const Table<SparsityNet> table{
      {"setting", "setting", &SparsityNet::setting},
      {"seed", "seed", &SparsityNet::seed},
      {"parameters", "N", &SparsityNet::parameters},
      {"free", "free", [](const SparsityNet& n) { return n.removed.back().seen.directions; }},
      {"removed", "removed, N − N_rep", [](const SparsityNet& n) { return n.removed.back().seen.removed(); }},
      {"kinds", "by kind", [](const SparsityNet& n) { return removed_text(n.removed); }},
      {"seen", "faintest seen", [](const SparsityNet& n) { return n.removed.back().seen.rank.smallest_kept; },
       "{:.0e}"},
      {"unseen", "strongest not", [](const SparsityNet& n) { return n.removed.back().seen.rank.largest_dropped; },
       "{:.0e}"}};
  if (asked.empty()) return nullptr;
  return {{"table", table.json(asked)},
          {"networks", asked.size()},
          {"free", total(asked, [](const SparsityNet& n) { return n.removed.back().seen.directions; })},
          {"removed", total(asked, [](const SparsityNet& n) { return n.removed.back().seen.removed(); })}};
}

Json degeneracy_results(const std::vector<SparsityNet>& nets) {
  Json all = Json::array();
  for (const DegeneracyCorrelation& c : degeneracy_correlations(nets))
    all.push_back({{"setting", c.setting},
                   {"count", c.all.count},
                   {"all", interval(c.all)},
                   {"within", interval(c.within)},
                   {"seeds", interval(c.seeds)},
                   {"beyond_dead", interval(c.seeds_beyond_dead)},
                   {"dead", mean(where(nets, [&](const SparsityNet& n) { return n.setting == c.setting; }),
                                 &SparsityNet::dead_share)},
                   {"seed_count", c.seeds.count},
                   {"figure", c.setting + "_degeneracy"}});
  return all;
}

// A row of metrics.jsonl.
struct Line {
  const SparsityNet& net;
  BasisKind kind;
  std::size_t section;
  const SectionSparsity& of;
};

}  // namespace

std::string sparsity_lines(const std::vector<SparsityNet>& nets) {
  std::vector<Line> lines;
  for (const SparsityNet& net : nets)
    for (const BasisSections& basis : net.bases)
      for (std::size_t l = 0; l < basis.sections.size(); ++l) lines.push_back({net, basis.kind, l, basis.sections[l]});
  Table<Line> table{{"basis", "", [](const Line& l) { return std::string(name_of(l.kind)); }},
                    {"section", "", &Line::section}};
  const auto add_net = [&](const std::string& key, auto value) {
    table.add({key, "", [value](const Line& l) { return std::invoke(value, l.net); }});
  };
  add_net("setting", &SparsityNet::setting), add_net("weight_decay", &SparsityNet::weight_decay);
  add_net("seed", &SparsityNet::seed), add_net("epoch", &SparsityNet::epoch);
  add_net("rows", &SparsityNet::rows), add_net("parameters", &SparsityNet::parameters);
  add_net("loss", &SparsityNet::loss), add_net("constant_loss", &SparsityNet::constant_loss);
  add_net("accuracy", &SparsityNet::accuracy), add_net("free_share", &SparsityNet::free_share);
  add_net("dead_share", &SparsityNet::dead_share);
  const auto add = [&](const std::string& key, auto value) {
    table.add({key, "", [value](const Line& l) { return std::invoke(value, l.of); }});
  };
  add("features", &SectionSparsity::features), add("targets", &SectionSparsity::targets);
  add("edges", &SectionSparsity::edges), add("above_rounding", &SectionSparsity::above_rounding);
  add("effective", &SectionSparsity::effective), add("required", &SectionSparsity::required);
  return report::table_json_lines(table.json(lines));
}

Json sparsity_results(const std::vector<SparsityNet>& nets, const SparsitySpec& spec) {
  const std::vector<SparsityContrast> contrasts = sparsity_contrasts(nets);
  Json results{{"networks", nets.size()},
               {"seeds", spec.seeds},
               {"epsilon", spec.epsilon},
               {"comparisons", contrasts.size()},
               {"verdicts", verdicts_by_bases(contrasts)},
               {"settings", Json::array()},
               {"fails", titles(contrasts, "does not hold")},
               {"removed", removed_results(nets)},
               {"degeneracy", degeneracy_results(nets)}};
  results["module_cutoff"] = module_cutoff;
  for (const std::string& setting : spec.settings)
    results["settings"].push_back(setting_results(nets, contrasts, setting));
  return results;
}

}  // namespace basin::experiments
