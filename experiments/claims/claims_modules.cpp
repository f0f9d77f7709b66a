// C22: modules are found from logarithms of interactions with a cut-off, and hold against a null model
// (docs/theory.md §4).
#include <cmath>
#include <functional>
#include <numeric>

#include "core/chance.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "experiments/claims/degeneracy_claims.h"
#include "interp/modules/modules.h"
#include "interp/modules/planted_modules.h"

namespace basin::experiments {
namespace {

using interp::LayeredGraph;
using interp::PlantedModules;

constexpr int graphs = 10, graphs_without = 100, nulls = 30;
constexpr double cutoff = 1e-7;

double agreement(const LayeredGraph& weights, const PlantedModules& truth, std::uint64_t seed) {
  const interp::Modules found = interp::find_modules(weights, {.nulls = 0, .seed = seed});
  return interp::adjusted_rand_index(found.partition(), truth.partition);
}

void unequal(ClaimTable& table, const ClaimSettings& settings) {
  int by_logs = 0, by_raw = 0;
  for (int i = 0; i < graphs; ++i) {
    Rng rng = Rng(settings.seed, "claims/C22/unequal").stream(std::to_string(i));
    const PlantedModules truth = interp::unequal_modules(rng);
    by_logs += agreement(log_weights(truth.graph, {cutoff, cutoff}), truth, rng.next_u64()) == 1;
    by_raw += agreement(truth.graph, truth, rng.next_u64()) == 1;
  }
  const std::string how =
      "arithmetic: 10 graphs of three layers; modules around 1 and 1e-4, spread over two decades, cross edges below "
      "the cut-off; ";
  table.expect("unequal modules found from log10(E / eps)", graphs, by_logs)
      .because(how + "graphs whose planted partition is found exactly");
  table.expect("unequal modules found from raw E", 0, by_raw)
      .because(how + "the small module holds 1e-4 of the weight, so raw modularity is spent on splitting the large");
}

void even(ClaimTable& table, const ClaimSettings& settings) {
  int found = 0, significant = 0;
  for (int i = 0; i < graphs; ++i) {
    Rng rng = Rng(settings.seed, "claims/C22/even").stream(std::to_string(i));
    const PlantedModules truth = interp::even_modules(rng);
    const auto modules = interp::find_modules(truth.graph, {.restarts = 3, .nulls = nulls, .seed = rng.next_u64()});
    found += interp::adjusted_rand_index(modules.partition(), truth.partition) > 0.9;
    significant += modules.null.z > 3;
  }
  const std::string how =
      "arithmetic: 10 graphs of 3 layers of 24 nodes, 3 modules; 90 % of inner edges, 5 % of others; ";
  table.expect("planted modules found", graphs, found)
      .because(how +
               "graphs whose planted partition is found up to two nodes of 72 (adjusted Rand index over 0.9): "
               "in one graph of 300 some node has more edges to another module than to its own");
  table.expect("planted modules beyond the null model", graphs, significant)
      .because(how + "z > 3 against 30 graphs of the null model");
}

// z of n graphs without modules is a standard normal number, compared with the mean and the deviation of m others.
void expect_standard(ClaimTable& table, const ClaimSettings& settings, const std::string& name, const std::string& how,
                     const std::function<double(Rng)>& z_of) {
  const std::vector<double> z = parallel_results(settings.threads, graphs_without, [&](std::int64_t i) {
    return z_of(Rng(settings.seed, "claims/C22/" + name).stream(std::to_string(i)));
  });
  const double n = graphs_without, mean = std::accumulate(z.begin(), z.end(), 0.0) / n;
  double squares = 0;
  for (const double v : z) squares += (v - mean) * (v - mean);
  // Student's t with m - 1 degrees of freedom. Modularities are not quite normal; the spread of deviations over seeds
  // says that the kurtosis of z is below 4.
  const double m = nulls, deviation = std::sqrt((m + 1) / m * (m - 1) / (m - 3));
  const std::string why = "chance: " + how + "; within 5 standard errors of what chance alone gives";
  const auto within = double(std::ranges::count_if(z, [](double v) { return std::abs(v) < 2; }));
  table.expect("z of " + name + ": mean", 0, mean).within(mean_tolerance(deviation, graphs_without)).because(why);
  table.expect("z of " + name + ": standard deviation", 1, std::sqrt(squares / (n - 1)))
      .within(deviation_tolerance(deviation, graphs_without, 4))
      .because(why);
  table.expect("z of " + name + ": share with |z| < 2", 0.95, within / n)
      .within(share_tolerance(0.95, graphs_without))
      .because(why);
}

void without_modules(ClaimTable& table, const ClaimSettings& settings) {
  const auto z_of = [](const LayeredGraph& graph, Rng& rng) {
    return interp::find_modules(graph, {.restarts = 1, .nulls = nulls, .seed = rng.next_u64()}).null.z;
  };
  expect_standard(table, settings, "graphs with hubs", "100 graphs, uniform given their degrees", [&](Rng rng) {
    return z_of(interp::graph_without_modules({12, 12, 12}, rng), rng);
  });
  expect_standard(table, settings, "networks with loud neurons",
                  "100 networks 8-14-4 with normal weights, inputs and neurons scaled by lognormal factors of "
                  "deviation 0.5: log10 of |W| rms over a tenth of its largest",
                  [&](Rng rng) {
                    return z_of(interp::network_graph_without_modules({8, 14, 4}, 0.5, 0.1, rng), rng);
                  });
}

void modules(ClaimTable& table, const ClaimSettings& settings) {
  unequal(table, settings);
  even(table, settings);
  without_modules(table, settings);
}

const ClaimEntry c22{"C22", "modules are found from log interactions with a cut-off", {.fixed = 5.2}, modules};

}  // namespace
}  // namespace basin::experiments
