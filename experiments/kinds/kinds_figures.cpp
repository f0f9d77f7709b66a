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
  double most = 0;
  for (const KindCounts& net : nets) most = std::max(most, double(net.free));
  return {.title = "Bounds against the truth",
          .x_label = "N - rank J, measured",
          .y_label = "free directions by the formula",
          .series = {points("bound (*)", nets, &KindCounts::free, &KindCounts::bound),
                     points("naive sum", nets, &KindCounts::free, &KindCounts::naive),
                     points("conditional bound", nets, &KindCounts::free, &KindCounts::with_conditional),
                     report::straight("equal", {0, most}, {0, most})}};
}

}  // namespace

std::vector<report::NamedFigure> kinds_figures(const KindsFindings& f) {
  const std::vector<Family> groups = families(f.planted);
  std::vector<std::string> planted, untouched, all;
  for (const Family& group : groups)
    planted.push_back("planted, " + group.front().family), all.push_back(group.front().family);
  for (const UntouchedRow& row : f.untouched) untouched.push_back(fmt::format("{}", fmt::join(row.widths, "-")));
  all.insert(all.end(), untouched.begin(), untouched.end());
  const std::string by_condition = "conditional low rank", by_nothing = "not explained";
  const Series conditional = bars(by_condition, groups, family_mean(&KindCounts::conditional)),
               unexplained = bars(by_nothing, groups, family_mean(&KindCounts::unexplained)),
               untouched_conditional = bars(by_condition, f.untouched, &UntouchedRow::conditional),
               untouched_unexplained = bars(by_nothing, f.untouched, &UntouchedRow::unexplained);
  std::vector<report::NamedFigure> figures{
      {"counts_by_kind", bar_figure("Free directions of planted networks, by kind", planted,
                                    {bars("low ranks", groups, family_mean(&KindCounts::low_rank)),
                                     bars("blocks that fire together", groups, family_mean(&KindCounts::gauge)),
                                     conditional, unexplained})},
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
