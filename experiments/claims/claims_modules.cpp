// C22: modules are found from logarithms of interactions with a cut-off, and hold against a null model
// (docs/theory.md §4).
#include <cmath>

#include "core/chance.h"
#include "core/rng.h"
#include "experiments/claims/degeneracy_claims.h"
#include "interp/modules/modules.h"
#include "interp/modules/planted_modules.h"

namespace basin::experiments {
namespace {

using interp::LayeredGraph;
using interp::PlantedModules;

constexpr int graphs = 10, graphs_without = 100, rewirings = 50;
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
      "10 graphs of three layers: modules around 1 and 1e-4, spread over two decades, cross edges below the cut-off; ";
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
    const auto modules = interp::find_modules(truth.graph, {.restarts = 3, .nulls = rewirings, .seed = rng.next_u64()});
    found += interp::adjusted_rand_index(modules.partition(), truth.partition) > 0.9;
    significant += modules.null.z > 3;
  }
  const std::string how = "10 graphs of 3 layers of 24 nodes, 3 modules; 90 % of inner edges, 5 % of others; ";
  table.expect("planted modules found", graphs, found)
      .because(how +
               "graphs whose planted partition is found up to two nodes of 72 (adjusted Rand index over 0.9): "
               "in one graph of 300 some node has more edges to another module than to its own");
  table.expect("planted modules beyond the null model", graphs, significant)
      .because(how + "z > 3 against 50 rewired graphs");
}

void without_modules(ClaimTable& table, const ClaimSettings& settings) {
  double sum = 0, squares = 0;
  int within = 0;
  for (int i = 0; i < graphs_without; ++i) {
    Rng rng = Rng(settings.seed, "claims/C22/none").stream(std::to_string(i));
    const LayeredGraph graph = interp::graph_without_modules({12, 12, 12}, rng);
    const double z = interp::find_modules(graph, {.restarts = 1, .nulls = rewirings, .seed = rng.next_u64()}).null.z;
    sum += z;
    squares += z * z;
    within += std::abs(z) < 2;
  }
  const double n = graphs_without, mean = sum / n, sd = std::sqrt((squares - n * mean * mean) / (n - 1));
  // z compares a normal number with the mean and the deviation of 50 others: Student's t with 49 degrees of freedom.
  // Modularities are not quite normal; the spread of deviations over seeds says that the kurtosis of z is below 4.
  const double m = rewirings, deviation = std::sqrt((m + 1) / m * (m - 1) / (m - 3));
  const std::string how = "100 graphs with hubs and no modules, uniform given their degrees; within 5 standard errors";
  table.expect("z without modules: mean", 0, mean).within(mean_tolerance(deviation, graphs_without)).because(how);
  table.expect("z without modules: standard deviation", 1, sd)
      .within(deviation_tolerance(deviation, graphs_without, 4))
      .because(how);
  table.expect("z without modules: share with |z| < 2", 0.95, within / n)
      .within(share_tolerance(0.95, graphs_without))
      .because(how);
}

void modules(ClaimTable& table, const ClaimSettings& settings) {
  unequal(table, settings);
  even(table, settings);
  without_modules(table, settings);
}

const ClaimEntry c22{"C22", "modules are found from log interactions with a cut-off", modules};

}  // namespace
}  // namespace basin::experiments
