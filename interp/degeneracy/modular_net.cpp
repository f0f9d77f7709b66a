#include "interp/degeneracy/modular_net.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "interp/layers/factors.h"
#include "interp/layers/relu_net_parts.h"

namespace basin::interp {

std::int64_t ModularNet::parameters() const {
  std::int64_t sum = 0;
  for (const ReluNet& module : modules) sum += module.parameters();
  return sum;
}

std::int64_t ModularNet::hidden() const {
  std::int64_t sum = 0;
  for (const ReluNet& module : modules) sum += module.weights[0].rows();
  return sum;
}

Matrix ModularNet::inputs_of(std::int64_t module, const Matrix& x) const {
  const std::int64_t width = modules[module].weights[0].cols();
  return columns_of(x, module * width, width);
}

ReluNet ModularNet::assembled() const { return side_by_side(modules); }

std::vector<std::int64_t> firing_counts(const ModularNet& net, const Matrix& x) {
  std::vector<std::int64_t> counts;
  for (std::size_t i = 0; i < net.modules.size(); ++i) {
    const auto firing = firing_masks(dense_network(net.modules[i]), {{"x", net.inputs_of(std::int64_t(i), x)}});
    for (std::int64_t neuron = 0; neuron < net.modules[i].weights[0].rows(); ++neuron)
      counts.push_back(firing.front().count(neuron));
  }
  return counts;
}

FiringShares firing_shares(const ModularNet& net, const Matrix& x) {
  FiringShares shares;
  const double each = 1 / double(net.hidden()), rows = double(x.rows());
  for (std::int64_t count : firing_counts(net, x)) {
    shares.dead += each * (count == 0);
    shares.always_on += each * (count == x.rows());
    shares.rarely += each * (double(count) < 0.05 * rows);
    shares.mostly += each * (double(count) > 0.95 * rows);
  }
  return shares;
}

ModularNet without_dead(const ModularNet& net, const Matrix& x) {
  ModularNet out;
  for (std::size_t i = 0; i < net.modules.size(); ++i)
    out.modules.push_back(drop_dead(net.modules[i], net.inputs_of(std::int64_t(i), x)));
  return out;
}

Directions directions(const ModularNet& net, const Matrix& x) {
  std::vector<JacobianSpectrum> each;
  for (std::size_t i = 0; i < net.modules.size(); ++i)
    each.push_back(jacobian_spectrum(dense_network(net.modules[i]), {{"x", net.inputs_of(std::int64_t(i), x)}}));
  JacobianSpectrum joint = joint_spectrum(each);
  for (double& s : joint.singular_values) s *= s;
  return {.parameters = joint.parameters,
          .live = std::ranges::count_if(firing_counts(net, x), [](std::int64_t count) { return count > 0; }),
          .eigenvalues = std::move(joint.singular_values),
          .rank = joint.rank};
}

EqualWidths equal_widths(std::int64_t blocks, std::int64_t inputs, std::int64_t outputs, std::int64_t module_width) {
  const std::int64_t dense_each = blocks * (inputs + outputs) + 1, modules_each = blocks * (inputs + outputs + 1);
  if (module_width >= 1 && module_width * modules_each % dense_each == 0)
    return {module_width, module_width * modules_each / dense_each};
  const std::int64_t step = dense_each / std::gcd(dense_each, modules_each);
  throw UsageError(fmt::format(
      "modules of {}-{}-{} times {}: no dense network {}-H-{} has as many parameters; help: widths {}, {}, {}, … do",
      inputs, module_width, outputs, blocks, blocks * inputs, blocks * outputs, step, 2 * step, 3 * step));
}

}  // namespace basin::interp
