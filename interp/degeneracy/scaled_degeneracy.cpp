#include "interp/degeneracy/scaled_degeneracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "interp/jacobian/model_jacobian.h"

namespace basin::interp {
namespace {

constexpr std::int64_t places_per_decade = 10;
constexpr double grid_below = 0.1;  // of the smallest cut-off

void require_cutoffs(const std::vector<double>& cutoffs) {
  if (cutoffs.empty()) throw UsageError("scaled_degeneracy: no cut-offs given, wanted one or more");
  for (double a : cutoffs)
    if (!(a > 0 && a < 1))
      throw UsageError(fmt::format("scaled_degeneracy: relative cut-off {} given, wanted between 0 and 1", a));
}

// A decade above the largest eigenvalue nothing of its normal curve is left.
std::vector<double> density_grid(double largest, double smallest_cutoff) {
  const double low = grid_below * smallest_cutoff * largest, high = 10 * largest;
  const double decades = std::log10(high / low);
  return log_grid(low, high, std::lround(decades * places_per_decade) + 1);
}

// Takes away what rounding added to a bound that holds exactly (most_noticed).
SpectralSum within(SpectralSum sum, double most) {
  sum.value = std::min(sum.value, most);
  sum.standard_error = std::min(sum.standard_error, most - sum.value);
  return sum;
}

nlohmann::ordered_json as_json(const ScaledCount& count) {
  return {{"cutoff", count.cutoff},
          {"relative_cutoff", count.relative_cutoff},
          {"soft", count.soft.value},
          {"soft_error", count.soft.standard_error},
          {"soft_unresolved", count.soft.unresolved},
          {"above", count.above.value},
          {"above_error", count.above.standard_error},
          {"above_unresolved", count.above.unresolved}};
}

ScaledDegeneracy of_output(const ModelPoint& model, const std::string& output, std::int64_t outputs, const Inputs& data,
                           const ScaledOptions& options) {
  require_cutoffs(options.relative_cutoffs);
  SweepOptions sweep = options.sweep;
  sweep.progress = {};  // probes run at the same time
  ScaledDegeneracy result{.parameters = model.parameter_count(),
                          .samples = rows_of(data, "scaled_degeneracy"),
                          .outputs = outputs,
                          .probes = options.probes};
  const bool fewer_rows = result.samples * result.outputs < result.parameters;
  const Operator op = gauss_newton_operator(model, output, data, sweep);
  result.top = largest_eigenvalues(op, options.top, {.seed = options.seed});
  const QuadratureOptions probing{options.probes, options.steps, options.seed, options.sweep.threads};
  require_quadrature(probing);
  const double largest = result.top.values.front();
  const double smallest = *std::ranges::min_element(options.relative_cutoffs);
  if (!(grid_below * smallest * largest > 0)) {  // J = 0, or as good as that
    for (double relative : options.relative_cutoffs) result.counts.push_back({relative * largest, relative});
    return result;
  }
  const SpectralQuadrature quadrature =
      lanczos_quadrature(fewer_rows ? output_operator(model, output, data, sweep) : op, probing);
  const auto most = double(result.most_noticed());
  for (double relative : options.relative_cutoffs) {
    const double a = relative * largest;
    result.counts.push_back(
        {a, relative, within(soft_count(quadrature, a), most), within(smooth_count(quadrature, a), most)});
  }
  result.density = spectral_density(quadrature, density_grid(largest, smallest));
  return result;
}

}  // namespace

ScaledDegeneracy scaled_degeneracy(const ReluNet& net, const Matrix& x, const ScaledOptions& options) {
  net.validate("scaled_degeneracy");
  if (x.shape.rank() != 2 || x.shape[1] != net.widths().front())
    throw ShapeError(fmt::format("scaled_degeneracy: inputs {} given for a network of {} inputs; wanted [samples, {}]",
                                 x.shape.str(), net.widths().front(), net.widths().front()));
  return scaled_degeneracy(net, Inputs{{"x", x}}, options);
}

ScaledDegeneracy scaled_degeneracy(const ReluNet& net, const Inputs& data, const ScaledOptions& options) {
  net.validate("scaled_degeneracy");
  const DenseNetwork network = dense_network(net);
  return of_output(network.model, network.output, network.outputs, data, options);
}

ScaledDegeneracy scaled_degeneracy(const ModelPoint& model, const Inputs& data, const ScaledOptions& options) {
  const ModelPoint named = with_named_output(model);
  Graph probe;
  const std::int64_t outputs = named.trace(probe, 1).output.shape().numel();
  return of_output(named, differentiated, outputs, data, options);
}

std::string to_json(const ScaledDegeneracy& r) {
  using nlohmann::ordered_json;
  ordered_json top = ordered_json::array(), counts = ordered_json::array(), density = ordered_json::array();
  for (std::size_t i = 0; i < r.top.values.size(); ++i)
    top.push_back({{"value", r.top.values[i]}, {"residual", r.top.residuals[i]}});
  for (const ScaledCount& c : r.counts) counts.push_back(as_json(c));
  for (std::size_t i = 0; i < r.density.grid.size(); ++i)
    density.push_back(
        {{"h", r.density.grid[i]}, {"per_decade", r.density.density[i]}, {"error", r.density.standard_error[i]}});
  const ordered_json object{{"parameters", r.parameters},
                            {"samples", r.samples},
                            {"outputs", r.outputs},
                            {"probes", r.probes},
                            {"most_noticed", r.most_noticed()},
                            {"largest_eigenvalues", top},
                            {"converged", r.top.converged},
                            {"counts", counts},
                            {"density", density}};
  return object.dump(2);
}

}  // namespace basin::interp
