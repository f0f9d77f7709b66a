// Figure 1 of arXiv 2405.10927 as data: directions that are free alone and not together, their volume, and what
// interactions between several of them cost.
#include <fmt/format.h>

#include "core/blas.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/run_directory.h"
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

std::vector<Claim> volume_claims(const Options& o, const VolumeSettings& s) {
  return run_claims(std::vector<std::string>{"C16", "C19", "C20", "C21", "C23"}, {.seed = s.seed, .threads = s.threads},
                    [&](const ClaimEntry& entry, std::size_t place, std::size_t count) {
                      say(o, fmt::format("{}/{} {}: {}", place + 1, count, entry.id, entry.title));
                    });
}

Outcome run(const Options& o) {
  RunDirectory directory(o, {.blas = blas_kernel(), .data = {}, .data_hash = {}});
  const VolumeSettings settings = volume_settings(o);
  say(o, fmt::format("{} points of Monte Carlo, {} replicas of {} points of splitting for each of 18 losses: "
                     "{} on {} threads",
                     settings.samples, settings.replicas, settings.particles,
                     about(expected_minutes(settings) / settings.threads), settings.threads));
  VolumeFindings findings = measure_volumes(settings);
  findings.claims = volume_claims(o, settings);
  findings.command = fmt::format("free_directions --seed {} --samples {} --particles {} --replicas {}", settings.seed,
                                 settings.samples, settings.particles, settings.replicas);
  write_claims_json(directory.claims(), findings.claims);
  write_timings_json(directory.timings(), findings.claims);
  write_volume_figures(findings, directory.figures());
  write_volume_report(findings, directory.figures(), directory.report());
  directory.finish(claims_exit_code(findings.claims));
  return {findings.claims, volume_summary(findings), std::filesystem::absolute(directory.report()).string()};
}

}  // namespace

Experiment free_directions() { return {declare, run}; }

}  // namespace basin::experiments
