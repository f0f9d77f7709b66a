#include "experiments/degeneracy/degeneracy_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiments/report/page.h"

namespace basin::experiments {
namespace {

using report::Json;

std::string joined(const Json& numbers, const char* between = " ") {
  return fmt::format("{}", fmt::join(numbers.get<std::vector<std::int64_t>>(), between));
}

std::string undecided(const Json& both) {
  return fmt::format("undecided, {} or {}", both[0].get<std::int64_t>(), both[1].get<std::int64_t>());
}

// The first few of many pairs of one kind, the number of all of them, and of those left out.
void add_pairs(Json& fields, const std::string& kind) {
  constexpr std::size_t shown = 8;
  Json& pairs = fields[kind + "_pairs"];
  const std::size_t all = pairs.size();
  fields[kind] = all;
  fields["more_" + kind] = all - std::min(all, shown);
  pairs.get_ref<Json::array_t&>().resize(std::min(all, shown));
  for (Json& pair : pairs)
    for (const char* list : {"neurons", "complement", "readers"})
      if (pair.contains(list)) pair[list] = joined(pair[list]);
}

// What counts rest on. `most`: the number of rows of J, in words.
void add_remarks(Json& fields, bool decided, bool full_rank, const char* most, double gap) {
  fields["undecided"] = !decided;
  fields["rows"] = full_rank ? most : "";
  fields["small_gap"] = gap < 100 ? Json(gap) : Json();
}

std::string sum_text(const interp::SpectralSum& s) {
  return fmt::format("{:.1f} ± {:.1f} ({:.1f})", s.value, s.standard_error, s.unresolved);
}

// The page's text for one of its four kinds of answers.
std::string filled(Json fields, const char* kind, const std::string& what) {
  for (const char* each : {"exact", "attention", "model", "scaled"}) fields[each] = std::string_view(kind) == each;
  fields["what"] = what;
  const report::PageText page = report::page_text("degeneracy");
  return report::page_code(page.markdown, page.name, fields);
}

}  // namespace

std::string degeneracy_text(const interp::DegeneracyReport& r, const interp::DegeneracyDetails& d,
                            const std::string& what) {
  Json fields = Json::parse(interp::to_json(r, d));
  for (const auto& [name, both] : fields["readings"].items()) fields[name] = undecided(both);
  for (std::size_t l = 0; l < r.layers.size(); ++l) {
    const interp::LayerDegeneracy& layer = r.layers[l];
    fields["layers"][l].update({{"weights", fmt::format("{} x {}", layer.rows, layer.columns)},
                                {"activation", fmt::format("{} of {}", layer.activation.rank, layer.columns)},
                                {"gradient", fmt::format("{} of {}", layer.gradient.rank, layer.rows)}});
  }
  for (Json& block : fields["blocks"]) block["neurons"] = joined(block["neurons"]);
  fields["at_ceiling"] = fields["below_ceiling"] == 0;
  fields["too_few_rows"] = r.samples * r.outputs < r.ceiling ? Json(r.samples * r.outputs) : Json();
  fields["relus"] = !std::isinf(r.firing_margin);
  fields["alone"] = std::ranges::count(r.blocks, interp::BlockKind::single, &interp::FiringBlock::kind);
  fields["low_ranks"] = r.formula() - r.gauge.rank;
  fields["gauge"] = r.gauge.rank;
  fields["conditional_ranks"] = joined(fields["conditional_ranks"], ", ");
  const auto& [complementary, nested] = r.conditional.relations;
  fields["related"] =
      !complementary.empty() || !nested.empty() || r.conditional.lower_bound_patterns != r.conditional.lower_bound;
  for (std::size_t i = 0; i < nested.size(); ++i)
    fields["nested_pairs"][i]["reader_layer"] = r.layers[nested[i].layer + 1].name;
  for (const char* kind : {"complementary", "nested"}) add_pairs(fields, kind);
  fields["corrected"] = d.corrected.has_value();
  fields["epsilon"];  // also where none was asked for
  add_remarks(fields, r.decided(), r.jacobian.rank == r.samples * r.outputs, "samples x outputs", r.smallest_gap());
  return filled(fields, "exact", what);
}

std::string attention_text(const interp::AttentionDegeneracy& found, const std::string& what) {
  Json fields = Json::parse(interp::to_json(found));
  for (Json& group : fields["groups"]) group = {{"heads", joined(group)}, {"shared", group.size() > 1}};
  if (!found.decided()) {
    const std::int64_t all = found.jacobian.above_rounding;
    fields["jacobian_rank"] = undecided({all, found.jacobian.rank});
    fields["free_directions"] = undecided(fields["readings"]["free_directions"]);
    fields["residual"] = "undecided";
  }
  add_remarks(fields, found.decided(), found.jacobian.rank == found.samples * found.positions * found.shape.d_model,
              "samples x positions x d_model", found.jacobian.gap);
  return filled(fields, "attention", what);
}

std::string model_text(const interp::ModelSubject& subject, const std::vector<double>& epsilons,
                       const std::string& what) {
  const interp::ModelDegeneracy& found = subject.found;
  Json fields = Json::parse(interp::to_json(subject, epsilons));
  for (const auto& [name, both] : fields["readings"].items()) fields[name] = undecided(both);
  for (Json& family : fields["families"]) {
    if (family.contains("readings"))
      for (const auto& [name, both] : family["readings"].items()) family[name] = undecided(both);
    for (const char* count : {"own", "gained"})
      if (family[count].is_number()) family[count] = fmt::format("{}", family[count].get<std::int64_t>());
  }
  Json shared = Json::array();
  for (std::size_t k = 0; k < fields["patterns"].size(); ++k)
    for (const Json& group : fields["patterns"][k]["groups"])
      if (group.size() > 1) shared.push_back({{"layer", k}, {"heads", joined(group)}});
  fields["shared"] = shared;
  add_remarks(fields, found.decided(), found.jacobian.rank == found.samples * found.outputs, "samples x outputs",
              found.jacobian.gap);
  return filled(fields, "model", what);
}

std::string scaled_text(const interp::ScaledDegeneracy& r, const std::string& what) {
  Json fields = Json::parse(interp::to_json(r));
  fields["largest"] = r.top.values.front();
  for (std::size_t i = 0; i < r.counts.size(); ++i)
    fields["counts"][i].update({{"soft", sum_text(r.counts[i].soft)}, {"above", sum_text(r.counts[i].above)}});
  return filled(fields, "scaled", what);
}

}  // namespace basin::experiments
