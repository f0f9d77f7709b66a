// Figure 1 of arXiv 2405.10927 as data: directions that are free alone and not together, their volume, and what
// interactions between several of them cost.
#include <fmt/format.h>

#include "core/blas.h"
#include "experiments/cli/experiment.h"
#include "experiments/shared/study.h"
#include "experiments/volumes/volume_findings.h"

namespace basin::experiments {
namespace {

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

VolumeSettings volume_settings(const Options& o) {
  return {.seed = std::uint64_t(o.integer("seed")),
          .threads = o.threads(),
          .samples = o.integer("samples"),
          .particles = o.integer("particles"),
          .replicas = int(o.integer("replicas"))};
}

// On one processor, from runs of an optimised build.
double expected_minutes(const VolumeSettings& s) {
  const double points = double(s.particles) * double(s.replicas + 1);
  return (6e-8 * double(s.samples) + 2e-4 * points + 5) / 60;
}

const std::vector<std::string> volume_claims{"C16", "C19", "C20", "C21", "C23"};

Found measure(const Options& o, const VolumeSettings& s) {
  const VolumeFindings f = measure_volumes(s);
  return {.results = volume_results(f),
          .claims = run_claims(volume_claims, {.seed = s.seed, .threads = s.threads}, say_claims(o)),
          .figures = volume_figures(f)};
}

Outcome run(const Options& o) {
  const VolumeSettings settings = volume_settings(o);
  say(o, fmt::format("{} points of Monte Carlo, {} replicas of {} points of splitting for each of 18 losses: "
                     "{} on {} threads",
                     settings.samples, settings.replicas, settings.particles,
                     about(expected_minutes(settings) / settings.threads), settings.threads));
  return run_study(o, "volumes", {.blas = blas_kernel(), .data = {}, .data_hash = {}},
                   [&](RunDirectory&) { return measure(o, settings); });
}

}  // namespace

Experiment free_directions() { return {declare, run}; }

}  // namespace basin::experiments
