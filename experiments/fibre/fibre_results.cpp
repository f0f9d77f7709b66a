#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiments/fibre/fibre_study.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using interp::FibrePoint;
using report::Json;

std::string unhealthy(const interp::LlcEstimate& e) {
  std::vector<std::string> names;
  for (const interp::Verdict& v : e.verdicts)
    if (!v.good) names.push_back(v.name);
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

std::string order_text(const FibrePoint& point) {
  if (!point.converged || std::isnan(point.order)) return "–";
  return std::isinf(point.order) ? "∞" : fmt::format("{:.1f}", point.order);
}

std::string ranks_along(const FibreFindings& f) {
  const std::vector<std::int64_t> ranks = f.ranks();
  if (ranks.empty()) return "–";
  return ranks.front() == ranks.back() ? fmt::format("{}", ranks.front())
                                       : fmt::format("{} to {}", ranks.front(), ranks.back());
}

const report::Table<FibreFindings> networks_table{
    {"network", "network", [](const auto& f) { return f.network.name; }},
    {"neurons", "neurons", [](const auto& f) { return f.network.neurons; }},
    {"parameters", "N", [](const auto& f) { return f.walks[0].parameters; }},
    {"error", "largest error", [](const auto& f) { return f.network.error; }, "{:.1g}"},
    {"accuracy", "right", [](const auto& f) { return f.network.accuracy; }, "{:.1%}"},
    {"outputs", "n k", [](const auto& f) { return f.walks[0].rows; }},
    {"rank", "rank J", &FibreFindings::rank},
    {"decided", "decided", [](const auto& f) { return f.walks[0].start.rank.decided() ? "yes" : "no"; }},
    {"order", "order", [](const auto& f) { return order_text(f.walks[0].start); }},
    {"along", "rank along the fibre", ranks_along},
    {"stuck", "not converged", &FibreFindings::stuck},
    {"lower", "λ from", [](const auto& f) { return f.bounds.lower; }, "{:g}"},
    {"upper", "λ to", [](const auto& f) { return f.bounds.upper; }, "{:g}"},
    {"quadratic", "second order", &FibreFindings::quadratic, "{:.2f}"},
    {"lambda", "λ̂", [](const auto& f) { return f.llc.lambda.mean; }, "{:.2f}"},
    {"lambda_error", "error", [](const auto& f) { return f.llc.lambda.error; }, "± {:.2f}"},
    {"against", "against λ̂", [](const auto& f) { return unhealthy(f.llc); }},
};

struct WalkedPoint {
  std::string network;
  double step;
  FibrePoint point;
  double scale;  // of singular values
};

const report::Table<WalkedPoint> points_table{
    {"network", "network", &WalkedPoint::network},
    {"step", "step", &WalkedPoint::step, "{:g}"},
    {"converged", "converged", [](const auto& w) { return w.point.converged ? "yes" : "no"; }},
    {"difference", "difference", [](const auto& w) { return w.point.difference; }, "{:.1g}"},
    {"returns", "steps back", [](const auto& w) { return w.point.returns; }},
    {"correction", "correction", [](const auto& w) { return w.point.correction; }, "{:.2g}"},
    {"distance", "distance", [](const auto& w) { return w.point.distance; }, "{:.2g}"},
    {"rank", "rank J", [](const auto& w) { return w.point.rank.rank; }},
    {"order", "order", [](const auto& w) { return order_text(w.point); }},
    {"kept", "smallest kept", [](const auto& w) { return w.point.rank.smallest_kept / w.scale; }, "{:.1g}"},
    {"dropped", "largest dropped", [](const auto& w) { return w.point.rank.relative_dropped(); }, "{:.1g}"},
};

std::vector<WalkedPoint> walked_points(const std::vector<FibreFindings>& findings) {
  std::vector<WalkedPoint> all;
  for (const FibreFindings& f : findings)
    for (std::size_t w = 0; w < f.walks.size(); ++w)
      for (const FibrePoint& point : f.walks[w].points)
        all.push_back({f.network.name, f.step_of[w], point, f.walks[w].start.rank.scale});
  return all;
}

bool rises(const FibreFindings& f) { return !f.ranks().empty() && f.ranks().back() > f.rank(); }

}  // namespace

Json fibre_results(const std::vector<FibreFindings>& findings, const FibreStudySpec& spec) {
  const auto exact = where(findings, [](const auto& f) { return f.network.exact; });
  const auto trained = where(findings, [](const auto& f) { return !f.network.exact; });
  const auto healthy = where(findings, [](const auto& f) { return f.llc.healthy(); });
  return {{"networks", networks_table.json(findings)},
          {"points", points_table.json(walked_points(findings))},
          {"exact", exact.size()},
          {"exact_risen", std::ranges::count_if(exact, rises)},
          {"trained", trained.size()},
          {"trained_risen", std::ranges::count_if(trained, rises)},
          {"stuck", total(findings, &FibreFindings::stuck)},
          {"healthy", healthy.size()},
          {"between", std::ranges::count_if(healthy, &FibreFindings::between)},
          {"all", findings.size()},
          {"fit", spec.fit},
          {"n_beta", spec.n_beta},
          {"gamma", spec.gamma}};
}

// As shares of n k / 2, the λ of a network of which every output pins a direction.
std::vector<report::NamedFigure> fibre_figures(const std::vector<FibreFindings>& findings) {
  const auto by_network = [&](const std::string& label, const auto& value) {
    double at = 0;
    return report::points(
        label, findings, [&](const auto&) { return at++; }, [&](const auto& f) { return value(f) / f.full(); });
  };
  report::Series sampled = by_network("λ̂, ± one error", [](const auto& f) { return f.llc.lambda.mean; });
  sampled.error = values(findings, [](const auto& f) { return f.llc.lambda.error / f.full(); });
  return {{"bounds",
           {.title = "Learning coefficients between their bounds",
            .y_label = "share of half the number of outputs",
            .series = {by_network("half the rank at the network", [](const auto& f) { return f.bounds.lower; }),
                       by_network("half the lowest rank beside it", [](const auto& f) { return f.bounds.upper; }),
                       std::move(sampled)},
            .x_names = values(findings, [](const auto& f) { return f.network.name; })}}};
}

}  // namespace basin::experiments
