#include "interp/modules/null_model.h"

#include <cmath>
#include <utility>

namespace basin::interp {
namespace {

constexpr std::int64_t trades_per_edge = 300;
constexpr double coldest = 1e-3, cooling_share = 0.8;  // the rest of the trades is made at the lowest temperature

struct Link {
  std::int64_t to, from;
  double weight;
};

std::vector<Link> links_of(const Matrix& e) {
  std::vector<Link> edges;
  for (std::int64_t i = 0; i < e.rows(); ++i)
    for (std::int64_t j = 0; j < e.cols(); ++j)
      if (e(i, j) > 0) edges.push_back({i, j, e(i, j)});
  return edges;
}

double variance(const std::vector<Link>& edges) {
  double mean = 0, squares = 0;
  for (const Link& e : edges) mean += e.weight / double(edges.size());
  for (const Link& e : edges) squares += (e.weight - mean) * (e.weight - mean) / double(edges.size());
  return squares;
}

// The nodes of one layer, as the edges of one pair see them.
class Side {
 public:
  Side(std::int64_t nodes, const std::vector<Link>& edges, std::int64_t Link::*node)
      : node_(node), excess_(nodes, 0.0), stiffness_(nodes, 0.0), edges_(nodes), place_(edges.size()) {
    for (std::size_t k = 0; k < edges.size(); ++k) {
      place_[k] = edges_[edges[k].*node].size();
      edges_[edges[k].*node].push_back(k);
    }
    const double v = variance(edges);
    for (std::int64_t i = 0; i < nodes; ++i)
      if (!edges_[i].empty() && v > 0) stiffness_[i] = 1 / (v * double(edges_[i].size()));
  }

  // Of one more `weight` at the node of a, and as much less at the node of b.
  double cost(const Link& a, const Link& b, double weight) const {
    const std::int64_t i = a.*node_, j = b.*node_;
    if (i == j) return 0;
    return weight * (stiffness_[i] * (2 * excess_[i] + weight) - stiffness_[j] * (2 * excess_[j] - weight));
  }
  void shift(const Link& a, const Link& b, double weight) {
    excess_[a.*node_] += weight;
    excess_[b.*node_] -= weight;
  }
  // Of the numbers of two edges: they take each other's node.
  void trade_nodes(std::vector<Link>& edges, std::size_t a, std::size_t b) {
    std::swap(edges_[edges[a].*node_][place_[a]], edges_[edges[b].*node_][place_[b]]);
    std::swap(place_[a], place_[b]);
    std::swap(edges[a].*node_, edges[b].*node_);
  }
  std::size_t neighbour(const Link& a, Rng& rng) const {  // an edge of the same node
    const auto& same = edges_[a.*node_];
    return same[rng.below(same.size())];
  }
  double squared_error() const {  // over all nodes
    double sum = 0;
    for (std::size_t i = 0; i < excess_.size(); ++i) sum += stiffness_[i] * excess_[i] * excess_[i];
    return sum;
  }

 private:
  std::int64_t Link::*node_;
  std::vector<double> excess_, stiffness_;       // by node: strength - wanted; what its square costs
  std::vector<std::vector<std::size_t>> edges_;  // by node
  std::vector<std::size_t> place_;               // by edge, in its node's list
};

// The edges of one pair of layers, while they are traded.
class Trading {
 public:
  explicit Trading(const Matrix& e)
      : edges_(links_of(e)),
        upper_(e.rows(), edges_, &Link::to),
        lower_(e.cols(), edges_, &Link::from),
        taken_(e.shape) {
    for (const Link& edge : edges_) taken_(edge.to, edge.from) = 1;
  }

  void anneal(Rng& rng) {
    const std::int64_t trades = trades_per_edge * std::ssize(edges_);
    const double cooling = std::pow(coldest, 1 / (cooling_share * double(trades)));
    double temperature = 1;
    for (std::int64_t k = 0; k < trades; ++k) {
      trade(temperature, rng);
      temperature = std::max(coldest, temperature * cooling);
    }
  }
  Matrix matrix() const {
    Matrix e(taken_.shape);
    for (const Link& edge : edges_) e(edge.to, edge.from) = edge.weight;
    return e;
  }
  double squared_error() const { return upper_.squared_error() + lower_.squared_error(); }

 private:
  // Partners that share a node change the strengths of two nodes only, and are taken more often when it is cold.
  void trade(double temperature, Rng& rng) {
    const std::size_t a = rng.below(edges_.size());
    switch (rng.below(4)) {
      case 0: return trade_weights(a, upper_.neighbour(edges_[a], rng), temperature, rng);
      case 1: return trade_weights(a, lower_.neighbour(edges_[a], rng), temperature, rng);
      case 2: return trade_weights(a, rng.below(edges_.size()), temperature, rng);
      default: return trade_ends(a, rng.below(edges_.size()), temperature, rng);
    }
  }
  static bool accepted(double cost, double temperature, Rng& rng) {
    return cost <= 0 || rng.uniform() < std::exp(-cost / temperature);
  }
  void trade_weights(std::size_t i, std::size_t j, double temperature, Rng& rng) {
    Link &a = edges_[i], &b = edges_[j];
    const double more = b.weight - a.weight;
    if (!accepted(upper_.cost(a, b, more) + lower_.cost(a, b, more), temperature, rng)) return;
    upper_.shift(a, b, more);
    lower_.shift(a, b, more);
    std::swap(a.weight, b.weight);
  }
  // Weights stay with the upper nodes. Edges that share an end are refused too: one of the two new places is an old
  // one.
  void trade_ends(std::size_t i, std::size_t j, double temperature, Rng& rng) {
    Link &a = edges_[i], &b = edges_[j];
    if (taken_(a.to, b.from) > 0 || taken_(b.to, a.from) > 0) return;
    const double more = b.weight - a.weight;
    if (!accepted(lower_.cost(a, b, more), temperature, rng)) return;
    lower_.shift(a, b, more);
    std::swap(taken_(a.to, a.from), taken_(a.to, b.from));
    std::swap(taken_(b.to, b.from), taken_(b.to, a.from));
    lower_.trade_nodes(edges_, i, j);
  }

  std::vector<Link> edges_;
  Side upper_, lower_;
  Matrix taken_;
};

}  // namespace

NullGraph null_graph(const LayeredGraph& graph, Rng& rng) {
  NullGraph random{.graph = graph};
  double squares = 0;
  std::int64_t nodes = 0;
  for (Matrix& e : random.graph.edges) {
    Trading trading(e);
    trading.anneal(rng);
    e = trading.matrix();
    squares += trading.squared_error();
    nodes += e.rows() + e.cols();
  }
  random.strength_error = std::sqrt(squares / double(nodes));
  return random;
}

}  // namespace basin::interp
