#include "experiments/degeneracy/degeneracy_cost.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/shared/pass_cost.h"
#include "interp/degeneracy/scaled_degeneracy.h"
#include "interp/spectra/operators.h"
#include "interp/sweep/rows.h"

namespace basin::experiments {

RunCost exact_count_cost(const interp::Cost& cost, const std::string& what) {
  return {.parts = {{what, cost.seconds * machine_speed().products}}, .bytes = cost.bytes};
}

RunCost scaled_count_cost(const Options& o, const interp::ModelPoint& model, const std::string& output,
                          const Inputs& data) {
  constexpr std::int64_t most_tried = 1000, steps_of_top = 50;
  const std::int64_t rows = rows_of(data, "degeneracy");
  const Places tried = spaced_rows(rows, most_tried);
  const interp::Operator op = interp::gauss_newton_operator(model, output, interp::rows_at(data, tried));
  const std::vector<double> v(std::size_t(op.size * interp::vectors_at_once), 1.0);
  std::vector<double> product(v.size());
  const double each = seconds_of([&] { op.apply(v, product); }) * double(rows) / double(tried.size()) / o.threads();
  const interp::ScaledOptions asked;
  const double products = double(asked.probes * asked.steps) / interp::vectors_at_once + steps_of_top;
  return {.parts = {{fmt::format("{:.0f} products with the Gauss-Newton matrix of {} parameters on {} rows, {:.3g} ms "
                                 "each, measured",
                                 products, op.size, rows, 1000 * each),
                     products * each}},
          .bytes = 8.0 * double(op.size * asked.steps * asked.probes)};
}

double spectrum_seconds(double order) {
  const double beyond_caches = std::clamp(order / 1000, 1.0, 2.5);
  return order * order * order / 1.3e10 * beyond_caches * machine_speed().small;
}

}  // namespace basin::experiments
