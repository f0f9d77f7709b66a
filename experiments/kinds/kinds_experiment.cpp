// Free directions of planted and untouched random networks, by kind: bounds against the truth, and what is left.
#include <fmt/format.h>

#include <algorithm>

#include "core/blas.h"
#include "experiments/claims/mixed_nets.h"
#include "experiments/cli/cost.h"
#include "experiments/cli/experiment.h"
#include "experiments/kinds/kinds_findings.h"
#include "experiments/shared/study.h"

namespace basin::experiments {
namespace {

Options declare() {
  Options o("degeneracy_kinds",
            "Measures the free directions of planted and of untouched random networks, splits them by what explains "
            "them (docs/theory.md §3), holds the bounds against the truth, and writes a report.",
            {"degeneracy_kinds", "degeneracy_kinds --preset quick", "degeneracy_kinds --seed 7 --planted 200"});
  o.add_int("planted", 60, "planted networks for each of 1, 2 and 3 hidden layers", 1, 1000000);
  o.add_int("untouched", 20, "random networks for each list of widths", 1, 1000000);
  o.add_int("nets", 5, "networks drawn for each setting of the claims", 1, 100000);
  o.change_default("seed", "1").without("dtype").without("resume").without("json");
  o.add_preset("quick", {{"planted", "12"}, {"untouched", "6"}, {"nets", "1"}});
  o.add_preset("paper", {{"planted", "600"}, {"untouched", "200"}, {"nets", "20"}});
  return o;
}

// About kinds and bounds.
const std::vector<std::string> kind_claims{"C2", "C3",  "C4",  "C5",  "C6",  "C7",  "C8",
                                           "C9", "C10", "C11", "C12", "C13", "C14", "C24"};

ClaimSettings claim_settings(const Options& o) {
  return {.seed = std::uint64_t(o.integer("seed")),
          .threads = o.threads(),
          .nets = int(o.integer("nets")),
          .mixed_nets = 2 * int(o.integer("planted"))};
}

RunCost cost(const Options& o) {
  const double planted = double(o.integer("planted")), untouched = double(o.integer("untouched"));
  const double rate = machine_speed().small / o.threads();
  return {.parts = {{fmt::format("{} planted networks for each depth", planted), 0.087 * rate * planted},
                    {fmt::format("{} random networks for each list of widths", untouched), 0.3 * rate * untouched},
                    {"claims", claims_seconds(kind_claims, claim_settings(o))}},
          .bytes = 40e6 * o.threads()};
}

Found measure(const Options& o) {
  const ClaimSettings settings = claim_settings(o);
  KindsFindings f;
  for (std::int64_t hidden_layers : {1, 2, 3}) {
    say(o, fmt::format("planted networks, depth {}", hidden_layers));
    std::ranges::move(measure_deep_nets(hidden_layers, settings), std::back_inserter(f.planted));
  }
  say(o, "untouched random networks");
  f.untouched = measure_untouched(settings, int(o.integer("untouched")));
  return {.results = kinds_results(f),
          .claims = run_claims(kind_claims, settings, say_claims(o)),
          .figures = kinds_figures(f)};
}

Outcome run(const Options& o) {
  say_cost(o, [&] { return cost(o); });
  return run_study(o, "kinds", {.blas = blas_kernel()}, [&](RunDirectory&) { return measure(o); });
}

}  // namespace

Experiment degeneracy_kinds() { return {declare, run}; }

}  // namespace basin::experiments
