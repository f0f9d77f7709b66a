// Checks the claims of docs/theory.md §7, each by a prediction and a measurement that share no code.
#include <fmt/format.h>

#include "core/blas.h"
#include "core/file.h"
#include "experiments/claims/degeneracy_claims.h"
#include "experiments/cli/main.h"
#include "experiments/cli/terminal.h"
#include "experiments/shared/study.h"

using namespace basin;
using namespace basin::experiments;

namespace {

std::string listed_claims() {
  std::string text;
  for (const ClaimEntry* entry : claim_registry()) text += "\n  " + entry->id + "  " + entry->title;
  return text;
}

Options declare() {
  Options o("claims", "Checks claims about degeneracy (docs/theory.md §7) on networks made for them:" + listed_claims(),
            {"claims", "claims --only C3,C5", "claims --seed 7 --nets 20"});
  o.add_words("only", "", "ids of claims; empty: all");
  o.add_int("nets", 5, "networks drawn for each setting of C2 to C8", 1, 100000);
  o.add_int("mixed-nets", 120, "planted networks of C9", 1, 1000000);
  o.change_default("seed", "1").without("dtype").without("resume");
  o.add_preset("quick", {{"nets", "2"}, {"mixed-nets", "30"}});
  o.add_preset("paper", {{"nets", "20"}, {"mixed-nets", "600"}});
  return o;
}

int run(const Options& o) {
  const std::vector<std::string> only = o.words("only");
  selected_claims(only);  // refuses an unknown id before a folder is made
  RunDirectory directory(o, {.blas = blas_kernel(), .data = {}, .data_hash = {}});
  const ClaimSettings settings{.seed = std::uint64_t(o.integer("seed")),
                               .threads = o.threads(),
                               .nets = int(o.integer("nets")),
                               .mixed_nets = int(o.integer("mixed-nets"))};
  const std::vector<Claim> claims = run_claims(only, settings, say_claims(o));
  write_claims_json(directory.claims(), claims);
  write_timings_json(directory.timings(), claims);
  if (o.flag("json"))
    fmt::print("{}\n", read_file(directory.claims()));
  else
    fmt::print("{}\n{}\n{}\n", claims_table(claims, use_colour(stdout)), claims_summary(claims), directory.claims());
  return directory.finish(claims_exit_code(claims));
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
