#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "experiments/kinds/kinds_findings.h"
#include "experiments/kinds/kinds_pictures.h"
#include "experiments/report/figure.h"

namespace basin::experiments {
namespace {

using report::bars;
using report::Figure;
using report::points;
using report::Series;

Series joined(Series first, const Series& second) {
  for (const double y : second.y) {
    first.x.push_back(double(first.x.size()));
    first.y.push_back(y);
  }
  return first;
}

Figure bar_figure(const std::string& title, std::vector<std::string> names, std::vector<Series> series) {
  return {.title = title,
          .y_label = "free directions, mean over the networks",
          .series = std::move(series),
          .x_names = std::move(names)};
}

Figure bound_figure(const std::vector<KindCounts>& nets) {
  Series equal{.label = "equal", .x = {0, 0}, .dashed = true};
  for (const KindCounts& net : nets) equal.x[1] = std::max(equal.x[1], double(net.free));
  equal.y = equal.x;
  return {.title = "Bounds against the truth",
          .x_label = "N - rank J, measured",
          .y_label = "free directions by the formula",
          .series = {points("bound (*)", nets, &KindCounts::free, &KindCounts::bound),
                     points("naive sum", nets, &KindCounts::free, &KindCounts::naive),
                     points("conditional bound", nets, &KindCounts::free, &KindCounts::with_conditional), equal}};
}

}  // namespace

std::vector<FamilySummary> family_summaries(const std::vector<KindCounts>& nets) {
  std::vector<FamilySummary> all;
  for (const KindCounts& net : nets) {
    if (all.empty() || all.back().name != net.family) all.push_back({.name = net.family});
    FamilySummary& f = all.back();
    ++f.nets;
    f.violations += net.slack() < 0 || net.unexplained() < 0;
    f.tight += net.slack() == 0;
    f.tight_with_conditional += net.unexplained() == 0;
    f.naive_too_large += net.naive > net.free;
    f.parameters += double(net.parameters), f.hidden += double(net.hidden), f.free += double(net.free);
    f.low_rank += double(net.low_rank), f.gauge += double(net.gauge);
    f.conditional += double(net.conditional()), f.unexplained += double(net.unexplained());
  }
  for (FamilySummary& f : all)
    for (double* sum : {&f.parameters, &f.hidden, &f.free, &f.low_rank, &f.gauge, &f.conditional, &f.unexplained})
      *sum /= f.nets;
  return all;
}

std::vector<report::NamedFigure> kinds_figures(const KindsFindings& f) {
  const std::vector<FamilySummary> families = family_summaries(f.planted);
  std::vector<std::string> planted, untouched, all;
  for (const FamilySummary& family : families) planted.push_back("planted, " + family.name), all.push_back(family.name);
  for (const UntouchedRow& row : f.untouched) untouched.push_back(fmt::format("{}", fmt::join(row.widths, "-")));
  all.insert(all.end(), untouched.begin(), untouched.end());
  const std::string by_condition = "conditional low rank", by_nothing = "not explained";
  const Series conditional = bars(by_condition, families, &FamilySummary::conditional),
               unexplained = bars(by_nothing, families, &FamilySummary::unexplained),
               untouched_conditional = bars(by_condition, f.untouched, &UntouchedRow::conditional),
               untouched_unexplained = bars(by_nothing, f.untouched, &UntouchedRow::unexplained);
  std::vector<report::NamedFigure> figures{
      {"counts_by_kind",
       bar_figure("Free directions of planted networks, by kind", planted,
                  {bars("low ranks", families, &FamilySummary::low_rank),
                   bars("blocks that fire together", families, &FamilySummary::gauge), conditional, unexplained})},
      {"bound_against_truth", bound_figure(f.planted)},
      {"untouched_networks", bar_figure("Free directions beyond rescaling of untouched networks", untouched,
                                        {bars("bound (*)", f.untouched, &UntouchedRow::explained),
                                         untouched_conditional, untouched_unexplained})},
      {"slack_by_cause",
       bar_figure("What bound (*) leaves, by cause", all,
                  {joined(conditional, untouched_conditional), joined(unexplained, untouched_unexplained)})}};
  for (const KindPicture& picture : kind_pictures()) figures.push_back(picture);
  return figures;
}

}  // namespace basin::experiments
