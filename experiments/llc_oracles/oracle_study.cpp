#include "experiments/llc_oracles/oracle_study.h"

#include <fmt/format.h>

#include "core/blas.h"
#include "core/parallel.h"
#include "experiments/cli/exit_codes.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/progress.h"
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

Found find(const Options& o) {
  const std::int64_t all = std::ssize(interp::selected_oracles(o.words("only")));
  Progress progress("oracles", all, o.flag("quiet"));
  const std::vector<OracleRow> rows = measure_oracles(o, [&](std::int64_t done) { progress.update(done); });
  progress.finish(all);
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
  o.change_default("seed", "1").without("dtype").without("resume").without("preset");
  return o;
}

std::vector<OracleRow> measure_oracles(const Options& o, const std::function<void(std::int64_t done)>& progress) {
  const std::vector<interp::Oracle> oracles = interp::selected_oracles(o.words("only"));
  const auto measured = [&](std::int64_t i) {
    return OracleRow{oracles[i], interp::run_oracle(oracles[i], std::uint64_t(o.integer("seed")))};
  };
  return parallel_results(o.threads(), std::ssize(oracles), measured, progress);
}

int run_oracles(const Options& o) {
  const std::vector<interp::Oracle> oracles = interp::selected_oracles(o.words("only"));  // refuses unknown names
  if (o.flag("list")) {
    fmt::print("{}", listed(oracles));
    return exit_ok;
  }
  report::Json results;
  const Outcome outcome = run_study(o, "llc_oracles", {.blas = blas_kernel()}, [&](RunDirectory&) {
    Found found = find(o);
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
