// Figure 1 of arXiv 2405.10927 as data: directions that are free alone and not together, their volume, and what
// interactions between several of them cost.
#include <fmt/format.h>

#include <cmath>

#include "core/blas.h"
#include "experiments/cli/cost.h"
#include "experiments/cli/experiment.h"
#include "experiments/shared/study.h"
#include "experiments/volumes/volume_findings.h"
#include "interp/volume/splitting.h"

namespace basin::experiments {
namespace {

using interp::interaction_loss;
using interp::InteractionGraph;
using interp::Measured;

Options declare() {
  Options o("free_directions",
            "Measures the volume of low loss around free directions that interact (docs/theory.md §4) by Monte Carlo "
            "and by multilevel splitting, against closed forms and matching numbers, and writes a report.",
            {"free_directions", "free_directions --preset quick", "free_directions --seed 7 --particles 5000"});
  o.add_int("samples", 10000000, "points of Monte Carlo", 1000);
  o.add_int("particles", 2000, "points of each replica of splitting", 20, 10000000);
  o.add_int("replicas", 8, "of splitting, for its errors", 2, 10000);
  o.change_default("seed", "1").without("dtype").without("resume").without("json");
  o.add_preset("quick", {{"samples", "1000000"}, {"particles", "400"}});
  o.add_preset("paper", {{"samples", "1000000000"}, {"particles", "20000"}, {"replicas", "32"}});
  return o;
}

interp::SplittingOptions splitting(const Options& o) {
  return {.particles = o.integer("particles"), .replicas = int(o.integer("replicas")), .threads = o.threads()};
}

ClaimSettings claim_settings(const Options& o) {
  return {.seed = std::uint64_t(o.integer("seed")), .threads = o.threads()};
}

Rng stream(const Options& o, const std::string& name) { return Rng(std::uint64_t(o.integer("seed")), name); }

// ½, then falling by `factor` down to the last.
std::vector<double> falling(double last, double factor) {
  std::vector<double> epsilons;
  for (double e = 0.5; e > last; e /= factor) epsilons.push_back(e);
  epsilons.push_back(last);
  return epsilons;
}

// -log of the share of the unit box.
Measured paid(const InteractionGraph& g, double epsilon, const std::string& name, const Options& o) {
  const Measured log_volume = interp::volume_by_splitting(interaction_loss(g.edges), {g.nodes}, {&epsilon, 1},
                                                          stream(o, "free_directions/" + name), splitting(o))
                                  .log_volume[0];
  return {interp::Box{g.nodes}.log_volume() - log_volume.value, log_volume.error};
}

InteractionCost cost(double kappa, const Options& o) {
  const InteractionGraph pair{"pair", 2, {{0, 1, kappa}}};
  return {.kappa = kappa,
          .weight = interp::log_weight(kappa, cost_epsilon),
          .closed = interp::Box{2}.log_volume() - interp::log_volume_product(kappa, cost_epsilon),
          .measured = paid(pair, cost_epsilon, "cost/" + std::to_string(std::log10(kappa)), o)};
}

GraphFindings graph_findings(const InteractionGraph& g, const Options& o) {
  return {.graph = g,
          .matching_number = interp::fractional_matching_number(g.nodes, g.edges),
          .n_eff = interp::n_eff_near_zero(interaction_loss(g.edges), g.nodes, stream(o, "claims/volume/" + g.name),
                                           o.threads()),
          .strength = interp::matching_strength(g.nodes, g.edges, graph_epsilon),
          .paid = paid(g, graph_epsilon, "paid/" + g.name, o)};
}

VolumeFindings measure(const Options& o) {
  const interp::Loss loss = interaction_loss({{0, 1}});
  VolumeFindings f;
  f.monte_carlo = interp::volume_by_monte_carlo(loss, {2}, falling(1e-8, 5), o.integer("samples"),
                                                stream(o, "free_directions/monte carlo"), o.threads());
  f.splitting =
      interp::volume_by_splitting(loss, {2}, falling(1e-20, 10), stream(o, "free_directions/splitting"), splitting(o));
  for (double kappa = 1e-8; kappa < 2e4; kappa *= 10) f.costs.push_back(cost(kappa, o));
  for (const InteractionGraph& g : interp::named_graphs()) f.graphs.push_back(graph_findings(g, o));
  return f;
}

const std::vector<std::string> volume_claims{"C16", "C19", "C20", "C21", "C23"};

Found find(const Options& o) {
  const VolumeFindings f = measure(o);
  return {.results = volume_results(f),
          .claims = run_claims(volume_claims, claim_settings(o), say_claims(o)),
          .figures = volume_figures(f)};
}

// A point is moved about at every level that its loss goes through: seconds are those of all losses together, and the
// pilot run in front of the replicas is on one thread.
RunCost cost_of(const Options& o) {
  const double small = machine_speed().small, threads = double(o.threads()), samples = double(o.integer("samples"));
  const double runs = 1 + std::ceil(double(o.integer("replicas")) / threads), near_zero = 1 + std::ceil(6 / threads);
  const double points = double(o.integer("particles")) * runs;
  return {.parts = {{fmt::format("{:.3g} points of Monte Carlo", samples), 6e-8 * small * samples / threads},
                    {fmt::format("splitting, {} replicas of {} points for each of 18 losses", o.integer("replicas"),
                                 o.integer("particles")),
                     1.5e-4 * small * points},
                    {"slopes near zero of 4 graphs", 0.32 * small * near_zero},
                    {"claims", claims_seconds(volume_claims, claim_settings(o))}},
          .bytes = 40e6 + 32 * double(o.integer("particles")) * threads};
}

Outcome run(const Options& o) {
  say_cost(o, [&] { return cost_of(o); });
  return run_study(o, "volumes", {.blas = blas_kernel()}, [&](RunDirectory&) { return find(o); });
}

}  // namespace

Experiment free_directions() { return {declare, run}; }

}  // namespace basin::experiments
