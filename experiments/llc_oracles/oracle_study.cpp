#include "experiments/llc_oracles/oracle_study.h"

#include <fmt/format.h>

#include "core/blas.h"
#include "experiments/cli/exit_codes.h"
#include "experiments/cli/experiment.h"
#include "experiments/llc/llc_cost.h"
#include "experiments/shared/items.h"
#include "experiments/shared/study.h"

namespace basin::experiments {
namespace {

std::string listed(const std::vector<interp::Oracle>& oracles) {
  const report::Table<interp::Oracle> table{
      {"name", "name", &interp::Oracle::name},
      {"what", "loss", &interp::Oracle::what},
      {"source", "exact value by", &interp::Oracle::source},
      {"sampler", "sampler", [](const auto& o) { return interp::name_of(o.sampler.kind); }},
      {"tolerance", "tolerance", &interp::Oracle::tolerance, "{:.0%}"}};
  return report::table_text(table.json(oracles));
}

// Of the sampling; the exact values take a second or so.
RunCost cost(const Options& o, const std::vector<interp::Oracle>& oracles) {
  RunCost cost;
  double chains = 0, draws = 0;
  for (const interp::Oracle& oracle : oracles) {
    const interp::ChainSpec& spec = oracle.chains;
    const StepCost step = step_cost(oracle.posterior, oracle.sampler, spec, false);
    chains += step.seconds * double(spec.warm_up + spec.draws);
    draws = std::max(draws, double(spec.chains * spec.draws));
    cost.bytes = std::max(cost.bytes, step.bytes);
  }
  const double count = double(oracles.size());
  cost.parts = {{fmt::format("chains of {} losses", oracles.size()), dealt_seconds(o, count, chains / count)}};
  cost.bytes = (cost.bytes + 8 * 6 * draws) * o.threads();
  return cost;
}

// Each on one thread, --threads of them side by side.
Found find(const Options& o, RunDirectory& directory) {
  const std::vector<interp::Oracle> oracles = interp::selected_oracles(o.words("only"));
  const auto results =
      Items(o, directory)
          .results(
              "oracles", std::ssize(oracles), [&](std::int64_t i) { return oracles[std::size_t(i)].name; },
              [&](std::int64_t i) {
                return interp::run_oracle(oracles[std::size_t(i)], std::uint64_t(o.integer("seed")));
              });
  directory.end_shard();
  std::vector<OracleRow> rows;
  for (std::size_t i = 0; i < oracles.size(); ++i) rows.push_back({oracles[i], results[i]});
  return {.results = oracle_results(rows), .claims = oracle_claims(rows), .figures = oracle_figures(rows)};
}

}  // namespace

Options oracle_options() {
  Options o("llc_oracles",
            "Estimates learning coefficients by sampling where an exact value is known at the same nβ (docs/theory.md "
            "§6.7), and holds every estimate against it. Exit code 1 if one is off.",
            {"llc_oracles", "llc_oracles --only 'crossing/*' --seed 3", "llc_oracles --list"});
  o.add_words("only", "", "names, with * and ?; empty: all");
  o.add_flag("list", "print the names of all and what they are, and stop");
  o.change_default("seed", "1").without("dtype").without("preset").add_shard();
  return o;
}

int run_oracles(const Options& o) {
  const std::vector<interp::Oracle> oracles = interp::selected_oracles(o.words("only"));  // refuses unknown names
  if (o.flag("list")) {
    fmt::print("{}", listed(oracles));
    return exit_ok;
  }
  say_cost(o, [&] { return cost(o, oracles); });
  report::Json results;
  const Outcome outcome = run_study(o, "llc_oracles", {.blas = blas_kernel()}, [&](RunDirectory& directory) {
    Found found = find(o, directory);
    results = found.results;
    return found;
  });
  if (o.flag("json"))
    fmt::print("{}\n", results.dump());
  else
    fmt::print("{}\n{}\n{}\n", report::table_text(results["shortly"]), outcome.summary, outcome.report);
  return outcome.exit_code;
}

}  // namespace basin::experiments
