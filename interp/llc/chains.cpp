#include "interp/llc/chains.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "core/parallel.h"
#include "interp/llc/chain_group.h"

namespace basin::interp {
namespace {

void validate(const SamplerSpec& sampler, const ChainSpec& spec) {
  if (spec.chains < 1 || spec.draws < 1 || spec.warm_up < 0)
    throw UsageError(fmt::format("chains: {} chains of {} draws behind {} steps of warm-up; wanted 1, 1 and 0 or more",
                                 spec.chains, spec.draws, spec.warm_up));
  if (!(sampler.step >= 0) || sampler.leapfrogs < 1 || sampler.batch < 0)
    throw UsageError(fmt::format("chains: a step of {}, {} leapfrog steps, batches of {}; wanted 0, 1 and 0 or more",
                                 sampler.step, sampler.leapfrogs, sampler.batch));
  if (sampler.kind == SamplerKind::hmc && sampler.batch > 0)
    throw UsageError("chains: hmc accepts on all data; help: sgld takes batches, or leave the batch out");
}

// The largest eigenvalue by size of the Hessian of L at w*: power iteration on differences of gradients.
double top_curvature(const LocalPosterior& posterior) {
  ChainProgram<double> program(posterior, 2);
  std::vector<double> v(program.dimension());
  Rng(0, "llc/curvature").fill_normal(std::span<double>(v));
  double largest = 0, scale = 0;
  for (const double w : program.center().flat()) scale = std::max(scale, std::abs(w));
  const double h = 1e-4 * std::max(1.0, scale);
  for (int iteration = 0; iteration < 60; ++iteration) {
    double length = 0;
    for (const double value : v) length += value * value;
    if (length == 0) return 0;
    for (double& value : v) value /= std::sqrt(length);
    for (int side = 0; side < 2; ++side)
      program.for_slices(side, [&](std::size_t at, std::size_t own, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i)
          program.positions().flat()[at + i] = program.center().flat()[own + i] + (side ? -h : h) * v[own + i];
      });
    program.run();
    std::vector<double> next(v.size(), 0.0);
    for (int side = 0; side < 2; ++side)
      program.for_slices(side, [&](std::size_t at, std::size_t own, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) next[own + i] += (side ? -1 : 1) * program.gradient()[at + i] / (2 * h);
      });
    largest = 0;
    for (std::size_t i = 0; i < v.size(); ++i) largest += next[i] * v[i];
    v = next;
  }
  return largest;
}

// Chains of one group go through one program. More of them cost less each while the numbers stay in the caches; no
// fewer than two groups, so that two threads have work.
std::int64_t group_size(std::int64_t dimension, std::int64_t chains) {
  const std::int64_t cached = std::clamp<std::int64_t>(16384 / std::max<std::int64_t>(dimension, 1), 1, 32);
  return std::min(cached, (chains + 1) / 2);
}

}  // namespace

template <class T>
Chains sample(const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec) {
  posterior.validate();
  validate(sampler, spec);
  ChainProgram<double> at_center(posterior, 1);
  at_center.run();
  Chains chains{.u = Matrix({spec.chains, spec.draws}),
                .step = std::vector<double>(spec.chains),
                .acceptance = std::vector<double>(spec.chains)};
  chains.base_loss = at_center.losses()[0];
  if (!std::isfinite(chains.base_loss))
    throw NumericalError(fmt::format("chains: the loss at w* is {}", chains.base_loss));
  chains.top_curvature = top_curvature(posterior);
  const std::int64_t size = group_size(at_center.dimension(), spec.chains), groups = (spec.chains + size - 1) / size;
  const std::int64_t steps = spec.warm_up + spec.draws;
  std::mutex mutex;
  std::int64_t done = 0;
  parallel_for(spec.threads, groups, [&](std::int64_t g, int) {
    const std::int64_t first = g * size, count = std::min(size, spec.chains - first);
    ChainGroup<T> group(posterior, sampler, {.first = first, .count = count, .seed = spec.seed}, chains.top_curvature);
    for (std::int64_t step = 0; step < steps; ++step) {
      const std::span<const double> u = step < spec.warm_up ? group.warm_up() : group.draw();
      if (step >= spec.warm_up)
        for (std::int64_t c = 0; c < count; ++c) chains.u(first + c, step - spec.warm_up) = u[c];
      if (spec.progress && (step + 1) % 64 == 0) {
        const std::lock_guard lock(mutex);
        spec.progress(done += 64 * count, steps * spec.chains);
      }
    }
    for (std::int64_t c = 0; c < count; ++c) {
      chains.step[first + c] = group.step_size(c);
      chains.acceptance[first + c] = group.acceptance(c);
    }
  });
  return chains;
}

template Chains sample<float>(const LocalPosterior&, const SamplerSpec&, const ChainSpec&);
template Chains sample<double>(const LocalPosterior&, const SamplerSpec&, const ChainSpec&);

}  // namespace basin::interp
