// What every study does around its measuring: a run directory, results.json, claims.json, figures, the page, the
// outcome.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "experiments/claims/degeneracy_claims.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/run_directory.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"

namespace basin::experiments {

// What a study found. `results` is all that its page (experiments/<page>/report.md) may show; the claims are put into
// it as "claims", and how many rows are "predictions" and "measured"; of the predictions "held"
// passed, and of all rows "failed". Beside them the "command" that finds it again and the name of the "page".
struct Found {
  report::Json results{};
  std::vector<Claim> claims{};
  std::vector<report::NamedFigure> figures{};
  int exit_code = 0;  // of the run, unless a claim fails
};

// Writes results.json, claims.json, figures/ and report.html and finishes the run. The outcome's summary is the page's
// words on top. Errors of RunDirectory and page_html.
Outcome run_study(const Options& options, const std::string& page, const RunFacts& facts,
                  const std::function<Found(RunDirectory&)>& find);

// For run_claims: says each claim on stderr before it is checked, unless --quiet.
ClaimProgress say_claims(const Options& options);

// The page filled in by results that were found before, as run_study does it.
void write_page(const std::string& page, const report::Json& results, const std::string& figures,
                const std::string& path);

}  // namespace basin::experiments
