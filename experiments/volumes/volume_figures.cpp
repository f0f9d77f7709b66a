#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiments/shared/rows.h"
#include "experiments/volumes/volume_findings.h"

namespace basin::experiments {
namespace {

using interp::Measured;
using report::bars;
using report::Figure;
using report::points;
using report::Series;
using report::SeriesStyle;

// log10 of w1² w2², row 0 at w2 = 1; on the axes the logarithm has no end and is cut.
constexpr double contour_floor = -6;
Matrix log_loss() {
  constexpr std::int64_t side = 161;
  Matrix m({side, side});
  const auto place = [](std::int64_t i) { return 2 * double(i) / double(side - 1) - 1; };
  for (std::int64_t i = 0; i < side; ++i)
    for (std::int64_t j = 0; j < side; ++j)
      m(i, j) = std::max(contour_floor, 2 * std::log10(std::abs(place(i) * place(j))));
  return m;
}

Series measured(const std::string& label, std::vector<double> x, const std::vector<Measured>& y) {
  return {.label = label + ", ± one error",
          .x = std::move(x),
          .y = values(y, &Measured::value),
          .style = SeriesStyle::points,
          .error = values(y, &Measured::error)};
}

Series measured_bars(const std::vector<GraphFindings>& graphs, Measured GraphFindings::*value) {
  Series s = bars("measured by splitting, ± one error", graphs, [&](const auto& g) { return (g.*value).value; });
  s.error = values(graphs, [&](const auto& g) { return (g.*value).error; });
  return s;
}

template <class F>
Series curve(const std::string& label, const std::vector<double>& x, const F& f, bool dashed = false) {
  return {.label = label, .x = x, .y = values(x, f), .dashed = dashed};
}

std::vector<double> epsilon_axis() {
  std::vector<double> x;
  for (double e = 1e-20; e < 1; e *= std::pow(10, 0.25)) x.push_back(e);
  return x;
}

Figure volume_figure(const VolumeFindings& f) {
  const auto closed = [](double e) { return std::exp(interp::log_volume_product(1, e)); };
  return {.title = "Volume of {w1² w2² < ε} in the unit box",
          .x_label = "ε",
          .y_label = "V",
          .log_x = true,
          .log_y = true,
          .series = {curve("closed form", epsilon_axis(), closed),
                     measured("Monte Carlo", f.monte_carlo.epsilons, f.monte_carlo.volumes()),
                     measured("splitting", f.splitting.epsilons, f.splitting.volumes())}};
}

// Slopes of which hardly anything is known would fill the figure.
std::vector<Measured> known(const std::vector<Measured>& slopes) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  return values(slopes, [](const Measured& n) { return n.error < largest_n_eff_error ? n : Measured{nan, nan}; });
}

Figure n_eff_figure(const VolumeFindings& f) {
  const std::vector<double> x = epsilon_axis();
  const auto closed = [](double e) { return interp::n_eff_product(1, e); };
  return {.title = "N_eff(ε) of w1² w2²",
          .x_label = "ε",
          .y_label = "2 d log V / d log ε",
          .log_x = true,
          .series = {curve("1 - 1/(1 + ½ log 1/ε)", x, closed),
                     measured("Monte Carlo", f.monte_carlo.middles(), known(f.monte_carlo.n_eff)),
                     measured("splitting", f.splitting.middles(), known(f.splitting.n_eff)),
                     curve(
                         "ε to 0", x, [](double) { return 1.0; }, true),
                     curve(
                         "rank of the Hessian", x, [](double) { return 0.0; }, true)}};
}

Figure cost_figure(const std::vector<InteractionCost>& costs) {
  const std::vector<double> kappas = values(costs, &InteractionCost::kappa);
  Series weight =
      points("w = ½ max(0, log κ/ε)", costs, &InteractionCost::kappa, &InteractionCost::weight, SeriesStyle::lines);
  weight.dashed = true;
  return {.title = fmt::format("What an interaction κ w1² w2² costs at ε = {:g}", cost_epsilon),
          .x_label = "κ",
          .y_label = "-log of the share of the box",
          .log_x = true,
          .series = {points("closed form, w - log(1 + w)", costs, &InteractionCost::kappa, &InteractionCost::closed,
                            SeriesStyle::lines),
                     measured("splitting", kappas, values(costs, &InteractionCost::measured)), weight}};
}

std::vector<report::NamedFigure> graph_figures(const std::vector<GraphFindings>& graphs) {
  const std::vector<std::string> names = values(graphs, [](const auto& g) { return g.graph.name; });
  return {{"matching_numbers",
           {.title = "N_eff of interaction graphs as ε goes to 0",
            .y_label = "N_eff",
            .series = {measured_bars(graphs, &GraphFindings::n_eff),
                       bars("fractional matching number", graphs, &GraphFindings::matching_number),
                       bars("number of edges", graphs, [](const auto& g) { return g.graph.edges.size(); })},
            .x_names = names}},
          {"matching_strength",
           {.title = fmt::format("What interaction graphs cost at ε = {:g}", graph_epsilon),
            .y_label = "-log of the share of the box",
            .series = {measured_bars(graphs, &GraphFindings::paid),
                       bars("matching strength", graphs, [](const auto& g) { return g.strength.matching; }),
                       bars("sum of the logarithms", graphs, [](const auto& g) { return g.strength.sum; })},
            .x_names = names}}};
}

}  // namespace

std::vector<report::NamedFigure> volume_figures(const VolumeFindings& f) {
  std::vector<report::NamedFigure> figures{{"loss_contour",
                                            {.title = "log10 of w1² w2² in the unit box",
                                             .x_label = "w1",
                                             .y_label = "w2",
                                             .x_range = {-1, 1},
                                             .y_range = {-1, 1},
                                             .heatmap = log_loss(),
                                             .heatmap_label = fmt::format("log10 L, cut at {:g}", contour_floor)}},
                                           {"volume", volume_figure(f)},
                                           {"n_eff", n_eff_figure(f)},
                                           {"interaction_cost", cost_figure(f.costs)}};
  std::ranges::move(graph_figures(f.graphs), std::back_inserter(figures));
  return figures;
}

}  // namespace basin::experiments
