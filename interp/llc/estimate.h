// λ̂ from chains, with an error bar, and what speaks against believing it (docs/theory.md §6.4).
#pragma once
#include <string>
#include <vector>

#include "core/chains.h"
#include "interp/llc/chains.h"

namespace basin::interp {

// Something that an estimate is held against: a number, where it becomes doubtful, and a sentence.
struct Verdict {
  std::string name;  // "diverged", "escaped", "r_hat", …
  bool good = true;
  double value = 0, threshold = 0;
  std::string text;  // "2 of 8 chains went below the loss at w*, and are left out"
};

struct LlcEstimate {
  double n_beta = 0, gamma = 0;
  ChainMean lambda{};         // of u behind the burn-in, over the chains that count
  BurnIn burn_in{};           // found in them
  std::int64_t chains = 0;    // that count
  std::int64_t diverged = 0;  // left out: a loss of NaN or Inf
  std::int64_t escaped = 0;   // left out: they went to a lower loss than that at w*
  double fano = 0;            // variance / mean of u: 1 for homogeneous basins, where u is Gamma(λ, 1)
  double drift = 0;           // z of core/chains.h
  double acceptance = 0;      // mean over chains
  std::vector<Verdict> verdicts{};

  // What the cut-off of N_eff(ε) is at this nβ: ε = λ̂ / nβ.
  double epsilon() const { return lambda.mean / n_beta; }
  bool healthy() const;
};

// UsageError for fewer than 40 draws. Where no chain counts, λ̂ is NaN and the verdicts say why.
LlcEstimate estimate_llc(const Chains& chains, const LocalPosterior& posterior, const SamplerSpec& sampler);

}  // namespace basin::interp
