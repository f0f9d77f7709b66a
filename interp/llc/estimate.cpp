#include "interp/llc/estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/matrix.h"

namespace basin::interp {
namespace {

// A chain has escaped if in the mean over a tenth of its draws it is lower than w* by more than the noise of that mean,
// taken from the spread of the whole chain: on all data a single loss below that at w* would say so, on batches one
// does not.
bool has_escaped(std::span<const double> u) {
  const std::size_t tenth = std::max<std::size_t>(u.size() / 10, 1);
  const auto mean_of = [](std::span<const double> part) {
    double sum = 0;
    for (const double v : part) sum += v;
    return sum / double(part.size());
  };
  for (std::size_t at = 0; at + tenth <= u.size(); at += tenth) {
    const std::span<const double> part = u.subspan(at, tenth);
    const double mean = mean_of(part);
    double squares = 0;
    for (const double v : part) squares += (v - mean) * (v - mean);
    if (mean < -1 && mean < -5 * std::sqrt(squares / double(tenth * tenth))) return true;
  }
  return false;
}

using Verdicts = std::vector<Verdict>;

void judge_chains(Verdicts& v, const LlcEstimate& e, std::int64_t all) {
  v.push_back({"diverged", e.diverged == 0, double(e.diverged), 0,
               e.diverged ? fmt::format("{} of {} chains lost their numbers and are left out: the step is too long",
                                        e.diverged, all)
                          : "every loss is a number"});
  v.push_back({"escaped", e.escaped == 0, double(e.escaped), 0,
               e.escaped
                   ? fmt::format("{} of {} chains went below the loss at w* and are left out: there are lower places "
                                 "nearby, and nβ = {:g} lets chains go there",
                                 e.escaped, all, e.n_beta)
                   : "no chain went below the loss at w*"});
}

void judge_mean(Verdicts& v, const LlcEstimate& e) {
  const ChainMean& m = e.lambda;
  v.push_back({"r_hat", m.r_hat <= 1.01, m.r_hat, 1.01,
               m.r_hat <= 1.01 ? "chains agree" : "chains have not mixed: more draws, or a larger γ"});
  v.push_back({"ess", m.ess >= 100, m.ess, 100, fmt::format("{:.0f} independent draws' worth", m.ess)});
  v.push_back({"drift", std::abs(e.drift) <= 4, std::abs(e.drift), 4,
               std::abs(e.drift) <= 4 ? "the running mean stays" : "the running mean still moves"});
  v.push_back({"burn_in", e.burn_in.settled, double(e.burn_in.draws), 0,
               fmt::format("{} draws of each chain are left out as burn-in{}", e.burn_in.draws,
                           e.burn_in.settled ? "" : ", and that is not enough")});
  v.push_back({"positive", m.mean > 0, m.mean, 0, m.mean > 0 ? "λ̂ is above 0" : "λ̂ is negative: w* is no minimum"});
}

void judge_sampler(Verdicts& v, const LlcEstimate& e, const Chains& chains, const SamplerSpec& sampler) {
  if (!sampler.rejects()) {
    const double stiffest = chains.step.front() * (e.n_beta * chains.top_curvature + e.gamma);
    v.push_back({"step", stiffest < 1, stiffest, 1,
                 stiffest < 4
                     ? fmt::format("the step is {:.2g} of the longest that is stable, and adds as much to λ̂ of the "
                                   "stiffest direction",
                                   stiffest / 4)
                     : "the step is too long for the stiffest direction"});
    return;
  }
  const bool good = e.acceptance >= 0.4;  // a high one is that of the short steps among them
  v.push_back({"acceptance", good, e.acceptance, 0.4,
               fmt::format("{:.0f} % of the trajectories are accepted", 100 * e.acceptance)});
}

}  // namespace

bool LlcEstimate::healthy() const { return std::ranges::all_of(verdicts, &Verdict::good); }

LlcEstimate estimate_llc(const Chains& chains, const LocalPosterior& posterior, const SamplerSpec& sampler) {
  LlcEstimate e{.n_beta = posterior.n_beta, .gamma = posterior.gamma};
  Matrix counted({0, chains.u.cols()});
  for (std::int64_t c = 0; c < chains.u.rows(); ++c) {
    const std::span<const double> u = chains.u.row(c);
    const bool finite = std::ranges::all_of(u, [](double v) { return std::isfinite(v); });
    const bool escaped = finite && has_escaped(u);
    e.diverged += !finite;
    e.escaped += escaped;
    e.acceptance += chains.acceptance[c] / double(chains.u.rows());
    if (!finite || escaped) continue;
    counted.data.insert(counted.data.end(), u.begin(), u.end());
    ++counted.shape[0];
  }
  e.chains = counted.rows();
  judge_chains(e.verdicts, e, chains.u.rows());
  if (e.chains > 0) {
    e.burn_in = burn_in(counted);
    const Matrix rest = columns_of(counted, e.burn_in.draws, counted.cols() - e.burn_in.draws);
    e.lambda = chain_mean(rest);
    e.drift = drift(rest).z;
    e.fano = fano_factor(rest.data);
    judge_mean(e.verdicts, e);
  } else {
    e.lambda.mean = e.lambda.error = NAN;
  }
  judge_sampler(e.verdicts, e, chains, sampler);

  return e;
}

}  // namespace basin::interp
