#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/llc/llc_study.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::Figure;
using report::NamedFigure;
using report::Series;
using report::SeriesStyle;

constexpr std::int64_t shown_draws = 400, shown_chains = 8;

Figure sweep_figure(const LlcFindings& f) {
  Figure figure{.title = "λ̂ over nβ", .x_label = "nβ", .y_label = "λ̂", .log_x = true};
  const auto known = where(f.points, [](const LlcPoint& p) { return std::isfinite(p.sampled.estimate.lambda.mean); });
  Series sampled = report::points("sampled, 95 %", known, &LlcPoint::n_beta,
                                  [](const LlcPoint& p) { return p.sampled.estimate.lambda.mean; });
  sampled.error = values(known, [](const LlcPoint& p) {
    const ChainMean& m = p.sampled.estimate.lambda;
    return std::isfinite(m.upper) ? m.upper - m.mean : 0;
  });
  if (!known.empty()) figure.series.push_back(std::move(sampled));
  Series quadratic{.label = "quadratic of the same curvature", .dashed = true};
  const double low = f.points.front().n_beta() / 2, high = f.points.back().n_beta() * 2;
  for (int i = 0; i <= 60; ++i) {
    const double n_beta = low * std::pow(high / low, i / 60.0);
    quadratic.x.push_back(n_beta), quadratic.y.push_back(f.curvature.gauss_newton(n_beta, f.settings.gamma).value);
  }
  figure.series.push_back(std::move(quadratic));
  const auto exact = where(f.points, [](const LlcPoint& p) { return p.exact.has_value(); });
  if (!exact.empty())
    figure.series.push_back(report::points(
        "exact", exact, &LlcPoint::n_beta, [](const LlcPoint& p) { return *p.exact; }, SeriesStyle::lines));
  return figure;
}

// The first chains, as means over as many neighbouring draws as leave few enough to be drawn.
Figure traces(const Matrix& of, const std::string& title, const std::string& y_label) {
  Figure figure{.title = title, .x_label = "draw", .y_label = y_label};
  const std::int64_t some = std::max<std::int64_t>(1, (of.cols() + shown_draws - 1) / shown_draws);
  for (std::int64_t c = 0; c < std::min(of.rows(), shown_chains); ++c) {
    Series s{.label = fmt::format("chain {}", c)};
    for (std::int64_t t = 0; t + some <= of.cols(); t += some) {
      double sum = 0;
      for (std::int64_t i = t; i < t + some; ++i) sum += of(c, i);
      s.x.push_back(double(t) + double(some) / 2), s.y.push_back(sum / double(some));
    }
    figure.series.push_back(std::move(s));
  }
  return figure;
}

// Over all chains, from the first draw on; beside it the estimate, which leaves the burn-in out.
Figure running_mean(const LlcPoint& p) {
  const Matrix& u = p.sampled.chains.u;
  const interp::LlcEstimate& e = p.sampled.estimate;
  Figure figure{.title = "Running mean", .x_label = "draw", .y_label = "mean of nβ (L - L(w*)) so far"};
  Series mean{.label = "all chains"};
  double sum = 0;
  const std::int64_t some = std::max<std::int64_t>(1, u.cols() / shown_draws);
  for (std::int64_t t = 0; t < u.cols(); ++t) {
    for (std::int64_t c = 0; c < u.rows(); ++c) sum += u(c, t);
    if ((t + 1) % some) continue;
    mean.x.push_back(double(t + 1)), mean.y.push_back(sum / double((t + 1) * u.rows()));
  }
  figure.series.push_back(std::move(mean));
  if (!std::isfinite(e.lambda.lower) || !std::isfinite(e.lambda.upper)) return figure;
  const report::Range behind{double(e.burn_in.draws), double(u.cols())};
  figure.series.push_back(report::straight("λ̂", behind, {e.lambda.mean, e.lambda.mean}));
  Series ends = report::straight("95 %", behind, {e.lambda.upper, e.lambda.upper});
  ends.x.insert(ends.x.end(), {NAN, behind.low, behind.high});
  ends.y.insert(ends.y.end(), {NAN, e.lambda.lower, e.lambda.lower});
  figure.series.push_back(std::move(ends));
  return figure;
}

}  // namespace

std::vector<NamedFigure> llc_figures(const LlcFindings& f) {
  std::vector<NamedFigure> all;
  if (f.points.size() > 1) all.push_back({"lambda", sweep_figure(f)});
  for (std::size_t i = 0; i < f.points.size(); ++i) {
    const interp::Chains& c = f.points[i].sampled.chains;
    const std::string at = fmt::format(" at nβ = {:.4g}", f.points[i].n_beta());
    all.push_back({fmt::format("trace_{}", i), traces(c.u, "Chains" + at, "nβ (L - L(w*))")});
    all.push_back({fmt::format("mean_{}", i), running_mean(f.points[i])});
    all.push_back({fmt::format("distance_{}", i), traces(c.distance, "Distance from w*" + at, "|w - w*|")});
  }
  return all;
}

}  // namespace basin::experiments
