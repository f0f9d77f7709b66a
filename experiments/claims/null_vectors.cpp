#include "experiments/claims/null_vectors.h"

#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/statistics.h"
#include "experiments/claims/direct_jacobian.h"
#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

using interp::NullSpace;

double distance_to_orthonormal(const NullSpace& space) {
  double worst = 0;
  for (std::int64_t i = 0; i < space.basis.rows(); ++i)
    for (std::int64_t j = 0; j <= i; ++j)
      worst = worse(worst, std::abs(dot(space.basis.row(i), space.basis.row(j)) - double(i == j)));
  return worst;
}

class Checker {
 public:
  explicit Checker(const ClaimNet& net)
      : net_(net),
        target_(interp::plain_pre_activations(net.net, net.x).back()),
        scale_(singular_values(chain_rule_jacobian(net)).front()) {}

  Checked operator()(const NullSpace& space) const {
    Checked found{.distance = distance_to_orthonormal(space)};
    for (std::int64_t i = 0; i < space.basis.rows(); ++i) {
      const Matrix image = derivative_along(net_, space.basis.row(i));
      found.image = worse(found.image, norm(image.data) / scale_);
      found.slope = std::min(found.slope, slope_along(space.basis.row(i)));
    }
    return found;
  }

 private:
  // d log L / d log t along v, for the mean L of both senses, at the largest step below 1e-3 that switches no neuron;
  // infinite where the loss is not well above rounding, and above what |J v| = 1e-9 of the scale may cost.
  double slope_along(std::span<const double> v) const {
    constexpr double ratio = 8, well_above = 1e4;
    const auto at = [&](double t) { return interp::moved(net_.net, v, t); };
    const auto loss = [&](double t) {
      return (interp::plain_loss(at(t), net_.x, target_) + interp::plain_loss(at(-t), net_.x, target_)) / 2;
    };
    double step = 1e-3;
    while (!(fire_alike(at(step), net_.net, net_.x) && fire_alike(at(-step), net_.net, net_.x))) step /= 2;
    const double image = interp::null_residual * scale_ * step, rounding = 1e-28 * dot(target_.data, target_.data);
    const double far = loss(step);
    return far > well_above * (image * image + rounding) / double(net_.x.rows())
               ? std::log(far / loss(step / ratio)) / std::log(ratio)
               : std::numeric_limits<double>::infinity();
  }

  const ClaimNet& net_;
  Matrix target_;
  double scale_;
};

}  // namespace

Checked checked(const ClaimNet& net, const interp::NullSpace& space) { return Checker(net)(space); }

Checked worst_of(const std::vector<Checked>& all) {
  Checked worst;
  for (const Checked& c : all)
    worst = {worse(worst.image, c.image), worse(worst.distance, c.distance), std::min(worst.slope, c.slope)};
  return worst;
}

}  // namespace basin::experiments
