// The claims of docs/theory.md §7 about counts of free directions, as named checks. Networks are made for
// them (planted or random, never trained). A prediction is arithmetic on the sizes that were planted; a measurement is
// N - rank J of the network by interp/degeneracy/degeneracy.h, or what its title says. They share no code.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "experiments/cli/claims.h"

namespace basin::experiments {

struct ClaimSettings {
  std::uint64_t seed = 1;
  int threads = 1;
  int nets = 5;          // networks drawn for each setting of C2 to C8; all must agree
  int mixed_nets = 120;  // of C9
  double min_gap = 1e4;  // a rank with a smaller spectral gap is no measurement
};

// One claim has one row for each thing it predicts; all carry its id.
struct ClaimEntry {
  std::string id, title;
  std::function<std::vector<Claim>(const ClaimSettings&)> run;
};

// In the order they are run and listed.
std::span<const ClaimEntry> claim_registry();

// The entries with these ids (all if none are given) in the order of the registry. NameError for an unknown id, with
// the nearest.
std::vector<const ClaimEntry*> selected_claims(std::span<const std::string> only);

// Runs the entries with these ids. `progress`, if given, is called before each with its entry, its place and the
// number to run. NameError as above.
using ClaimProgress = std::function<void(const ClaimEntry& entry, std::size_t place, std::size_t count)>;
std::vector<Claim> run_claims(std::span<const std::string> only, const ClaimSettings& settings,
                              const ClaimProgress& progress = {});

}  // namespace basin::experiments
