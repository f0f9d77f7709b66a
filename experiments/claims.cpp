// Checks the claims of docs/theory.md §7, each by a prediction and a measurement that share no code.
#include <fmt/format.h>

#include <array>

#include "core/blas.h"
#include "core/file.h"
#include "experiments/claims/degeneracy_claims.h"
#include "experiments/cli/cost.h"
#include "experiments/cli/main.h"
#include "experiments/cli/terminal.h"
#include "experiments/shared/items.h"
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
  o.change_default("seed", "1").without("dtype").add_shard();
  o.add_preset("quick", {{"nets", "2"}, {"mixed-nets", "30"}});
  o.add_preset("paper", {{"nets", "20"}, {"mixed-nets", "600"}});
  return o;
}

// A part for each claim that falls to the shard.
RunCost cost(const Options& o, const std::vector<const ClaimEntry*>& entries, const ClaimSettings& settings) {
  RunCost all{.bytes = 150e6};
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (o.shard().takes(std::int64_t(i)))
      all.parts.push_back({entries[i]->id + ": " + entries[i]->title, claim_seconds(*entries[i], settings)});
  return all;
}

int run(const Options& o) {
  const std::vector<std::string> only = o.words("only");
  const std::vector<const ClaimEntry*> entries =
      selected_claims(only);  // refuses an unknown id before a folder is made
  const ClaimSettings settings{.seed = std::uint64_t(o.integer("seed")),
                               .threads = o.threads(),
                               .nets = int(o.integer("nets")),
                               .mixed_nets = int(o.integer("mixed-nets"))};
  say_cost(o, [&] { return cost(o, entries, settings); });
  RunDirectory directory(o, {.blas = blas_kernel(), .data = {}, .data_hash = {}});
  // One at a time: each has threads of its own.
  const auto rows = Items::one_at_a_time(o, directory)
                        .results(
                            "claims", std::ssize(entries), [&](std::int64_t i) { return entries[std::size_t(i)]->id; },
                            [&](std::int64_t i) {
                              const ClaimEntry& entry = *entries[std::size_t(i)];
                              say(o, fmt::format("{}/{} {}: {}", i + 1, entries.size(), entry.id, entry.title));
                              return run_claims(std::array{entry.id}, settings);
                            });
  directory.end_shard();
  std::vector<Claim> claims;
  for (const std::vector<Claim>& of_entry : rows) claims.insert(claims.end(), of_entry.begin(), of_entry.end());
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
