#include <fmt/ranges.h>

#include <algorithm>

#include "experiments/kinds/kinds_findings.h"
#include "experiments/kinds/kinds_pictures.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

const Table<FamilySummary> families_table{{"family", "hidden layers", &FamilySummary::name},
                                          {"nets", "networks", &FamilySummary::nets},
                                          {"parameters", "N", &FamilySummary::parameters, "{:.1f}"},
                                          {"free", "free", &FamilySummary::free, "{:.1f}"},
                                          {"low_rank", "low ranks", &FamilySummary::low_rank, "{:.1f}"},
                                          {"gauge", "blocks", &FamilySummary::gauge, "{:.1f}"},
                                          {"conditional", "conditional", &FamilySummary::conditional, "{:.1f}"},
                                          {"unexplained", "not explained", &FamilySummary::unexplained, "{:.2f}"},
                                          {"tight", "(*) exact", &FamilySummary::tight},
                                          {"naive_too_large", "naive over", &FamilySummary::naive_too_large}};

const Table<UntouchedRow> untouched_table{
    {"widths", "widths", [](const UntouchedRow& u) { return fmt::format("{}", fmt::join(u.widths, "-")); }},
    {"nets", "networks", &UntouchedRow::nets},
    {"parameters", "N", &UntouchedRow::parameters},
    {"beyond_rescaling", "beyond rescaling", &UntouchedRow::beyond_rescaling, "{:.1f}"},
    {"explained", "by (*)", &UntouchedRow::explained, "{:.1f}"},
    {"conditional", "by conditional ranks", &UntouchedRow::conditional, "{:.1f}"},
    {"unexplained", "not explained", &UntouchedRow::unexplained, "{:.2f}"},
    {"smallest_gap", "smallest gap of J", &UntouchedRow::smallest_gap, "{:.1e}"}};

// The family with the most of something, and how much of it a network has on average.
Json most(const std::vector<FamilySummary>& families, double FamilySummary::*value) {
  const FamilySummary& top = *std::ranges::max_element(families, {}, [&](const FamilySummary& s) { return s.*value; });
  return {{"family", top.name}, {"mean", top.*value}};
}

// What is beyond one rescaling for each hidden neuron, on average over all networks, and which shares explain it.
Json random_networks(const std::vector<UntouchedRow>& rows) {
  const auto over_nets = [&](double UntouchedRow::*value) {
    return total(rows, [&](const UntouchedRow& row) { return row.nets * row.*value; });
  };
  const double beyond = over_nets(&UntouchedRow::beyond_rescaling), explained = over_nets(&UntouchedRow::explained),
               conditional = over_nets(&UntouchedRow::conditional);
  if (beyond <= 0) return {{"beyond", 0.0}};
  return {{"beyond", beyond / total(rows, &UntouchedRow::nets)},
          {"explained", explained / beyond},
          {"conditional", conditional / beyond},
          {"left", (beyond - explained - conditional) / beyond}};
}

}  // namespace

Json kinds_results(const KindsFindings& f) {
  const std::vector<FamilySummary> families = family_summaries(f.planted);
  const std::int64_t slack = total(f.planted, &KindCounts::slack),
                     conditional = total(f.planted, &KindCounts::conditional);
  Json results{
      {"planted", f.planted.size()},
      {"untouched", total(f.untouched, &UntouchedRow::nets)},
      {"violated", total(families, &FamilySummary::violations) + total(f.untouched, &UntouchedRow::violations)},
      {"tight", total(families, &FamilySummary::tight)},
      {"tight_with_conditional", total(families, &FamilySummary::tight_with_conditional)},
      {"naive_too_large", total(families, &FamilySummary::naive_too_large)},
      {"slack", slack},
      {"slack_conditional", conditional},
      {"slack_share", slack ? double(conditional) / double(slack) : 0.0},
      {"most_low_rank", most(families, &FamilySummary::low_rank)},
      {"most_gauge", most(families, &FamilySummary::gauge)},
      {"most_unexplained", most(families, &FamilySummary::unexplained)},
      {"random_networks", random_networks(f.untouched)},
      {"families", families_table.json(families)},
      {"random", untouched_table.json(f.untouched)}};
  results["networks"] = f.planted.size() + results["untouched"].get<std::size_t>();
  for (const KindPicture& picture : kind_pictures()) results[picture.name] = picture.numbers;
  return results;
}

}  // namespace basin::experiments
