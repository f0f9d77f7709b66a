#include "interp/llc/chains.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include "core/parallel.h"
#include "interp/llc/chain_group.h"
#include "interp/spectra/lanczos.h"

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

// The Hessian of L at w*, from differences of gradients.
Operator curvature(const LocalPosterior& posterior) {
  const auto program = std::make_shared<ChainProgram<double>>(posterior, 2);
  double scale = 1;
  for (const double w : program->center().flat()) scale = std::max(scale, std::abs(w));
  return {program->dimension(), [=, h = 1e-4 * scale](std::span<const double> v, std::span<double> out) {
            const auto side = [](std::int64_t chain) { return chain == 0 ? 1.0 : -1.0; };
            const std::int64_t size = program->dimension();
            for (std::size_t first = 0; first < v.size(); first += std::size_t(size)) {
              for (const std::int64_t chain : {0, 1})
                program->for_slices(chain, [&](std::size_t at, std::size_t own, std::size_t n) {
                  for (std::size_t i = 0; i < n; ++i)
                    program->positions().flat()[at + i] =
                        program->center().flat()[own + i] + side(chain) * h * v[first + own + i];
                });
              program->run();
              std::fill_n(out.begin() + std::ptrdiff_t(first), size, 0.0);
              for (const std::int64_t chain : {0, 1})
                program->for_slices(chain, [&](std::size_t at, std::size_t own, std::size_t n) {
                  for (std::size_t i = 0; i < n; ++i)
                    out[first + own + i] += side(chain) * program->gradient()[at + i] / (2 * h);
                });
            }
          }};
}

double top_curvature(const LocalPosterior& posterior) {
  return largest_eigenvalues(curvature(posterior), 1, {.tolerance = 1e-3, .max_steps = 60}).values[0];
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
      if (spec.progress && ((step + 1) % 64 == 0 || step + 1 == steps)) {
        const std::lock_guard lock(mutex);
        spec.progress(done += (step % 64 + 1) * count, steps * spec.chains);
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
