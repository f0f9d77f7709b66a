#include "interp/modules/modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "interp/modules/leiden.h"
#include "interp/modules/null_model.h"

namespace basin::interp {
namespace {

using Edges = std::vector<LayeredEdge>;

struct Moments {
  double mean = 0, sd = 0;
};

Moments moments(const std::vector<double>& values) {
  Moments m;
  const double n = double(values.size());
  for (double v : values) m.mean += v / n;
  for (double v : values) m.sd += (v - m.mean) * (v - m.mean) / std::max(1.0, n - 1);
  m.sd = std::sqrt(m.sd);
  return m;
}

std::vector<LeidenResult> restarts(std::int64_t nodes, const Edges& edges, double resolution, int count, Rng rng) {
  std::vector<LeidenResult> found;
  for (int i = 0; i < count; ++i) found.push_back(leiden(nodes, edges, resolution, rng.next_u64()));
  return found;
}

const LeidenResult& best_of(const std::vector<LeidenResult>& found) {
  return *std::ranges::max_element(found, {}, &LeidenResult::quality);  // the first of equals
}

RestartSpread spread_of(const std::vector<LeidenResult>& found) {
  std::vector<double> quality, rand, information, variation;
  for (std::size_t i = 0; i < found.size(); ++i) {
    quality.push_back(found[i].quality);
    for (std::size_t j = 0; j < i; ++j) {
      rand.push_back(adjusted_rand_index(found[i].partition, found[j].partition));
      information.push_back(normalised_mutual_information(found[i].partition, found[j].partition));
      variation.push_back(normalised_variation_of_information(found[i].partition, found[j].partition));
    }
  }
  const auto [mean, sd] = moments(quality);
  RestartSpread spread{.best = std::ranges::max(quality), .mean = mean, .sd = sd};
  if (!rand.empty()) {
    spread.adjusted_rand = std::min(1.0, moments(rand).mean);  // rounding could take it above
    spread.mutual_information = std::min(1.0, moments(information).mean);
    spread.variation = moments(variation).mean;
  }
  return spread;
}

// Modules with edges.
std::int64_t count_modules(const Edges& edges, const Partition& partition) {
  std::set<std::int64_t> seen;
  for (const LayeredEdge& e : edges) seen.insert({partition[e.from], partition[e.to]});
  return std::int64_t(seen.size());
}

std::int64_t count_isolated(std::int64_t nodes, const Edges& edges) {
  std::set<std::int64_t> joined;
  for (const LayeredEdge& e : edges) joined.insert({e.from, e.to});
  return nodes - std::int64_t(joined.size());
}

NullComparison compare_with_nulls(const LayeredGraph& weights, double Q, const ModuleOptions& options, const Rng& rng,
                                  const std::function<void()>& searched) {
  constexpr double rounding = 1e-12;
  std::vector<double> null_q;
  double strength_error = 0;
  for (int i = 0; i < options.nulls; ++i) {
    Rng own = rng.stream(std::to_string(i));
    const NullGraph random = null_graph(weights, own);
    strength_error = std::max(strength_error, random.strength_error);
    const Edges edges = edge_list(random.graph);
    const auto found = restarts(weights.nodes(), edges, options.resolution, options.restarts, own.stream("leiden"));
    null_q.push_back(modularity(edges, best_of(found).partition));
    searched();
  }
  if (null_q.empty()) return {};
  const auto [mean, sd] = moments(null_q);
  const double as_high = double(std::ranges::count_if(null_q, [&](double q) { return q >= Q - rounding; }));
  NullComparison null{
      .mean = mean, .sd = sd, .at_least = (1 + as_high) / double(1 + options.nulls), .strength_error = strength_error};
  const double distance = Q - mean;
  if (sd > rounding)
    null.z = distance / sd;
  else if (std::abs(distance) > rounding)
    null.z = std::copysign(std::numeric_limits<double>::infinity(), distance);
  return null;
}

ResolutionRow resolution_row(double resolution, const Edges& edges, const std::vector<LeidenResult>& found,
                             const Partition& reported) {
  const Partition& partition = best_of(found).partition;
  return {.resolution = resolution,
          .modules = count_modules(edges, partition),
          .Q = modularity(edges, partition),
          .adjusted_rand = adjusted_rand_index(partition, reported),
          .variation = normalised_variation_of_information(partition, reported),
          .spread = spread_of(found)};
}

void validate(const LayeredGraph& weights, const ModuleOptions& options) {
  weights.validate("find_modules");
  if (options.restarts < 1)
    throw UsageError(fmt::format("find_modules: {} restarts; wanted 1 or more, 20 are usual", options.restarts));
  if (options.nulls < 0) throw UsageError(fmt::format("find_modules: {} nulls; wanted 0 or more", options.nulls));
}

std::vector<std::vector<std::int64_t>> by_layer(const LayeredGraph& graph, const Partition& partition) {
  std::vector<std::vector<std::int64_t>> layers;
  auto next = partition.begin();
  for (std::int64_t size : graph.layer_sizes) {
    layers.emplace_back(next, next + size);
    next += size;
  }
  return layers;
}

}  // namespace

Partition Modules::partition() const {
  Partition all;
  for (const auto& layer : of_node) all.insert(all.end(), layer.begin(), layer.end());
  return all;
}

Modules find_modules(const LayeredGraph& weights, const ModuleOptions& options) {
  validate(weights, options);
  const Edges edges = edge_list(weights);
  const Rng rng(options.seed, "modules");
  const std::int64_t searches = 1 + options.nulls + std::ssize(options.resolutions);
  std::int64_t done = 0;
  const auto searched = [&] {
    if (++done; options.progress) options.progress(done, searches);
  };
  const auto search = [&](double resolution) {
    auto found = restarts(weights.nodes(), edges, resolution, options.restarts, rng.stream("restarts"));
    searched();
    return found;
  };
  const auto found = search(options.resolution);
  const Partition& partition = best_of(found).partition;
  Modules modules{.of_node = by_layer(weights, partition),
                  .modules = count_modules(edges, partition),
                  .isolated = count_isolated(weights.nodes(), edges),
                  .Q = modularity(edges, partition),
                  .spread = spread_of(found)};
  modules.null = compare_with_nulls(weights, modules.Q, options, rng.stream("nulls"), searched);
  for (double resolution : options.resolutions)
    modules.resolutions.push_back(resolution_row(resolution, edges, search(resolution), partition));
  return modules;
}

Modules find_modules(const ReluNet& net, const Matrix& x, double cutoff, const ModuleOptions& options) {
  const LayeredGraph interactions = weight_activation_graph(net, x);
  std::vector<double> cutoffs;
  for (const Matrix& e : interactions.edges) cutoffs.push_back(cutoff * *std::ranges::max_element(e.data));
  return find_modules(log_weights(interactions, cutoffs), options);
}

}  // namespace basin::interp
