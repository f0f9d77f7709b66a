// Of graphs without modules z must be a standard normal number and p an even one, however unlike their nodes are
// (docs/theory.md §4.5). BASIN_SAY=1 prints what was found.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "core/statistics.h"
#include "interp/modules/modules.h"
#include "interp/modules/planted_modules.h"
#include "tests/sanitized.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t graphs = sanitized ? 10 : 400;  // 10 are enough to look at the memory
constexpr int nulls = 40;
const ModuleOptions search{.restarts = 3, .nulls = nulls};

NullComparison compared(const LayeredGraph& graph, Rng& rng) {
  ModuleOptions options = search;
  options.seed = rng.next_u64();
  return find_modules(graph, options).null;
}

// z has mean 0 ± .2 and deviation 1 ± .15 (of Student's t with 39 degrees of freedom: 1.04), p <= 0.05 has the share
// 2/41 within five standard errors.
void check_calibration(const std::string& name, const std::function<NullComparison(Rng&)>& draw) {
  const auto found = parallel_results(2, graphs, [&](std::int64_t i) {
    Rng rng = Rng(5, "test/calibration/" + name).stream(std::to_string(i));
    return draw(rng);
  });
  double mean = 0, squares = 0, small = 0, error = 0;
  for (const NullComparison& f : found) mean += f.z / graphs;
  for (const NullComparison& f : found) {
    squares += (f.z - mean) * (f.z - mean) / (graphs - 1);
    small += double(f.at_least <= 0.05) / graphs;
    error = std::max(error, f.strength_error);
  }
  if (std::getenv("BASIN_SAY"))
    fmt::print("{}: z = {:.2f} ± {:.2f}, share with p <= 0.05 {:.3f}, largest strength error {:.2f}\n", name, mean,
               std::sqrt(squares), small, error);
  CAPTURE(name);
  CHECK(error < 0.4);
  if (graphs < 100) return;
  CHECK(std::abs(mean) < 0.2);
  CHECK(std::abs(std::sqrt(squares) - 1) < 0.15);
  CHECK(std::abs(small - 2.0 / 41) < 5 * 0.0108);
}

// Normal weights and inputs without biases, whose rows and columns are scaled at random.
ReluNet loud_network(const std::vector<std::int64_t>& widths, Matrix& x, Rng& rng) {
  ReluNet net;
  const auto scale_columns = [&](Matrix& m) {
    for (std::int64_t j = 0; j < m.cols(); ++j) {
      const double factor = std::exp(0.5 * rng.normal());
      for (std::int64_t i = 0; i < m.rows(); ++i) m(i, j) *= factor;
    }
  };
  x = normal_matrix(128, widths.front(), rng);
  scale_columns(x);
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    Matrix in_to_out = normal_matrix(widths[l], widths[l + 1], rng);
    scale_columns(in_to_out);
    net.weights.push_back(transpose(in_to_out));
    net.biases.emplace_back(widths[l + 1], 0.0);
  }
  return net;
}

}  // namespace

TEST_CASE("z and p are calibrated on graphs with hubs and with loud nodes") {
  check_calibration("hubs", [](Rng& rng) { return compared(graph_without_modules({12, 12, 12}, rng), rng); });
  for (const double scale : {0.0, 0.3, 0.5, 1.0})
    check_calibration(fmt::format("nodes scaled by {}", scale), [=](Rng& rng) {
      return compared(network_graph_without_modules({8, 14, 4}, scale, 0.1, rng), rng);
    });
}

TEST_CASE("z and p are calibrated on networks of random weights") {
  check_calibration("networks 8-14-4", [](Rng& rng) {
    Matrix x;
    const ReluNet net = loud_network({8, 14, 4}, x, rng);
    ModuleOptions options = search;
    options.seed = rng.next_u64();
    return find_modules(net, x, 0.1, options).null;
  });
}

TEST_CASE("z and p are calibrated on interactions themselves, without logarithms") {
  check_calibration("raw interactions, nodes scaled by 0.5", [](Rng& rng) {
    LayeredGraph graph = network_graph_without_modules({8, 14, 4}, 0.5, 1e-9, rng);
    for (Matrix& e : graph.edges)
      for (double& w : e.data) w = std::pow(10, w);
    return compared(graph, rng);
  });
}
