#include <algorithm>
#include <cmath>

#include "core/statistics.h"
#include "experiments/volumes/volume_findings.h"

namespace basin::experiments {
namespace {

using interp::Measured;
using report::Json;

const report::Table<GraphFindings> graphs_table{
    {"graph", "graph", [](const GraphFindings& g) { return g.graph.name; }},
    {"edges", "edges", [](const GraphFindings& g) { return g.graph.edges.size(); }},
    {"matching_number", "matching number", &GraphFindings::matching_number, "{:g}"},
    {"n_eff", "N_eff as ε → 0", [](const GraphFindings& g) { return g.n_eff.value; }, "{:.3f}"},
    {"n_eff_error", "error", [](const GraphFindings& g) { return g.n_eff.error; }, "± {:.3f}"},
    {"sum", "sum of logarithms", [](const GraphFindings& g) { return g.strength.sum; }, "{:.2f}"},
    {"matching", "matching strength", [](const GraphFindings& g) { return g.strength.matching; }, "{:.2f}"},
    {"paid", "paid", [](const GraphFindings& g) { return g.paid.value; }, "{:.3f}"},
    {"paid_error", "error", [](const GraphFindings& g) { return g.paid.error; }, "± {:.3f}"}};

Json with_error(const Measured& m) { return {{"value", m.value}, {"error", m.error}}; }

Json against_closed_form(const interp::VolumeCurve& v) {
  const auto [smallest, worst] =
      interp::deviation(v, [](double epsilon) { return interp::log_volume_product(1, epsilon); });
  return {{"smallest", smallest}, {"worst", worst}};
}

template <class Distance>
double worst(const std::vector<GraphFindings>& graphs, const Distance& distance) {
  double worst = 0;
  for (const GraphFindings& g : graphs) worst = worse(worst, std::abs(distance(g)));
  return worst;
}

}  // namespace

Json volume_results(const VolumeFindings& f) {
  const std::vector<double>& epsilons = f.splitting.epsilons;
  const InteractionCost& last = f.costs.back();
  return {{"slope",
           {{"from", epsilons[epsilons.size() - 2]},
            {"to", epsilons.back()},
            {"n_eff", with_error(f.splitting.n_eff.back())}}},
          {"monte_carlo", against_closed_form(f.monte_carlo)},
          {"splitting", against_closed_form(f.splitting)},
          {"largest_n_eff_error", largest_n_eff_error},
          {"cost",
           {{"epsilon", cost_epsilon},
            {"free", std::ranges::count(f.costs, 0.0, &InteractionCost::weight)},
            {"kappa", last.kappa},
            {"measured", with_error(last.measured)},
            {"closed", last.closed},
            {"weight", last.weight}}},
          {"graphs_number", f.graphs.size()},
          {"graph_epsilon", graph_epsilon},
          {"off",
           {{"n_eff", worst(f.graphs, [](const auto& g) { return g.n_eff.value - g.matching_number; })},
            {"matching", worst(f.graphs, [](const auto& g) { return g.paid.value - g.strength.matching; })},
            {"sum", worst(f.graphs, [](const auto& g) { return g.paid.value - g.strength.sum; })}}},
          {"graphs", graphs_table.json(f.graphs)}};
}

}  // namespace basin::experiments
