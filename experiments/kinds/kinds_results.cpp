#include <fmt/ranges.h>

#include <algorithm>

#include "experiments/kinds/kinds_findings.h"
#include "experiments/kinds/kinds_pictures.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

bool violated(const KindCounts& net) { return net.slack() < 0 || net.unexplained() < 0; }
bool tight(const KindCounts& net) { return net.slack() == 0; }
bool tight_with_conditional(const KindCounts& net) { return net.unexplained() == 0; }
bool naive_too_large(const KindCounts& net) { return net.naive > net.free; }

const Table<Family> families_table{
    {"family", "hidden layers", [](const Family& f) { return f.front().family; }},
    {"nets", "networks", [](const Family& f) { return f.size(); }},
    {"parameters", "N", family_mean(&KindCounts::parameters), "{:.1f}"},
    {"free", "free", family_mean(&KindCounts::free), "{:.1f}"},
    {"low_rank", "low ranks", family_mean(&KindCounts::low_rank), "{:.1f}"},
    {"gauge", "blocks", family_mean(&KindCounts::gauge), "{:.1f}"},
    {"conditional", "conditional", family_mean(&KindCounts::conditional), "{:.1f}"},
    {"unexplained", "not explained", family_mean(&KindCounts::unexplained), "{:.2f}"},
    {"tight", "(*) exact", [](const Family& f) { return std::ranges::count_if(f, tight); }},
    {"naive_too_large", "naive over", [](const Family& f) { return std::ranges::count_if(f, naive_too_large); }}};

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
template <class Count>
Json most(const std::vector<Family>& groups, const Count& count) {
  const Family& top = *std::ranges::max_element(groups, {}, family_mean(count));
  return {{"family", top.front().family}, {"mean", family_mean(count)(top)}};
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
  const std::vector<Family> groups = families(f.planted);
  const auto number = [&](const auto& holds) { return std::ranges::count_if(f.planted, holds); };
  const std::int64_t slack = total(f.planted, &KindCounts::slack),
                     conditional = total(f.planted, &KindCounts::conditional);
  Json results{{"planted", f.planted.size()},
               {"untouched", total(f.untouched, &UntouchedRow::nets)},
               {"violated", number(violated) + total(f.untouched, &UntouchedRow::violations)},
               {"tight", number(tight)},
               {"tight_with_conditional", number(tight_with_conditional)},
               {"naive_too_large", number(naive_too_large)},
               {"slack", slack},
               {"slack_conditional", conditional},
               {"slack_share", slack ? double(conditional) / double(slack) : 0.0},
               {"most_low_rank", most(groups, &KindCounts::low_rank)},
               {"most_gauge", most(groups, &KindCounts::gauge)},
               {"most_unexplained", most(groups, &KindCounts::unexplained)},
               {"random_networks", random_networks(f.untouched)},
               {"families", families_table.json(groups)},
               {"random", untouched_table.json(f.untouched)}};
  results["networks"] = f.planted.size() + results["untouched"].get<std::size_t>();
  for (const KindPicture& picture : kind_pictures()) results[picture.name] = picture.numbers;
  return results;
}

}  // namespace basin::experiments
