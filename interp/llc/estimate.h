// λ̂ from chains, with an error bar, and what speaks against believing it (docs/theory.md §6.4).
#pragma once
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "core/chains.h"
#include "interp/llc/chains.h"
#include "interp/llc/local_curvature.h"

namespace basin::interp {

// Something that an estimate is held against: a number, where it becomes doubtful, and a sentence.
struct Verdict {
  std::string name;  // "diverged", "escaped", "r_hat", …
  bool good = true;  // also of what is only to be known, such as the Fano factor
  double value = 0, threshold = 0;
  std::string text;  // "2 of 8 chains went below the loss at w*, and are left out"
};

inline auto fields(Verdict& v) { return std::tie(v.name, v.good, v.value, v.threshold, v.text); }

struct LlcEstimate {
  double n_beta = 0, gamma = 0;
  ChainMean lambda{};         // of u behind the burn-in, over the chains that count
  BurnIn burn_in{};           // found in them
  std::int64_t chains = 0;    // that count
  std::int64_t diverged = 0;  // left out: a loss of NaN or Inf
  std::int64_t escaped = 0;   // left out: they went to a lower loss than that at w*
  double fano = 0;            // variance / mean of u: 1 for homogeneous basins, where u is Gamma(λ, 1)
  double temperature = 1;     // T_eff of sgld on batches, from their gradients' variance where the chains ended (§6.3)
  double drift = 0;           // z of core/chains.h
  double acceptance = 0;      // mean over chains
  std::vector<Verdict> verdicts{};

  // What the cut-off of N_eff(ε) is at this nβ: ε = λ̂ / nβ.
  double epsilon() const { return lambda.mean / n_beta; }
  bool healthy() const;
};

inline auto fields(LlcEstimate& e) {
  return std::tie(e.n_beta, e.gamma, e.lambda, e.burn_in, e.chains, e.diverged, e.escaped, e.fano, e.temperature,
                  e.drift, e.acceptance, e.verdicts);
}

// Whether a chain counts, by its nβ (L - L(w*)): it has neither diverged nor escaped to a lower loss than that at w*.
bool chain_counts(std::span<const double> u);

// UsageError for fewer than 40 draws. Where no chain counts, λ̂ is NaN and the verdicts say why.
LlcEstimate estimate_llc(const Chains& chains, const LocalPosterior& posterior, const SamplerSpec& sampler);

// What the curvature at w* says against it: a γ that takes more than 5 % of the quadratic count, a place that is no
// minimum, a posterior without end.
std::vector<Verdict> judge_place(const LlcEstimate& estimate, const Chains& chains, const LocalCurvature& curvature);

// Draws until the error of λ̂ is at most `target`, but at most `most` of each chain: spec.draws, then twice as many
// each time. With a target of 0: spec.draws.
struct Budget {
  double target = 0;
  std::int64_t most = 100000;
};
struct Sampled {
  Chains chains{};
  LlcEstimate estimate{};
  bool reached = true;  // the target; or it was 0
};
// `rest` hears after each round, and is where the run may be saved. Interrupted on SIGINT and SIGTERM, after `rest`.
template <class T>
Sampled sample_until(ChainRun<T>& run, const LocalPosterior& posterior, const SamplerSpec& sampler,
                     const ChainSpec& spec, const Budget& budget, const std::function<void()>& rest = {});

}  // namespace basin::interp
