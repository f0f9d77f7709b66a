// Estimates of learning coefficients beside exact values (interp/llc/oracles.h), as a table, figures and a page.
#pragma once
#include "experiments/cli/claims.h"
#include "experiments/cli/options.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "interp/llc/oracles.h"

namespace basin::experiments {

Options oracle_options();

struct OracleRow {
  interp::Oracle oracle{};
  interp::OracleResult result{};

  std::string family() const;    // what the name begins with
  std::string verdict() const;   // "pass", "fail"; "pass, wide" where the error bar is wider than the tolerance
  std::string doubtful() const;  // what else speaks against the estimate: "step", "r_hat, ess"
};

// λ̂ against the exact value for each row, and the Fano factor against 1 where the law is Gamma.
std::vector<Claim> oracle_claims(const std::vector<OracleRow>& rows);
// What the page shows (report.md); the tables "oracles" and "shortly", which is for terminals.
report::Json oracle_results(const std::vector<OracleRow>& rows);
// exact_against_estimated, deviations.
std::vector<report::NamedFigure> oracle_figures(const std::vector<OracleRow>& rows);

// The command: what its executable declares and runs.
int run_oracles(const Options& options);

}  // namespace basin::experiments
