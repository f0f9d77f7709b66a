#include "interp/volume/matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "interp/volume/assignment.h"

namespace basin::interp {
namespace {

using Neighbours = std::vector<std::vector<std::int64_t>>;

void check(std::int64_t nodes, std::span<const Edge> edges) {
  for (const Edge& e : edges) {
    if (std::min(e.a, e.b) < 0 || std::max(e.a, e.b) >= nodes || e.a == e.b)
      throw UsageError(fmt::format("matching: edge {}-{} given; wanted two different nodes below {}", e.a, e.b, nodes));
    if (!(e.weight >= 0 && std::isfinite(e.weight)))
      throw UsageError(fmt::format("matching: weight {} on edge {}-{}; wanted 0 or more", e.weight, e.a, e.b));
  }
}

Neighbours neighbours(std::int64_t nodes, std::span<const Edge> edges) {
  Neighbours lists(nodes);
  for (const Edge& e : edges) lists[e.a].push_back(e.b), lists[e.b].push_back(e.a);
  return lists;
}

Matrix weights(std::int64_t nodes, std::span<const Edge> edges) {
  Matrix w({nodes, nodes});
  for (const Edge& e : edges) w(e.a, e.b) = w(e.b, e.a) = std::max(w(e.a, e.b), e.weight);
  return w;
}

// Matches the left copy of `start` with the right copy of a neighbour, moving others aside where they have another (an
// augmenting path, breadth first). from[right]: the left copy that reached it in this search.
bool augment(std::int64_t start, const Neighbours& lists, std::vector<std::int64_t>& partner_of_right,
             std::vector<std::int64_t>& partner_of_left) {
  std::vector<std::int64_t> from(lists.size(), -1), queue{start};
  for (std::size_t head = 0; head < queue.size(); ++head)
    for (std::int64_t right : lists[queue[head]]) {
      if (from[right] >= 0) continue;
      from[right] = queue[head];
      if (partner_of_right[right] >= 0) {
        queue.push_back(partner_of_right[right]);
        continue;
      }
      while (right >= 0) {
        const std::int64_t left = from[right], given_up = partner_of_left[left];
        partner_of_left[left] = right;
        partner_of_right[right] = left;
        right = given_up;
      }
      return true;
    }
  return false;
}

// Connected parts of a graph; `bipartite` if the part has no odd cycle.
struct Part {
  std::vector<std::int64_t> nodes;
  bool bipartite = true;
};

std::vector<Part> connected_parts(const Neighbours& lists) {
  std::vector<Part> parts;
  std::vector<int> side(lists.size(), -1);
  for (std::size_t start = 0; start < lists.size(); ++start) {
    if (side[start] >= 0) continue;
    Part part{.nodes = {std::int64_t(start)}};
    side[start] = 0;
    for (std::size_t head = 0; head < part.nodes.size(); ++head) {
      const std::int64_t node = part.nodes[head];
      for (std::int64_t other : lists[node]) {
        if (side[other] < 0) side[other] = 1 - side[node], part.nodes.push_back(other);
        part.bipartite = part.bipartite && side[other] != side[node];
      }
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

// best[subset of nodes]: its lowest node is left alone or matched within the subset.
double best_of_subsets(const Matrix& w) {
  const std::size_t n = w.rows();
  std::vector<double> best(std::size_t(1) << n);
  for (std::size_t subset = 1; subset < best.size(); ++subset) {
    const std::size_t lowest = std::countr_zero(subset), others = subset & (subset - 1);
    best[subset] = best[others];
    for (std::size_t rest = others; rest; rest &= rest - 1) {
      const std::size_t node = std::countr_zero(rest);
      best[subset] = std::max(best[subset], w(lowest, node) + best[others & ~(std::size_t(1) << node)]);
    }
  }
  return best.back();
}

Matrix within(const Matrix& w, const std::vector<std::int64_t>& nodes) {
  const std::int64_t n = std::int64_t(nodes.size());
  Matrix inner({n, n});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) inner(i, j) = w(nodes[i], nodes[j]);
  return inner;
}

Matrix checked_weights(std::int64_t nodes, std::span<const Edge> edges) {
  constexpr std::int64_t most = 2000;
  check(nodes, edges);
  if (nodes > most)
    throw UsageError(
        fmt::format("matching: {} nodes given; wanted at most {}; help: leave out nodes without edges, "
                    "or take one connected part at a time",
                    nodes, most));
  return weights(nodes, edges);
}

}  // namespace

double log_weight(double kappa, double epsilon) {
  if (!(kappa >= 0 && epsilon > 0 && std::isfinite(kappa) && std::isfinite(epsilon)))
    throw UsageError(fmt::format("log_weight: κ = {}, ε = {} given; wanted κ >= 0 and ε > 0", kappa, epsilon));
  return kappa > epsilon ? 0.5 * std::log(kappa / epsilon) : 0;
}

double fractional_matching_number(std::int64_t nodes, std::span<const Edge> edges) {
  check(nodes, edges);
  const Neighbours lists = neighbours(nodes, edges);
  std::vector<std::int64_t> partner_of_right(nodes, -1), partner_of_left(nodes, -1);
  double size = 0;
  for (std::int64_t node = 0; node < nodes; ++node) size += augment(node, lists, partner_of_right, partner_of_left);
  return size / 2;
}

double fractional_matching_weight(std::int64_t nodes, std::span<const Edge> edges) {
  return maximum_weight_assignment(checked_weights(nodes, edges)) / 2;
}

double matching_weight(std::int64_t nodes, std::span<const Edge> edges) {
  constexpr std::size_t most = 20;
  const Matrix w = checked_weights(nodes, edges);
  double sum = 0;
  for (const Part& part : connected_parts(neighbours(nodes, edges))) {
    if (!part.bipartite && part.nodes.size() > most)
      throw UsageError(
          fmt::format("matching: a connected part with odd cycles has {} nodes; wanted at most {}; help: "
                      "fractional_matching_weight "
                      "has no such limit",
                      part.nodes.size(), most));
    const Matrix inner = within(w, part.nodes);
    sum += part.bipartite ? maximum_weight_assignment(inner) / 2 : best_of_subsets(inner);
  }
  return sum;
}

MatchingStrength matching_strength(std::int64_t nodes, std::span<const Edge> kappas, double epsilon) {
  std::vector<Edge> logs(kappas.begin(), kappas.end());
  MatchingStrength strength;
  for (Edge& e : logs) strength.sum += e.weight = log_weight(e.weight, epsilon);
  strength.matching = fractional_matching_weight(nodes, logs);
  return strength;
}

}  // namespace basin::interp
