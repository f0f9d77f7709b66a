// Are directions that are null at first order free?
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/blas.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/progress.h"
#include "experiments/fibre/fibre_cost.h"
#include "experiments/shared/rows.h"
#include "experiments/shared/study.h"

namespace basin::experiments {
namespace {

void add_training(Options& o) {
  o.add_int("trained", 2, "networks of each modulus that are trained", 0, 1000);
  o.add_int("hidden", 0, "neurons of trained networks; 0: 8 (p - 1)", 0, 100000);
  o.add_int("epochs", 20000, "at most, all training pairs in each", 1, 100000000);
  o.add_double("fit", 1e-12, "mean squared error at which training ends", 0);
  o.add_double("lr", 3e-3, "learning rate of AdamW", 0);
  o.add_double("weight-decay", 0, "decoupled", 0);
  o.add_double("train-fraction", 1, "share of the pairs to train on; walks and λ̂ are about all pairs", 0, 1);
}

Options declare() {
  Options o("fibre_walk",
            "Walks from networks that add modulo p, exact and trained ones, to others that compute the same, and "
            "measures whether the Jacobian has a higher rank there (docs/theory.md §6.5); samples the learning "
            "coefficient between the bounds that these ranks give; writes a report.",
            {"fibre_walk", "fibre_walk --preset quick", "fibre_walk --moduli 5 --grids 4 --trained 0 --steps 1e-4"});
  o.add_ints("moduli", "5,7", "odd numbers p; J has p³ rows", 3, 31);
  o.add_ints("grids", "3,4", "exact networks with n × n phases for each n; none: no exact networks", 3, 20);
  add_training(o);
  o.add_doubles("steps", "0.001,0.2", "lengths of steps in the kernel of J, as shares of the weights' length", 1e-9,
                10);
  o.add_int("walks", 2, "for each length of steps", 1, 1000);
  o.add_int("points", 1, "of each walk, one behind the other", 1, 1000);
  o.add_double("n-beta", 1e6, "nβ of the local posterior", 1e-300);
  o.add_double("gamma", 100, "strength of localisation", 0);
  o.add_int("chains", 4, "of Hamiltonian Monte Carlo", 2, 1000);
  o.add_int("draws", 2000, "of each chain", 40, 100000000);
  o.add_int("warm-up", 1000, "draws before these", 1, 100000000);
  o.add_int("leapfrogs", 16, "of each draw", 1, 10000);
  o.change_default("seed", "1").without("dtype").without("resume").without("json");
  o.add_preset("quick", {{"moduli", "5"}, {"trained", "1"}, {"draws", "600"}, {"warm-up", "400"}});
  o.add_preset("grok", {{"moduli", "11"},
                        {"grids", ""},
                        {"train-fraction", "0.75"},
                        {"weight-decay", "1"},
                        {"lr", "0.01"},
                        {"fit", "0"},
                        {"epochs", "5000"},
                        {"steps", "0.01"}});
  o.add_preset("paper", {{"moduli", "5,7,9,11"}, {"walks", "4"}, {"steps", "0.001,0.01,0.05,0.2"}, {"draws", "8000"}});
  return o;
}

void refuse(const Options& o, const FibreStudySpec& spec) {
  for (const std::int64_t p : spec.moduli)
    if (p % 2 == 0) throw UsageError(fmt::format("fibre_walk: --moduli has {}; wanted odd numbers", p));
  if (spec.networks() == 0) throw UsageError("fibre_walk: no networks; wanted --moduli and --grids or --trained");
  if (spec.steps.empty()) throw UsageError("fibre_walk: --steps is empty; wanted one length or more");
  if (!all_differ(spec.moduli) || !all_differ(spec.grids) || !all_differ(spec.steps))
    throw UsageError("fibre_walk: give each modulus, grid and step once");
  if (spec.trained == 0)
    o.require_unused({"hidden", "epochs", "fit", "lr", "weight-decay", "train-fraction"},
                     "it is of training, and --trained is 0");
}

FibreStudySpec fibre_spec(const Options& o) {
  FibreStudySpec spec{.moduli = o.integers("moduli"),
                      .grids = o.integers("grids"),
                      .trained = o.integer("trained"),
                      .hidden = o.integer("hidden"),
                      .epochs = o.integer("epochs"),
                      .fit = o.number("fit"),
                      .rate = o.number("lr"),
                      .train_fraction = o.number("train-fraction"),
                      .weight_decay = o.number("weight-decay"),
                      .steps = o.numbers("steps"),
                      .walks = o.integer("walks"),
                      .points = o.integer("points"),
                      .n_beta = o.number("n-beta"),
                      .gamma = o.number("gamma"),
                      .sampler = {.leapfrogs = int(o.integer("leapfrogs"))},
                      .seed = std::uint64_t(o.integer("seed")),
                      .threads = o.threads()};
  spec.chains = {.chains = o.integer("chains"),
                 .draws = o.integer("draws"),
                 .warm_up = o.integer("warm-up"),
                 .seed = spec.seed,
                 .threads = spec.threads};
  refuse(o, spec);
  return spec;
}

Outcome run(const Options& o) {
  const FibreStudySpec spec = fibre_spec(o);
  say_cost(o, [&] { return fibre_cost(spec); });
  return run_study(o, "fibre", {.blas = blas_kernel()}, [&](RunDirectory&) {
    Progress progress("networks", spec.networks(), o.flag("quiet"));
    const auto findings = study_fibres(spec, [&](std::int64_t done) { progress.update(done); });
    progress.finish(spec.networks());
    return Found{.results = fibre_results(findings, spec),
                 .claims = run_claims(fibre_claims, {.seed = spec.seed, .threads = spec.threads}, say_claims(o)),
                 .figures = fibre_figures(findings)};
  });
}

}  // namespace

Experiment fibre_walk() { return {declare, run}; }

}  // namespace basin::experiments
