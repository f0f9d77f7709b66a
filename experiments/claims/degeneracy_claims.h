// The claims of docs/theory.md §7, as named checks on networks made for them: planted, random, or trained for a moment.
// A measurement is what its title says. A prediction shares no code with it; `how`
// begins with the path by which the prediction comes, one of
//   arithmetic (on planted sizes)   closed form   plain loops   finite differences (of plain loops; C37: of chains)
//   direct eigenvalues (LAPACK on the whole matrix, made in plain loops)
//   theorem (an equality or inequality that is proved, between two measurements)   chance (a probability)
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "experiments/cli/claim_table.h"

namespace basin::experiments {

struct ClaimSettings {
  std::uint64_t seed = 1;
  int threads = 1;
  int nets = 5;          // networks drawn for each setting of C2 to C8; all must agree
  int mixed_nets = 120;  // of C9
  double min_gap = 1e4;  // a rank with a smaller spectral gap is no measurement
};

// What a claim takes on one thread of the machine that rates are of (experiments/cli/cost.h): `net` for each of
// ClaimSettings::nets, `mixed` for each of mixed_nets.
struct ClaimSeconds {
  double fixed = 0, net = 0, mixed = 0;

  double of(const ClaimSettings& settings) const { return fixed + net * settings.nets + mixed * settings.mixed_nets; }
};

// A claim: a constant at namespace scope, made known by its constructor. It writes one row for each thing it predicts.
//   const ClaimEntry c9{"C9", "bound (*) holds, and is exact for one hidden layer", {.mixed = 0.05}, check};
// A file of this folder that has one is all it takes: these files are linked whole (cmake/experiments.cmake).
struct ClaimEntry {
  using Check = void (*)(ClaimTable&, const ClaimSettings&);

  ClaimEntry(std::string id, std::string title, ClaimSeconds seconds, Check check);
  ClaimEntry(const ClaimEntry&) = delete;
  ClaimEntry& operator=(const ClaimEntry&) = delete;

  std::string id, title;  // "C9"
  ClaimSeconds seconds;
  Check check;
};

// In the order they are run and listed: that of the numbers in their ids.
std::span<const ClaimEntry* const> claim_registry();

// The entries with these ids (all if none are given) in the order of the registry. NameError for an unknown id, with
// the nearest.
std::vector<const ClaimEntry*> selected_claims(std::span<const std::string> only);

// What run_claims will take of the clock of this machine.
double claim_seconds(const ClaimEntry& entry, const ClaimSettings& settings);
double claims_seconds(std::span<const std::string> only, const ClaimSettings& settings);

// Runs the entries with these ids. `progress`, if given, is called before each with its entry, its place and the
// number to run. NameError as above.
using ClaimProgress = std::function<void(const ClaimEntry& entry, std::size_t place, std::size_t count)>;
std::vector<Claim> run_claims(std::span<const std::string> only, const ClaimSettings& settings,
                              const ClaimProgress& progress = {});

}  // namespace basin::experiments
