#include "interp/modules/null_model.h"

#include <cmath>
#include <utility>

namespace basin::interp {
namespace {

constexpr std::int64_t trades_per_edge = 300;
constexpr double hottest = 10, coldest = 1e-3,
                 cooling_share = 0.8;  // the rest of the trades is made at the lowest temperature

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

// Sums of a power of the weights at the nodes of one side: how far they are from those wanted, and what that costs.
class Margin {
 public:
  Margin(std::int64_t nodes, const std::vector<Link>& edges, std::int64_t Link::*node, int power)
      : node_(node), power_(power), excess_(nodes, 0.0), stiffness_(nodes, 0.0) {
    const double n = double(edges.size());
    double mean = 0, variance = 0;
    std::vector<double> degree(nodes, 0.0);
    for (const Link& e : edges) mean += value(e) / n, ++degree[e.*node];
    for (const Link& e : edges) variance += (value(e) - mean) * (value(e) - mean) / n;
    for (std::int64_t i = 0; i < nodes; ++i)
      if (degree[i] > 0 && variance > 0) stiffness_[i] = 1 / (variance * degree[i]);
  }

  // Of a weight that goes from b to the place of a, and the other way round.
  double cost(const Link& a, const Link& b) const {
    const std::int64_t i = a.*node_, j = b.*node_;
    const double more = value(b) - value(a);
    return i == j ? 0 : more * (stiffness_[i] * (2 * excess_[i] + more) - stiffness_[j] * (2 * excess_[j] - more));
  }
  void trade(const Link& a, const Link& b) {
    const double more = value(b) - value(a);
    excess_[a.*node_] += more;
    excess_[b.*node_] -= more;
  }
  double squared_error() const {  // over all nodes
    double sum = 0;
    for (std::size_t i = 0; i < excess_.size(); ++i) sum += stiffness_[i] * excess_[i] * excess_[i];
    return sum;
  }

 private:
  double value(const Link& e) const { return power_ == 1 ? e.weight : e.weight * e.weight; }

  std::int64_t Link::*node_;
  int power_;
  std::vector<double> excess_, stiffness_;  // by node: sum - wanted; what its square costs
};

// The nodes of one side of a pair of layers, and which edges each has.
class Side {
 public:
  Side(std::int64_t nodes, const std::vector<Link>& edges, std::int64_t Link::*node)
      : node_(node),
        strengths_(nodes, edges, node, 1),
        squares_(nodes, edges, node, 2),
        edges_(nodes),
        place_(edges.size()) {
    for (std::size_t k = 0; k < edges.size(); ++k) {
      place_[k] = edges_[edges[k].*node].size();
      edges_[edges[k].*node].push_back(k);
    }
  }

  double cost(const Link& a, const Link& b) const { return strengths_.cost(a, b) + squares_.cost(a, b); }
  void trade_weights(const Link& a, const Link& b) {
    strengths_.trade(a, b);
    squares_.trade(a, b);
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
  double squared_error() const { return strengths_.squared_error(); }

 private:
  std::int64_t Link::*node_;
  Margin strengths_, squares_;
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
    const double cooling = std::pow(coldest / hottest, 1 / (cooling_share * double(trades)));
    double temperature = hottest;
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
    if (!accepted(upper_.cost(a, b) + lower_.cost(a, b), temperature, rng)) return;
    upper_.trade_weights(a, b);
    lower_.trade_weights(a, b);
    std::swap(a.weight, b.weight);
  }
  // Weights stay with the upper nodes. Edges that share an end are refused too: one of the two new places is an old
  // one.
  void trade_ends(std::size_t i, std::size_t j, double temperature, Rng& rng) {
    Link &a = edges_[i], &b = edges_[j];
    if (taken_(a.to, b.from) > 0 || taken_(b.to, a.from) > 0) return;
    if (!accepted(lower_.cost(a, b), temperature, rng)) return;
    lower_.trade_weights(a, b);
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
