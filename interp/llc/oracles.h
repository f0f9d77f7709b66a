// Losses whose exact value at their nβ is known, each with a sampler that is to find it: the test of everything behind
// an estimate (docs/theory.md §6.7). No value is written down: each is computed when it is asked for.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "interp/llc/estimate.h"
#include "interp/llc/log_axis.h"

namespace basin::interp {

struct Oracle {
  std::string name{};    // "crossing/1-2-t579": family, then what it is
  std::string what{};    // "(w1 w2²)², eight copies"
  std::string source{};  // the function that knows the value: "crossing_finite_n"
  LocalPosterior posterior{};
  // nβ E[L - L(w*)] under the posterior, or what the sampler's own steps make of it where that is known; `error` is 0
  // or how far it may be off. `seed` is for values that are drawn themselves.
  std::function<Integrated(std::uint64_t seed)> exact{};
  double tolerance = 0.01;  // relative
  bool gamma_law = false;   // u has the law Gamma(λ, 1): its Fano factor is 1 ± 0.05
  SamplerSpec sampler{};
  ChainSpec chains{};  // how many are enough for an error of a fourth of the tolerance
};

// All of them; names are unique. At most 100 parameters each.
std::vector<Oracle> oracles();
// Those whose names fit one of the patterns (* and ?), all if there are none; NameError for a pattern that fits none.
std::vector<Oracle> selected_oracles(std::span<const std::string> patterns);

struct OracleResult {
  Integrated exact{};
  LlcEstimate estimate{};
  double off = 0;          // λ̂ / exact - 1
  double uncertainty = 0;  // half the 95 % interval of λ̂, and the exact value's own error, of the exact value
  bool within = false;     // |off| <= tolerance
  bool wide = false;       // the uncertainty is larger than the tolerance: within says little
  bool fano = true;        // 1 ± 0.05, where the law is Gamma
  bool passed() const { return within && fano; }
};
inline auto fields(OracleResult& r) {
  return std::tie(r.exact, r.estimate, r.off, r.uncertainty, r.within, r.wide, r.fano);
}

// Equal to the bit for any number of threads. Errors of sample and of the exact value.
OracleResult run_oracle(const Oracle& oracle, std::uint64_t seed, int threads = 1);

}  // namespace basin::interp
