#include "experiments/fibre/fibre_study.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/lapack.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "interp/jacobian/model_jacobian.h"

namespace basin::experiments {
namespace {

// Each with a direction of its own.
void walk(FibreFindings& f, const FibreStudySpec& spec) {
  std::vector<std::uint64_t> seeds;
  Rng rng(spec.seed, "fibre_walk/" + f.network.name);
  for (const double step : spec.steps)
    for (std::int64_t i = 0; i < spec.walks; ++i) f.step_of.push_back(step), seeds.push_back(rng.next_u64());
  f.walks.resize(seeds.size());
  parallel_for(spec.threads, std::ssize(seeds), [&](std::int64_t i, int) {
    const auto at = std::size_t(i);
    f.walks[at] = interp::fibre_walk(f.network.model, f.network.data,
                                     {.step = f.step_of[at], .steps = spec.points, .seed = seeds[at]});
  });
  f.bounds = interp::fibre_bounds(f.walks);
}

double at_second_order(const FibreNetwork& network, double n_beta, double gamma) {
  interp::ModelJacobian model(network.model, network.data);
  double sum = 0;
  for (const double s : singular_values(model.jacobian_at(network.model.parameters.flat()))) {
    const double curvature = 2 * s * s / double(model.samples());
    sum += 0.5 * n_beta * curvature / (n_beta * curvature + gamma);
  }
  return sum;
}

void estimate(FibreFindings& f, const FibreStudySpec& spec) {
  const interp::LocalPosterior posterior = interp::behavioural(
      {.model = f.network.model, .data = f.network.data, .n_beta = spec.n_beta, .gamma = spec.gamma});
  f.quadratic = at_second_order(f.network, spec.n_beta, spec.gamma);
  f.llc = interp::estimate_llc(interp::sample<double>(posterior, spec.sampler, spec.chains), posterior, spec.sampler);
}

std::vector<FibreNetwork> networks_of(const FibreStudySpec& spec) {
  std::vector<std::function<FibreNetwork()>> makers;
  for (const std::int64_t p : spec.moduli) {
    for (const std::int64_t n : spec.grids) makers.push_back([=] { return exact_network(p, n); });
    for (std::int64_t i = 0; i < spec.trained; ++i)
      makers.push_back([=, &spec] { return trained_network(spec, p, spec.seed + std::uint64_t(i)); });
  }
  std::vector<FibreNetwork> networks(makers.size());
  parallel_for(spec.threads, std::ssize(makers),
               [&](std::int64_t i, int) { networks[std::size_t(i)] = makers[std::size_t(i)](); });
  return networks;
}

}  // namespace

std::vector<std::int64_t> FibreFindings::ranks() const {
  std::vector<std::int64_t> all;
  for (const interp::FibreWalk& w : walks)
    for (const interp::FibrePoint& point : w.points)
      if (point.converged) all.push_back(point.rank.rank);
  std::ranges::sort(all);
  return all;
}

std::int64_t FibreFindings::stuck() const {
  std::int64_t count = 0;
  for (const interp::FibreWalk& w : walks) count += w.stuck();
  return count;
}

bool FibreFindings::between() const { return llc.lambda.upper >= quadratic && llc.lambda.lower <= bounds.upper; }

std::vector<FibreFindings> study_fibres(const FibreStudySpec& spec, const std::function<void(std::int64_t)>& progress) {
  std::vector<FibreFindings> all;
  for (FibreNetwork& network : networks_of(spec)) {
    FibreFindings& f = all.emplace_back();
    f.network = std::move(network);
    walk(f, spec);
    estimate(f, spec);
    progress(std::ssize(all));
  }
  return all;
}

}  // namespace basin::experiments
