#include "interp/llc/estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/interrupt.h"
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
  v.push_back(
      {"r_hat", m.r_hat <= 1.01, m.r_hat, 1.01,
       m.r_hat <= 1.01 ? "chains agree" : "chains have not mixed: more draws, longer trajectories, or a larger γ"});
  v.push_back({"ess", m.ess >= 100, m.ess, 100, fmt::format("{:.0f} independent draws' worth", m.ess)});
  v.push_back({"drift", std::abs(e.drift) <= 4, std::abs(e.drift), 4,
               std::abs(e.drift) <= 4 ? "the running mean stays" : "the running mean still moves"});
  v.push_back({"burn_in", e.burn_in.settled, double(e.burn_in.draws), 0,
               fmt::format("{} draws of each chain are left out as burn-in{}", e.burn_in.draws,
                           e.burn_in.settled ? "" : ", and that is not enough")});
  v.push_back({"positive", m.mean > 0, m.mean, 0, m.mean > 0 ? "λ̂ is above 0" : "λ̂ is negative: w* is no minimum"});
}

void judge_fano(Verdicts& v, const LlcEstimate& e) {
  v.push_back(
      {"fano", true, e.fano, 1,
       fmt::format("the variance of nβ (L - L(w*)) is {:.2f} of its mean; 1 in a basin of one shape at all scales",
                   e.fano)});
}

// Of Langevin steps, which are never rejected.
void judge_steps(Verdicts& v, const LlcEstimate& e, const Chains& chains) {
  const double stiffest = chains.step.front() * (e.n_beta * chains.top_curvature + e.gamma);
  v.push_back({"step", stiffest < 1, stiffest, 1,
               stiffest < 4
                   ? fmt::format("the step is {:.2g} of the longest that is stable, and adds as much to λ̂ of the "
                                 "stiffest direction",
                                 stiffest / 4)
                   : "the step is too long for the stiffest direction"});
  v.push_back({"temperature", e.temperature <= 1.05, e.temperature, 1.05,
               fmt::format("batches heat the chains to {:.3f} of the temperature that is meant", e.temperature)});
}

void judge_acceptance(Verdicts& v, const LlcEstimate& e) {
  const bool good = e.acceptance >= 0.4;  // a high one is that of the short steps among them
  v.push_back({"acceptance", good, e.acceptance, 0.4,
               fmt::format("{:.0f} % of the trajectories are accepted", 100 * e.acceptance)});
}

// Chains on the same batches are not independent: what their mean remembers is an error too.
void widen_for_shared(ChainMean& m, const Matrix& traces) {
  Matrix together({1, traces.cols()});
  for (std::int64_t c = 0; c < traces.rows(); ++c)
    for (std::int64_t t = 0; t < traces.cols(); ++t) together[t] += traces(c, t) / double(traces.rows());
  const ChainMean shared = chain_mean(together);
  if (!(shared.error > m.error)) return;
  m.error = shared.error, m.lower = shared.lower, m.upper = shared.upper;
}

}  // namespace

bool chain_counts(std::span<const double> u) {
  return std::ranges::all_of(u, [](double v) { return std::isfinite(v); }) && !has_escaped(u);
}

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
  if (sampler.kind == SamplerKind::sgld)
    e.temperature = 1 + chains.step.front() * e.n_beta * e.n_beta * chains.gradient_variance / 4;
  judge_chains(e.verdicts, e, chains.u.rows());
  if (e.chains > 0) {
    e.burn_in = burn_in(counted);
    const Matrix rest = columns_of(counted, e.burn_in.draws, counted.cols() - e.burn_in.draws);
    e.lambda = chain_mean(rest);
    if (sampler.batch > 0 && sampler.share_batches) widen_for_shared(e.lambda, rest);
    e.drift = drift(rest).z;
    e.fano = fano_factor(rest.data);
    judge_mean(e.verdicts, e);
    judge_fano(e.verdicts, e);
  } else {
    e.lambda.mean = e.lambda.error = NAN;
  }
  if (sampler.rejects())
    judge_acceptance(e.verdicts, e);
  else if (sampler.kind == SamplerKind::sgld)
    judge_steps(e.verdicts, e, chains);
  return e;
}

std::vector<Verdict> judge_place(const LlcEstimate& e, const Chains& chains, const LocalCurvature& curvature) {
  Verdicts v;
  const double free = curvature.gauss_newton(e.n_beta, 0).value,
               bound = curvature.gauss_newton(e.n_beta, e.gamma).value;
  const double bias = free > 0 ? 1 - bound / free : 0;
  v.push_back({"gamma", bias <= 0.05, bias, 0.05,
               fmt::format("γ takes {:.1f} % of what a quadratic of this curvature has, and more along degenerate "
                           "directions",
                           100 * bias)});
  const double descent = curvature.descent(e.n_beta, e.gamma), allowed = 0.05 * std::max(0.1, std::abs(e.lambda.mean));
  v.push_back({"minimum", descent <= allowed, descent, allowed,
               descent <= allowed ? fmt::format("w* is a minimum to {:.1e} of nβ L", descent)
                                  : fmt::format("w* is no minimum: nβ L falls by {:.2g} close by; train on, or use the "
                                                "behavioural loss",
                                                descent)});
  if (e.gamma > 0 || chains.distance.cols() < 20) return v;
  const Drift away = drift(chains.distance);
  const bool grows = away.z < -4;
  v.push_back({"proper", !grows, -away.z, 4,
               grows ? "γ is 0, and chains walk away from w* without end: set γ" : "γ is 0, and chains stay near w*"});
  return v;
}

template <class T>
Sampled sample_until(ChainRun<T>& run, const LocalPosterior& posterior, const SamplerSpec& sampler,
                     const ChainSpec& spec, const Budget& budget, const std::function<void()>& rest) {
  Sampled s;
  const auto look = [&] {
    if (rest) rest();
    if (interrupted()) throw Interrupted("chains: stopped by a signal");
    s.chains = run.chains();
    s.estimate = estimate_llc(s.chains, posterior, sampler);
    s.reached = budget.target == 0 || s.estimate.lambda.error <= budget.target;
  };
  run.advance(std::max<std::int64_t>(spec.draws - run.draws(), 0));
  for (look(); !s.reached && run.draws() < budget.most; look())
    run.advance(std::min(run.draws(), budget.most - run.draws()));  // twice as many
  s.chains.gradient_variance = run.gradient_variance();
  s.estimate = estimate_llc(s.chains, posterior, sampler);
  return s;
}

template Sampled sample_until(ChainRun<float>&, const LocalPosterior&, const SamplerSpec&, const ChainSpec&,
                              const Budget&, const std::function<void()>&);
template Sampled sample_until(ChainRun<double>&, const LocalPosterior&, const SamplerSpec&, const ChainSpec&,
                              const Budget&, const std::function<void()>&);

}  // namespace basin::interp
