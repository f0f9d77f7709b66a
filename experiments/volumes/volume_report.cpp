#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/file.h"
#include "core/statistics.h"
#include "experiments/report/report.h"
#include "experiments/shared/claim_rows.h"
#include "experiments/volumes/volume_findings.h"

namespace basin::experiments {
namespace {

using interp::Measured;

std::string with_error(const Measured& m) { return fmt::format("{:.3f} ± {:.3f}", m.value, m.error); }

// The largest distance from the closed form, in errors.
double worst_in_errors(const interp::VolumeCurve& v) {
  double worst = 0;
  for (std::size_t e = 0; e < v.epsilons.size(); ++e)
    if (const Measured m = v.log_volume[e]; std::isfinite(m.value) && m.error > 0)
      worst = worse(worst, std::abs(m.value - interp::log_volume_product(1, v.epsilons[e])) / m.error);
  return worst;
}

double smallest_seen(const interp::VolumeCurve& v) {
  double smallest = 1;
  for (std::size_t e = 0; e < v.epsilons.size(); ++e)
    if (std::isfinite(v.log_volume[e].value)) smallest = v.epsilons[e];
  return smallest;
}

struct Words {  // the findings, said
  const VolumeFindings& f;

  std::string summary() const {
    return fmt::format(
        "The loss w1² w2² costs nothing along either weight alone, and its Hessian at 0 has rank 0. Both together are "
        "not free: between ε = {:.0e} and {:.0e} the volume falls with N_eff = {}. What several such interactions cost "
        "is the matching number of their graph, not the number of its edges.",
        f.splitting.epsilons[f.splitting.epsilons.size() - 2], f.splitting.epsilons.back(),
        with_error(f.splitting.n_eff.back()));
  }

  std::string volume() const {
    return fmt::format(
        "V(ε) is the volume of the parameters with a loss below ε; N_eff(ε) = 2 d log V / d log ε says how many "
        "parameters it is as if there were. In the unit box V = 4t(1 + log 1/t) with t = sqrt(ε). Monte Carlo, with "
        "points drawn all over the box, sees down to ε = {:.0e} and is at most {:.1f} of its errors away from that; "
        "splitting, which goes down level by level, reaches {:.0e} and is at most {:.1f} away. Neighbouring points of "
        "a curve share their history, so they stray together.",
        smallest_seen(f.monte_carlo), worst_in_errors(f.monte_carlo), f.splitting.epsilons.back(),
        worst_in_errors(f.splitting));
  }

  std::string cost() const {
    const auto free = std::ranges::count_if(f.costs, [](const InteractionCost& c) { return c.weight == 0; });
    const InteractionCost& last = f.costs.back();
    return fmt::format(
        "An interaction of strength κ takes from the volume what its logarithm says, with a cut-off: the {} values of "
        "κ up to ε = {:g} cost nothing, and κ = {:g} costs {} where the closed form has {:.3f} and the leading term "
        "w = ½ log κ/ε has {:.3f}.",
        free, cost_epsilon, last.kappa, with_error(last.measured), last.closed, last.weight);
  }

  std::string graphs() const {
    double slope = 0, matching = 0, sum = 0;
    for (const GraphFindings& g : f.graphs) {
      slope = worse(slope, std::abs(g.n_eff.value - g.matching_number));
      matching = worse(matching, std::abs(g.paid.value - g.strength.matching));
      sum = worse(sum, std::abs(g.paid.value - g.strength.sum));
    }
    return fmt::format(
        "Nodes are free directions u_i, an edge is a term u_i² u_j². The measured N_eff is within {:.2f} of the "
        "fractional matching number in all {} graphs; a logarithm in V keeps it a little below at any ε. At ε = {:g} "
        "the volume pays within {:.2f} of the matching strength; the sum of the logarithms is off by up to {:.2f}, "
        "because it counts a hub once for each of its edges.",
        slope, f.graphs.size(), graph_epsilon, matching, sum);
  }
};

void add_graphs(report::Report& r, const Words& w, const std::string& figures) {
  r.section("Matching numbers").paragraph(w.graphs());
  std::vector<std::vector<std::string>> rows;
  for (const GraphFindings& g : w.f.graphs)
    rows.push_back({g.graph.name, fmt::format("{}", g.graph.edges.size()), fmt::format("{:g}", g.matching_number),
                    with_error(g.n_eff), fmt::format("{:.2f}", g.strength.sum),
                    fmt::format("{:.2f}", g.strength.matching), with_error(g.paid)});
  r.table({"graph", "edges", "matching number", "N_eff as ε → 0", "sum of logarithms", "matching strength", "paid"},
          rows,
          fmt::format("The last three at ε = {:g}; paid: minus the logarithm of the share of the box.", graph_epsilon));
  r.figure(read_file(figures + "/matching_numbers.svg"), "N_eff measured, against matching number and edges.");
  r.figure(read_file(figures + "/matching_strength.svg"),
           "What is paid at a finite ε, against matching strength and sum of logarithms.");
}

void add_claims(report::Report& r, const Words& w) {
  r.section("Claims").paragraph(claims_summary(w.f.claims) + ".").claims(claim_rows(w.f.claims));
}

}  // namespace

std::string volume_summary(const VolumeFindings& findings) { return Words{findings}.summary(); }

void write_volume_report(const VolumeFindings& f, const std::string& figures, const std::string& path) {
  const Words w{f};
  report::Report r("Free directions that interact", "Figure 1 of arXiv 2405.10927 in numbers");
  r.summary(w.summary());
  r.section("The cross").paragraph(w.volume());
  r.figure(read_file(figures + "/loss_contour.svg"),
           "w1² w2² over the unit box: a cross of low loss, with arms that narrow outwards.");
  r.figure(read_file(figures + "/volume.svg"), "V(ε): closed form, Monte Carlo and splitting; bars are one error.");
  r.figure(
      read_file(figures + "/n_eff.svg"),
      "N_eff(ε) between neighbouring ε, where its error is below 0.15; dashed, its limit and what the Hessian says.");
  r.section("What an interaction costs").paragraph(w.cost());
  r.figure(read_file(figures + "/interaction_cost.svg"), "A logarithm with a cut-off at ε.");
  add_graphs(r, w, figures);
  add_claims(r, w);
  r.section("Again").paragraph("Everything above comes from one command.").code(f.command);
  r.save(path);
}

}  // namespace basin::experiments
