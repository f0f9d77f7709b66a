#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/lapack.h"
#include "experiments/shared/rows.h"
#include "experiments/superposition/superposition_study.h"

namespace basin::experiments {
namespace {

using report::Figure;
using report::NamedFigure;
using report::Series;
using report::SeriesStyle;

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

void add(Series& s, double x, double y) { s.x.push_back(x), s.y.push_back(y); }

// A line from the middle to each column of W [2, c], for those that are corners and for the others.
Figure columns(const SuperpositionNetwork& n) {
  Series corners{.label = "represented", .style = SeriesStyle::lines_points};
  Series others{.label = "not represented", .style = SeriesStyle::points};
  const std::vector<double> lengths = column_lengths(n.point.W);
  for (std::int64_t i = 0; i < n.point.features(); ++i) {
    const double x = n.point.W(0, i), y = n.point.W(1, i);
    if (lengths[std::size_t(i)] > represented_length)
      add(corners, 0, 0), add(corners, x, y), add(corners, gap, gap);
    else
      add(others, x, y);
  }
  const double side = 1.15 * std::max(1.0, std::ranges::max(lengths)), wide = 1.6 * side;  // a figure is not square
  Figure figure{.title = fmt::format("Columns of W: {}", n.state.name()),
                .x_label = "hidden 0",
                .y_label = "hidden 1",
                .x_range = {-wide, wide},
                .y_range = {-side, side}};
  for (Series* s : {&corners, &others})
    if (!s->x.empty()) figure.series.push_back(std::move(*s));
  return figure;
}

Figure products(const SuperpositionNetwork& n) {
  return {.title = fmt::format("WᵀW: {}", n.state.name()),
          .x_label = "feature",
          .y_label = "feature",
          .heatmap = matmul(n.point.W, n.point.W, true, false),
          .heatmap_label = "W_i · W_j"};
}

// One series for each end state: the curves of its networks, with gaps between them.
Figure loss_curves(const SuperpositionFindings& f, const std::vector<std::vector<SuperpositionNetwork>>& groups) {
  Figure figure{.title = "Loss over training", .x_label = "epoch", .y_label = "loss", .log_x = true};
  double first = std::numeric_limits<double>::infinity(), last = 0;
  for (const auto& group : groups) {
    Series s{.label = fmt::format("{} ({})", group[0].state.name(), group.size())};
    for (const SuperpositionNetwork& n : group) {
      for (const nn::MetricsLine& line : n.curve) {
        add(s, line.number("epoch"), line.number("test_loss"));
        first = std::min(first, s.x.back()), last = std::max(last, s.x.back());
      }
      figure.log_y = figure.log_y || s.y.back() > 0;  // rows without a feature may have no loss at all
      add(s, gap, gap);
    }
    figure.series.push_back(std::move(s));
  }
  for (const nn::CriticalPoint& p : f.critical) {
    const auto here = [&](const auto& group) { return group[0].state.name() == p.polygon.name(); };
    if (std::ranges::any_of(groups, here) && first < last)
      figure.series.push_back(report::straight(p.polygon.name() + ", exact", {first, last}, {p.loss, p.loss}));
  }
  return figure;
}

// Lowest and highest exact loss of each number of corners, with the losses that were found.
Figure losses(const SuperpositionFindings& f) {
  Figure figure{.title = "Losses found, and exact ones", .x_label = "corners", .y_label = "loss"};
  const auto corners = [](const auto& of) { return of.polygon.corners; };
  figure.series.push_back(report::points("exact critical points", f.critical, corners, &nn::CriticalPoint::loss));
  const auto regular = where(f.networks, [](const SuperpositionNetwork& n) { return n.state.regular; });
  Series found = report::points(
      "networks", regular, [&](const SuperpositionNetwork& n) { return double(corners(n.state)) + 0.15; },
      &SuperpositionNetwork::loss);
  if (!found.x.empty()) figure.series.push_back(std::move(found));
  return figure;
}

Figure phase_map(const std::vector<Phase>& phases) {
  const auto hidden = distinct(phases, &Phase::hidden);
  const auto sparsities = distinct(phases, &Phase::sparsity);
  Matrix map({std::ssize(hidden), std::ssize(sparsities)});
  const auto place = [](const auto& sorted, const auto& value) {
    return std::ranges::lower_bound(sorted, value) - sorted.begin();
  };
  for (const Phase& p : phases) map(place(hidden, p.hidden), place(sparsities, p.sparsity)) = double(p.represented);
  return {.title = "Features represented",
          .x_label = fmt::format("columns: sparsity {}", fmt::join(sparsities, ", ")),
          .y_label = fmt::format("rows: {} hidden", fmt::join(hidden, ", ")),
          .heatmap = std::move(map),
          .heatmap_label = "features"};
}

Figure phase_lines(const std::vector<Phase>& phases, const std::string& title, const std::string& y_label,
                   const std::function<double(const Phase&)>& value) {
  Figure figure{.title = title, .x_label = "1 / (1 - sparsity)", .y_label = y_label, .log_x = true};
  for (const std::int64_t hidden : distinct(phases, &Phase::hidden)) {
    const auto row = where(phases, [&](const Phase& p) { return p.hidden == hidden && p.sparsity < 1; });
    figure.series.push_back(report::points(
        fmt::format("hidden = {}", hidden), row, [](const Phase& p) { return 1 / (1 - p.sparsity); }, value,
        SeriesStyle::lines_points));
  }
  return figure;
}

}  // namespace

std::vector<NamedFigure> superposition_figures(const SuperpositionFindings& f) {
  const auto groups = by_state(f.networks);
  std::vector<NamedFigure> figures{{"loss", loss_curves(f, groups)}};
  for (std::size_t i = 0; i < std::min(groups.size(), shown_states); ++i) {
    const SuperpositionNetwork& n = groups[i][0];
    figures.push_back({fmt::format("state_{}", i), n.point.hidden() == 2 ? columns(n) : products(n)});
  }
  if (!f.critical.empty()) figures.push_back({"losses", losses(f)});
  if (f.phases.empty()) return figures;
  figures.push_back({"phases", phase_map(f.phases)});
  figures.push_back({"represented", phase_lines(f.phases, "Features represented", "features",
                                                [](const Phase& p) { return double(p.represented); })});
  figures.push_back({"dimensions", phase_lines(f.phases, "Dimensions per feature", "hidden / |W|²",
                                               [](const Phase& p) { return p.dimensions; })});
  return figures;
}

}  // namespace basin::experiments
