// C46: the exact path integral of piecewise linear networks (docs/theory.md §5.10), against closed forms and counts in
// plain loops.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/matrix.h"
#include "core/statistics.h"
#include "experiments/claims/basis_claims.h"
#include "interp/layers/plain_loops.h"
#include "interp/look/path_integral.h"

namespace basin::experiments {
namespace {

using interp::PathIntegral;
using interp::ReluNet;

constexpr std::int64_t paths = 20, inputs = 6;
constexpr double rounding = 1e-12;

// Straight lines from one row to the row of the same number.
struct Lines {
  Matrix from, to;

  interp::Path path() const { return {"x", from, to}; }
  Matrix at(std::int64_t row, std::int64_t points) const {  // the midpoints of so many parts
    Matrix x({points, from.cols()});
    for (std::int64_t k = 0; k < points; ++k)
      for (std::int64_t i = 0; i < from.cols(); ++i)
        x(k, i) = from(row, i) + (double(k) + 0.5) / double(points) * (to(row, i) - from(row, i));
    return x;
  }
};

Lines random_lines(Rng& rng) { return {normal_matrix(paths, inputs, rng), normal_matrix(paths, inputs, rng)}; }

PathIntegral exact_integral(const ReluNet& net, const Lines& lines, int threads) {
  const interp::DenseNetwork network = interp::dense_network(net);
  return integrate_exactly(network.model, {{"x", lines.to}}, lines.path(), interp::entry_of(network.output, 0),
                           {.threads = threads});
}

PathIntegral by_points(const ReluNet& net, const Lines& lines, int points) {
  const interp::DenseNetwork network = interp::dense_network(net);
  return integrate(network.model, {{"x", lines.to}}, lines.path(), interp::entry_of(network.output, 0), points);
}

// Output 0 of one hidden layer: unit u adds c_u w_ui d_i for the part of the path on which it fires, all of it in
// closed form; it bends if it fires at one end alone.
struct ClosedForm {
  Matrix values;
  std::vector<std::int64_t> kinks;
};
ClosedForm closed_form(const ReluNet& net, const Lines& lines) {
  ClosedForm all{Matrix(lines.from.shape), {}};
  const Matrix before = plain_pre_activations(net, lines.from)[0], after = plain_pre_activations(net, lines.to)[0];
  for (std::int64_t r = 0; r < before.rows(); ++r) {
    std::int64_t& bends = all.kinks.emplace_back(0);
    for (std::int64_t u = 0; u < before.cols(); ++u) {
      const double low = std::min(before(r, u), after(r, u)), high = std::max(before(r, u), after(r, u));
      const double fires = low > 0 ? 1 : high <= 0 ? 0 : high / (high - low);
      bends += low < 0 && high > 0;
      for (std::int64_t i = 0; i < lines.from.cols(); ++i)
        all.values(r, i) += net.weights[1](0, u) * net.weights[0](u, i) * (lines.to(r, i) - lines.from(r, i)) * fires;
    }
  }
  return all;
}

double largest_difference_of(const Matrix& a, const Matrix& b) {
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) largest = worse(largest, std::abs(a[i] - b[i]) / (1 + std::abs(b[i])));
  return largest;
}

std::int64_t total(const std::vector<std::int64_t>& counts) {
  std::int64_t sum = 0;
  for (const std::int64_t c : counts) sum += c;
  return sum;
}

void one_hidden_layer(ClaimTable& table, const ClaimSettings& settings) {
  for (const std::int64_t units : {1, 20}) {
    Rng rng(settings.seed, fmt::format("claims/C46/{} units", units));
    const ClaimNet net = random_claim_net({inputs, units, 1}, rng);
    const Lines lines = random_lines(rng);
    const PathIntegral exact = exact_integral(net.net, lines, settings.threads);
    const ClosedForm known = closed_form(net.net, lines);
    table
        .expect(fmt::format("{} hidden: largest difference of attributions from their closed form", units), 0,
                largest_difference_of(exact.values, known.values))
        .within(rounding)
        .because("closed form: each unit counts for the part of the path on which it fires");
    table.expect(fmt::format("{} hidden: kinks on {} paths", units, paths), total(known.kinks), total(exact.kinks))
        .because("closed form: units that fire at one end alone");
  }
}

// Up to 1 within 1e-4 of x_1 + x_2 = 0.9, down to 0.3 within as much behind it.
ReluNet bump() {
  constexpr double width = 1e-4;
  ReluNet net;
  net.weights = {Matrix({3, 2}, 1.0), Matrix({1, 3}, {1 / width, -1.7 / width, 0.7 / width})};
  net.biases = {{-0.9, -0.9 - width, -0.9 - 2 * width}, {0}};
  return net;
}

void narrow_bump(ClaimTable& table, const ClaimSettings& settings) {
  const Lines line{Matrix({1, 2}), Matrix({1, 2}, {1.5, 0.5})};
  const PathIntegral exact = exact_integral(bump(), line, settings.threads), points = by_points(bump(), line, 50);
  const auto sum = [](const PathIntegral& p) { return p.values[0] + p.values[1]; };
  table.expect("bump of three units: attribution of the first input", 0.3 * 0.75, exact.values[0])
      .within(1e-9)
      .because("closed form: 0.3 is shared as the inputs' ways, 3 to 1; slopes of 1e4");
  table.expect("bump of three units: kinks", 3, exact.kinks[0]).because("closed form: one for each unit");
  table.expect("bump of three units: what 50 Gauss points add up to", 0, sum(points))
      .within(1e-9)
      .because("arithmetic: no point lies within the bump, whose slopes cancel behind it; the change is 0.3");
}

// Changes of sign of hidden units between neighbours of a fine grid.
std::int64_t sign_changes(const ReluNet& net, const Matrix& x) {
  const std::vector<Matrix> pre = plain_pre_activations(net, x);
  std::int64_t changes = 0;
  for (std::size_t l = 0; l + 1 < pre.size(); ++l)
    for (std::int64_t k = 1; k < x.rows(); ++k)
      for (std::int64_t u = 0; u < pre[l].cols(); ++u) changes += (pre[l](k, u) > 0) != (pre[l](k - 1, u) > 0);
  return changes;
}

void random_networks(ClaimTable& table, const ClaimSettings& settings) {
  constexpr std::int64_t fine = 100'000, counted = 3;
  Rng rng(settings.seed, "claims/C46/random");
  const ClaimNet net = random_claim_net({inputs, 14, 10, 1}, rng);
  const Lines lines = random_lines(rng);
  const PathIntegral exact = exact_integral(net.net, lines, settings.threads), points = by_points(net.net, lines, 50);
  const Matrix before = plain_pre_activations(net.net, lines.from)[2];
  const Matrix after = plain_pre_activations(net.net, lines.to)[2];
  double worst = 0, missed = 0;
  std::int64_t found = 0, brute = 0, misses = 0;
  for (std::int64_t r = 0; r < paths; ++r) {
    const double change = after(r, 0) - before(r, 0), size = 1 + std::abs(after(r, 0)) + std::abs(before(r, 0));
    double sum = 0;
    for (std::int64_t i = 0; i < inputs; ++i) sum += exact.values(r, i);
    worst = worse(worst, std::abs(sum - change) / size);
    const double miss = std::abs(points.residual[std::size_t(r)]) / size;
    misses += miss > 1e-3;
    missed = std::max(missed, miss);
    if (r < counted) found += exact.kinks[std::size_t(r)], brute += sign_changes(net.net, lines.at(r, fine));
  }
  table.expect("6-14-10-1, random: largest gap of a sum to the change of the output", 0, worst)
      .within(rounding)
      .because("theorem: attributions are complete; outputs in plain loops");
  table.expect(fmt::format("6-14-10-1, random: kinks on {} paths", counted), brute, found)
      .because("plain loops: changes of sign between neighbours of 100,000 points");
  table
      .report(fmt::format("6-14-10-1, random: of {} paths, missed by more than 1e-3 by 50 Gauss points", paths), misses)
      .because(fmt::format("the largest gap is {:.1e} of the outputs", missed));
}

void exact_integrals(ClaimTable& table, const ClaimSettings& settings) {
  one_hidden_layer(table, settings);
  narrow_bump(table, settings);
  random_networks(table, settings);
}

const ClaimEntry c46{"C46", "path integrals of piecewise linear networks are exact", {.fixed = 0.13}, exact_integrals};

}  // namespace
}  // namespace basin::experiments
