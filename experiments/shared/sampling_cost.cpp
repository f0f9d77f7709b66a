#include "experiments/shared/sampling_cost.h"

#include <algorithm>
#include <cmath>

#include "experiments/cli/cost.h"
#include "interp/llc/chain_energy.h"
#include "interp/llc/local_curvature.h"

namespace basin::experiments {
namespace {

constexpr double top_products = 30, quadrature_products = 300;  // with the Hessian, two gradients each

struct Group {
  std::int64_t chains = 1;
  double seconds = 0;  // of a gradient of all of them
};

// Chains of one program: as many as there are lanes, or else two, each of which costs what others would.
template <class T>
Group group_of(const interp::LocalPosterior& posterior, const interp::SamplerSpec& sampler, std::int64_t chains) {
  const bool in_lanes = interp::ChainEnergy<T>::in_lanes(posterior, sampler);
  const std::int64_t lanes = std::int64_t(interp::ChainLayout<T>::lanes) / sampler.copies();
  const std::int64_t count = std::min<std::int64_t>(chains, in_lanes ? lanes : 2);
  const auto program =
      interp::ChainProgram<T>::make(posterior, {.chains = count * sampler.copies(), .in_lanes = in_lanes});
  return {count, seconds_of([&] { program->run(); })};
}

double gradients_of_step(const interp::LocalPosterior& posterior, const interp::SamplerSpec& s) {
  if (s.rejects()) return s.kind == interp::SamplerKind::mala ? 1 : s.leapfrogs;
  const double rows = posterior.data.empty() ? 1 : double(rows_of(posterior.data, "sampling"));
  return s.batch == 0 ? 1 : double(s.batch) / rows * (s.control_variate ? 2 : 1);
}

double seconds_of_gradient(const interp::LocalPosterior& posterior) {
  return group_of<double>(posterior, {.leapfrogs = 1}, 1).seconds;
}

}  // namespace

double sampling_seconds(const interp::LocalPosterior& posterior, const interp::SamplerSpec& sampler,
                        const interp::ChainSpec& spec, bool f32) {
  const Group group = (f32 ? group_of<float> : group_of<double>)(posterior, sampler, spec.chains);
  const double groups = std::ceil(double(spec.chains) / double(group.chains));
  const double steps = double(spec.warm_up + spec.draws) * gradients_of_step(posterior, sampler);
  return std::ceil(groups / spec.threads) * steps * group.seconds + 2 * top_products * seconds_of_gradient(posterior);
}

double curvature_seconds(const interp::LocalPosterior& posterior) {
  const double own = double(posterior.dimension());
  const bool dense = own <= double(interp::LocalCurvature::dense_dimension);
  return 2 * (dense ? own : top_products + quadrature_products) * seconds_of_gradient(posterior);
}

}  // namespace basin::experiments
