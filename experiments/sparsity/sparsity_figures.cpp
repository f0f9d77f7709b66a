#include <fmt/format.h>

#include <cmath>

#include "experiments/shared/rows.h"
#include "experiments/sparsity/sparsity_findings.h"

namespace basin::experiments {
namespace {

using interp::BasisKind;
using report::Figure;
using report::NamedFigure;
using report::Series;
using report::SeriesStyle;

// A bar for each section and basis: the mean over seeds, and to both sides the deviation of a network.
Figure bars_by_basis(const std::vector<SparsityNet>& compared, const SparsityMeasure& measure) {
  Figure figure{.title = compared.front().setting + ": " + measure.name,
                .x_label = "section",
                .y_label = measure.name,
                .log_y = true};
  const std::size_t sections = compared.front().in(BasisKind::lib).size();
  for (std::size_t l = 0; l < sections; ++l) figure.x_names.push_back(fmt::format("{}", l));
  for (const BasisKind kind : compared_bases) {
    Series& s = figure.series.emplace_back(Series{.label = std::string(name_of(kind)), .style = SeriesStyle::bars});
    for (std::size_t l = 0; l < sections; ++l) {
      const Estimate e = estimate(values(compared, [&](const SparsityNet& n) { return measure.value(n.in(kind)[l]); }));
      s.x.push_back(double(l)), s.y.push_back(e.mean), s.error.push_back(e.deviation);
    }
  }
  return figure;
}

Figure against_degeneracy(const std::vector<SparsityNet>& nets, const std::string& setting) {
  Figure figure{.title = setting + ": sparsity and degeneracy",
                .x_label = "effective number of edges (lib), all sections",
                .y_label = "share of free directions"};
  const auto of = where(with_degeneracy(nets), [&](const SparsityNet& n) { return n.setting == setting; });
  for (const auto& [decay, trained] : distinct(of, [](const SparsityNet& n) {
         return std::pair{n.weight_decay, n.epoch > 0};
       }))
    figure.series.push_back(report::points(
        trained ? fmt::format("weight decay {:g}", decay) : "before training",
        where(of, [&](const SparsityNet& n) { return n.weight_decay == decay && (n.epoch > 0) == trained; }),
        [](const SparsityNet& n) { return n.effective(BasisKind::lib); }, &SparsityNet::free_share));
  return figure;
}

}  // namespace

std::vector<NamedFigure> sparsity_figures(const std::vector<SparsityNet>& nets) {
  std::vector<NamedFigure> bars, degeneracy;
  for (const std::string& setting : distinct(nets, &SparsityNet::setting)) {
    const std::vector<SparsityNet> compared = compared_nets(nets, setting);
    const std::vector<SparsityMeasure> measures = sparsity_measures(compared);
    bars.push_back({setting + "_required", bars_by_basis(compared, measures[1])});
    bars.push_back({setting + "_effective", bars_by_basis(compared, measures[0])});
  }
  for (const DegeneracyCorrelation& c : degeneracy_correlations(nets))
    degeneracy.push_back({c.setting + "_degeneracy", against_degeneracy(nets, c.setting)});
  report::share_y(bars);
  report::share_y(degeneracy);
  bars.insert(bars.end(), degeneracy.begin(), degeneracy.end());
  return bars;
}

}  // namespace basin::experiments
