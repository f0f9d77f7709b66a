#include "interp/modules/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace basin::interp {
namespace {

double pairs(double n) { return n * (n - 1) / 2; }

// How many nodes carry each label of a, of b, and both.
struct Contingency {
  std::map<std::int64_t, double> a, b;
  std::map<std::pair<std::int64_t, std::int64_t>, double> both;
  double nodes = 0;
};

Contingency contingency(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  if (a.size() != b.size() || a.empty())
    throw ShapeError(fmt::format("agreement of partitions: {} and {} nodes given; wanted equal numbers, 1 or more",
                                 a.size(), b.size()));
  Contingency table;
  table.nodes = double(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++table.a[a[i]];
    ++table.b[b[i]];
    ++table.both[{a[i], b[i]}];
  }
  return table;
}

template <class Counts, class F>
double total(const Counts& counts, const F& f) {
  double sum = 0;
  for (const auto& [label, count] : counts) sum += f(count);
  return sum;
}

double entropy(const Contingency& table, const auto& counts) {
  return total(counts, [&](double count) { return -count / table.nodes * std::log(count / table.nodes); });
}

}  // namespace

Partition renumbered(const Partition& labels) {
  std::map<std::int64_t, std::int64_t> number;
  Partition result;
  for (std::int64_t label : labels)
    result.push_back(number.try_emplace(label, std::int64_t(number.size())).first->second);
  return result;
}

double modularity(const std::vector<LayeredEdge>& edges, const Partition& partition, double resolution) {
  std::map<std::int64_t, double> strength;  // of modules, in the order of their labels
  double inside = 0, m = 0;
  for (const LayeredEdge& e : edges) {
    const std::int64_t from = partition[e.from], to = partition[e.to];
    strength[from] += e.weight;
    strength[to] += e.weight;
    inside += from == to ? e.weight : 0;
    m += e.weight;
  }
  if (!(m > 0)) throw UsageError("modularity: the graph has no edges; help: a lower cut-off keeps more of them");
  return inside / m - resolution * total(strength, [m](double s) { return s / (2 * m) * (s / (2 * m)); });
}

double modularity(const LayeredGraph& graph, const Partition& partition, double resolution) {
  graph.validate("modularity");
  if (std::int64_t(partition.size()) != graph.nodes())
    throw ShapeError(fmt::format("modularity: {} labels given for {} nodes", partition.size(), graph.nodes()));
  return modularity(edge_list(graph), partition, resolution);
}

double adjusted_rand_index(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  const Contingency table = contingency(a, b);
  const double together = total(table.both, pairs), in_a = total(table.a, pairs), in_b = total(table.b, pairs);
  const double all = pairs(table.nodes), chance = all > 0 ? in_a * in_b / all : 0, most = (in_a + in_b) / 2;
  return most == chance ? 1 : (together - chance) / (most - chance);  // equal only if both are one module, or all alone
}

double normalised_mutual_information(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  const Contingency table = contingency(a, b);
  const double in_a = entropy(table, table.a), in_b = entropy(table, table.b);
  const double information = in_a + in_b - entropy(table, table.both);
  return in_a + in_b > 0 ? std::clamp(2 * information / (in_a + in_b), 0.0, 1.0) : 1;
}

double variation_of_information(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  const Contingency table = contingency(a, b);
  if (table.both.size() == table.a.size() && table.both.size() == table.b.size()) return 0;  // without rounding
  return 2 * entropy(table, table.both) - entropy(table, table.a) - entropy(table, table.b);
}

double normalised_variation_of_information(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  const double variation = variation_of_information(a, b);
  return a.size() > 1 ? variation / std::log(double(a.size())) : 0;
}

}  // namespace basin::interp
