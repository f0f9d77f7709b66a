#include "experiments/llc/llc_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/memory.h"
#include "experiments/shared/pass_cost.h"
#include "interp/llc/sampler.h"
#include "interp/spectra/operators.h"
#include "interp/sweep/rows.h"

namespace basin::experiments {
namespace {

constexpr double short_step = 0.02;                     // up to which all of a trajectory is tried
constexpr double stiff = 1e12;                          // so that chains stay where they are
constexpr std::int64_t top_steps = 40;                  // of Lanczos for the largest eigenvalue
constexpr std::int64_t probes = 5, lanczos_steps = 60;  // of LocalCurvature::quadrature

// The same on some rows, where a gradient over all takes long; `times` is how many more there are.
interp::LocalPosterior on_some_rows(interp::LocalPosterior posterior, double& times) {
  constexpr double enough = 2e6;  // rows x parameters
  times = 1;
  if (posterior.data.empty()) return posterior;
  const std::int64_t all = rows_of(posterior.data, "llc"),
                     some = std::int64_t(enough / double(posterior.model.parameter_count())) + 64;
  if (some >= all) return posterior;
  posterior.data = interp::rows_at(posterior.data, spaced_rows(all, some));
  times = double(all) / double(some);
  return posterior;
}

template <class T>
double tried_step(const interp::LocalPosterior& posterior, interp::SamplerSpec sampler, std::int64_t count) {
  const auto seconds = [&](int leapfrogs) {
    sampler.leapfrogs = leapfrogs;
    const auto chains = interp::make_sampler<T>(posterior, sampler, {0, count, 0}, stiff);
    return seconds_of([&] { chains->step(false); });
  };
  const bool moves_far = sampler.kind == interp::SamplerKind::hmc || sampler.kind == interp::SamplerKind::tempering;
  const int all = moves_far ? sampler.leapfrogs : 1;
  const double one = seconds(1);
  if (all == 1) return one;
  if (one * all < short_step) return seconds(all);
  return one + (all - 1) * std::max(seconds(2) - one, one / 4);  // the first has a gradient of its own to begin with
}

// Seconds of products with the Hessian: by themselves, and `probes` at a time.
struct ProductCost {
  double alone = 0, together = 0;
  std::int64_t dimension = 0;
};

ProductCost product_cost(const interp::LocalPosterior& posterior) {
  double times = 1;
  const interp::Operator hessian = interp::local_hessian(on_some_rows(posterior, times));
  std::vector<double> v(std::size_t(probes * hessian.size), 1.0), out(v.size());
  const auto of = [&](std::int64_t vectors) {
    const std::size_t size = std::size_t(vectors * hessian.size);
    return times * seconds_of([&] { hessian.apply(std::span(v).first(size), std::span(out).first(size)); });
  };
  return {of(1), of(probes), hessian.size};
}

double top_seconds(const ProductCost& product) {
  return double(std::min(top_steps, product.dimension)) * product.alone;
}

// Of interp::local_curvature.
double curvature_seconds(const ProductCost& product) {
  const double d = double(product.dimension);
  if (product.dimension <= interp::LocalCurvature::dense_dimension)
    return d / probes * product.together + 2e-9 * machine_speed().products * d * d * d;
  const double orthogonal = 1e-9 * machine_speed().products * probes * double(lanczos_steps * lanczos_steps) * d;
  return top_seconds(product) + double(lanczos_steps) * product.together + orthogonal;
}

double on_threads(const StepCost& step, int threads) {
  const double groups = double(step.groups);
  return step.seconds * std::ceil(groups / threads) / groups;
}

// λ̂ of a quadratic of the curvature on some rows; of many parameters one in twenty counts.
double expected_lambda(interp::LocalPosterior posterior) {
  constexpr std::int64_t most_parameters = 5000, most_rows = 100;
  if (posterior.dimension() > most_parameters) return double(posterior.dimension()) / 40;
  if (!posterior.data.empty()) {
    const std::int64_t all = rows_of(posterior.data, "llc");
    posterior.data = interp::rows_at(posterior.data, spaced_rows(all, most_rows));
  }
  return interp::local_curvature(posterior).gauss_newton(posterior.n_beta, posterior.gamma).value;
}

// Twice as many each time, until λ̂ has the error that was asked for: u has about the law Gamma(λ), and some four steps
// of a chain are worth one draw. The most of all nβ.
double expected_draws(const LlcSettings& s, interp::LocalPosterior posterior) {
  double draws = double(s.chains.draws);
  if (s.budget.target == 0) return draws;
  posterior.n_beta = s.n_betas.back(), posterior.gamma = s.gamma;
  constexpr double worth_one = 4;
  const double wanted =
      worth_one * expected_lambda(posterior) / (double(s.chains.chains) * s.budget.target * s.budget.target);
  while (draws < wanted && draws < double(s.budget.most)) draws = std::min(2 * draws, double(s.budget.most));
  return draws;
}

struct Tried {
  StepCost step{};
  ProductCost product{};
  interp::LocalPosterior posterior{};
};

Tried tried(const LlcSubject& subject, const LlcSettings& s) {
  Tried t{.posterior = subject.posterior};
  t.posterior.gamma = s.gamma, t.posterior.n_beta = s.n_betas.front();
  t.product = product_cost(t.posterior);
  t.step = step_cost(t.posterior, s.sampler, s.chains, s.f32);
  return t;
}

CostPart chains_part(const LlcSettings& s, const Tried& t, double runs, double draws) {
  const double steps = double(s.chains.warm_up) + draws, each = on_threads(t.step, s.chains.threads);
  return {fmt::format("{:.0f} x {:.0f} steps of {} chains, {:.3g} ms each of all, measured", runs, steps,
                      s.chains.chains, 1000 * each),
          runs * (steps * each + top_seconds(t.product))};
}

double held_bytes(const LlcSettings& s, const Tried& t, double draws) {
  const double d = double(t.product.dimension), runs = double(s.n_betas.size()), chains = double(s.chains.chains);
  const double places = s.chains.keep_every ? chains * draws / double(s.chains.keep_every) * d : 0;
  const double lanczos =
      t.product.dimension <= interp::LocalCurvature::dense_dimension ? 4 * d * d : double(probes * lanczos_steps) * d;
  return t.step.bytes + 8 * (lanczos + 2 * runs * (places + 2 * chains * draws));
}

}  // namespace

StepCost step_cost(const interp::LocalPosterior& posterior, const interp::SamplerSpec& sampler,
                   const interp::ChainSpec& chains, bool f32) {
  const std::int64_t together = f32 ? interp::chains_together<float>(posterior, sampler, chains.chains)
                                    : interp::chains_together<double>(posterior, sampler, chains.chains);
  const std::int64_t groups = (chains.chains + together - 1) / together;
  double times = 1;
  const interp::LocalPosterior some = sampler.batch > 0 ? posterior : on_some_rows(posterior, times);
  const double before = peak_memory(), all = times * double(groups);
  const double seconds = (f32 ? tried_step<float> : tried_step<double>)(some, sampler, together);
  return {.seconds = seconds * all, .bytes = (peak_memory() - before) * all, .groups = groups};
}

double chains_seconds(const interp::LocalPosterior& posterior, const interp::SamplerSpec& sampler,
                      const interp::ChainSpec& chains, bool f32) {
  const StepCost step = step_cost(posterior, sampler, chains, f32);
  return double(chains.warm_up + chains.draws) * on_threads(step, chains.threads) +
         top_seconds(product_cost(posterior));
}

double curvature_seconds(const interp::LocalPosterior& posterior) { return curvature_seconds(product_cost(posterior)); }

double gradient_seconds(const interp::LocalPosterior& posterior) { return product_cost(posterior).alone / 2; }

RunCost llc_cost(const LlcSubject& subject, const LlcSettings& s) {
  const Tried t = tried(subject, s);
  const double runs = double(s.n_betas.size()), draws = expected_draws(s, t.posterior);
  RunCost cost{.parts = {{fmt::format("curvature of {} parameters", t.product.dimension), curvature_seconds(t.product)},
                         chains_part(s, t, runs, draws)},
               .bytes = held_bytes(s, t, draws)};
  if (s.responses) {
    constexpr double losses_alone = 1.0 / 6;  // of two gradients
    const double places = runs * double(s.chains.chains) * std::floor(draws / double(s.chains.keep_every));
    cost.parts.push_back({fmt::format("losses of all rows at {:.0f} places", places),
                          std::ceil(places / s.chains.threads) * losses_alone * t.product.alone});
  }
  return cost;
}

RunCost calibration_cost(const LlcSubject& subject, const LlcSettings& s, std::int64_t trials) {
  const Tried t = tried(subject, s);
  const double draws = double(s.chains.draws);
  return {.parts = {{fmt::format("curvature of {} parameters", t.product.dimension), curvature_seconds(t.product)},
                    chains_part(s, t, double(trials) * double(s.n_betas.size()), draws)},
          .bytes = held_bytes(s, t, draws)};
}

}  // namespace basin::experiments
