#include <fmt/format.h>

#include <cmath>

#include "experiments/report/figure.h"
#include "experiments/volumes/volume_findings.h"

namespace basin::experiments {
namespace {

using interp::Measured;
using interp::VolumeCurve;
using report::Figure;
using report::Series;
using report::SeriesStyle;

// An error bar is three points: what was measured, and one error to either side.
void add_bar(Series& s, double x, double low, double middle, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return;
  for (double y : {low, middle, high}) s.x.push_back(x), s.y.push_back(y);
}

constexpr double largest_error = 0.15;  // of a slope that is drawn

Series bars(const std::string& label) { return {.label = label + ", ± one error", .style = SeriesStyle::points}; }

template <class F>
Series curve(const std::string& label, const std::vector<double>& x, const F& f, bool dashed = false) {
  Series s{.label = label, .x = x, .dashed = dashed};
  for (double at : x) s.y.push_back(f(at));
  return s;
}

std::vector<double> epsilon_axis() {
  std::vector<double> x;
  for (double e = 1e-20; e < 1; e *= std::pow(10, 0.25)) x.push_back(e);
  return x;
}

Figure volume_figure(const VolumeFindings& f) {
  Figure figure{
      .title = "Volume of {w1² w2² < ε} in the unit box", .x_label = "ε", .y_label = "V", .log_x = true, .log_y = true};
  figure.series.push_back(
      curve("closed form", epsilon_axis(), [](double e) { return std::exp(interp::log_volume_product(1, e)); }));
  const auto add = [&](const std::string& label, const VolumeCurve& v) {
    Series s = bars(label);
    for (std::size_t e = 0; e < v.epsilons.size(); ++e) {
      const Measured log_v = v.log_volume[e];
      add_bar(s, v.epsilons[e], std::exp(log_v.value - log_v.error), std::exp(log_v.value),
              std::exp(log_v.value + log_v.error));
    }
    figure.series.push_back(std::move(s));
  };
  add("Monte Carlo", f.monte_carlo);
  add("splitting", f.splitting);
  return figure;
}

Figure n_eff_figure(const VolumeFindings& f) {
  Figure figure{.title = "N_eff(ε) of w1² w2²", .x_label = "ε", .y_label = "2 d log V / d log ε", .log_x = true};
  const std::vector<double> x = epsilon_axis();
  figure.series.push_back(curve("1 - 1/(1 + ½ log 1/ε)", x, [](double e) { return interp::n_eff_product(1, e); }));
  for (const auto& [label, v] : {std::pair{"Monte Carlo", &f.monte_carlo}, {"splitting", &f.splitting}}) {
    Series s = bars(label);
    const std::vector<double> at = v->middles();
    for (std::size_t i = 0; i < at.size(); ++i)
      if (const Measured n = v->n_eff[i]; n.error < largest_error)
        add_bar(s, at[i], n.value - n.error, n.value, n.value + n.error);
    figure.series.push_back(std::move(s));
  }
  figure.series.push_back(curve(
      "ε to 0", x, [](double) { return 1.0; }, true));
  figure.series.push_back(curve(
      "rank of the Hessian", x, [](double) { return 0.0; }, true));
  return figure;
}

Figure cost_figure(const VolumeFindings& f) {
  Figure figure{.title = fmt::format("What an interaction κ w1² w2² costs at ε = {:g}", cost_epsilon),
                .x_label = "κ",
                .y_label = "-log of the share of the box",
                .log_x = true};
  Series closed{.label = "closed form, w - log(1 + w)"}, weight{.label = "w = ½ max(0, log κ/ε)", .dashed = true};
  Series measured = bars("splitting");
  for (const InteractionCost& c : f.costs) {
    closed.x.push_back(c.kappa), closed.y.push_back(c.closed);
    weight.x.push_back(c.kappa), weight.y.push_back(c.weight);
    add_bar(measured, c.kappa, c.measured.value - c.measured.error, c.measured.value,
            c.measured.value + c.measured.error);
  }
  figure.series = {closed, measured, weight};
  return figure;
}

// Bars side by side, one group for each graph.
template <class F>
void add_bars(Figure& figure, const VolumeFindings& f, const std::string& label, const F& value) {
  Series s{.label = label, .style = SeriesStyle::bars};
  for (const GraphFindings& g : f.graphs) s.x.push_back(double(s.x.size())), s.y.push_back(value(g));
  figure.series.push_back(std::move(s));
}

Figure graph_figure(const VolumeFindings& f, const std::string& title, const std::string& y_label) {
  Figure figure{.title = title, .y_label = y_label};
  for (const GraphFindings& g : f.graphs) figure.x_names.push_back(g.graph.name);
  return figure;
}

Figure numbers_figure(const VolumeFindings& f) {
  Figure figure = graph_figure(f, "N_eff of interaction graphs as ε goes to 0", "N_eff");
  add_bars(figure, f, "measured by splitting", [](const auto& g) { return g.n_eff.value; });
  add_bars(figure, f, "fractional matching number", [](const auto& g) { return g.matching_number; });
  add_bars(figure, f, "number of edges", [](const auto& g) { return double(g.graph.edges.size()); });
  return figure;
}

Figure strength_figure(const VolumeFindings& f) {
  Figure figure = graph_figure(f, fmt::format("What interaction graphs cost at ε = {:g}", graph_epsilon),
                               "-log of the share of the box");
  add_bars(figure, f, "measured by splitting", [](const auto& g) { return g.paid.value; });
  add_bars(figure, f, "matching strength", [](const auto& g) { return g.strength.matching; });
  add_bars(figure, f, "sum of the logarithms", [](const auto& g) { return g.strength.sum; });
  return figure;
}

}  // namespace

void write_volume_figures(const VolumeFindings& f, const std::string& folder) {
  report::write_figure(folder, "loss_contour",
                       {.title = "log10 of w1² w2² in the unit box",
                        .x_label = "w1, from -1 to 1 in 161 steps",
                        .y_label = "w2",
                        .heatmap = f.log_loss,
                        .heatmap_label = "log10 L, cut at -6"});
  report::write_figure(folder, "volume", volume_figure(f));
  report::write_figure(folder, "n_eff", n_eff_figure(f));
  report::write_figure(folder, "interaction_cost", cost_figure(f));
  report::write_figure(folder, "matching_numbers", numbers_figure(f));
  report::write_figure(folder, "matching_strength", strength_figure(f));
}

}  // namespace basin::experiments
