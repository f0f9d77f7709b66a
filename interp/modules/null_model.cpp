#include "interp/modules/null_model.h"

#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace basin::interp {
namespace {

constexpr std::int64_t rounds_per_edge = 55;  // of a trade in each of the four ways
constexpr double hottest = 3, coldest = 1e-3,
                 cooling_share = 0.8;  // the rest of the trades is made at the lowest temperature

struct Link {
  std::int32_t to, from;
  double weight, square;
};

std::vector<Link> links_of(const Matrix& e) {
  std::vector<Link> edges;
  for (std::int64_t i = 0; i < e.rows(); ++i)
    for (std::int64_t j = 0; j < e.cols(); ++j)
      if (e(i, j) > 0) edges.push_back({std::int32_t(i), std::int32_t(j), e(i, j), e(i, j) * e(i, j)});
  return edges;
}

// Random words, many drawn at once: a trade takes two, and would wait longer for them than for its arithmetic.
class Words {
 public:
  explicit Words(Rng& rng) : rng_(rng) {}
  std::uint64_t next() {
    if (at_ == words_.size()) {
      rng_.fill_words(words_);
      at_ = 0;
    }
    return words_[at_++];
  }

 private:
  Rng& rng_;
  std::array<std::uint64_t, 256> words_;
  std::size_t at_ = words_.size();
};

// Several choices from one word: a number below n is the whole part of n times the word, read as a fraction, and what
// is left is a fraction for the next. Equal chances up to the product of the n over 2^64.
class Choices {
 public:
  explicit Choices(std::uint64_t word) : rest_(word) {}
  std::uint64_t below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide(rest_) * n;
    rest_ = std::uint64_t(product);
    return std::uint64_t(product >> 64);
  }

 private:
  std::uint64_t rest_;
};

// Sums of a power of the weights at the nodes of one side: how far they are from those wanted, and what that costs.
struct Margin {
  double excess = 0, stiffness = 0;  // sum - wanted; what its square costs

  double cost(double more) const { return stiffness * more * (2 * excess + more); }
};

struct Listed {
  const std::size_t* edges;
  std::size_t count;
};

// The nodes of one side of a pair of layers, and which edges each has.
class Side {
 public:
  Side(std::int64_t nodes, const std::vector<Link>& edges, std::int32_t Link::*node)
      : node_(node), nodes_(std::size_t(nodes)), listed_(edges.size()), place_(edges.size()) {
    for (const Link& e : edges) ++nodes_[std::size_t(e.*node)].degree;
    for (std::size_t i = 1; i < nodes_.size(); ++i) nodes_[i].first = nodes_[i - 1].first + nodes_[i - 1].degree;
    std::vector<std::size_t> taken(nodes_.size());
    for (std::size_t k = 0; k < edges.size(); ++k) {
      const auto i = std::size_t(edges[k].*node);
      place_[k] = nodes_[i].first + taken[i]++;
      listed_[place_[k]] = k;
    }
    set_stiffness(edges, &Link::weight, &Node::strength);
    set_stiffness(edges, &Link::square, &Node::squares);
  }

  // Of weights that go from b to the place of a, and the other way round.
  double cost(const Link& a, const Link& b) const {
    if (a.*node_ == b.*node_) return 0;
    const Node &to = nodes_[std::size_t(a.*node_)], &from = nodes_[std::size_t(b.*node_)];
    const double more = b.weight - a.weight, squares = b.square - a.square;
    return to.strength.cost(more) + from.strength.cost(-more) + to.squares.cost(squares) + from.squares.cost(-squares);
  }
  void trade_weights(const Link& a, const Link& b) {
    Node &to = nodes_[std::size_t(a.*node_)], &from = nodes_[std::size_t(b.*node_)];
    const double more = b.weight - a.weight, squares = b.square - a.square;
    to.strength.excess += more, to.squares.excess += squares;
    from.strength.excess -= more, from.squares.excess -= squares;
  }
  // Of the numbers of two edges: they take each other's node.
  void trade_nodes(std::vector<Link>& edges, std::size_t a, std::size_t b) {
    std::swap(listed_[place_[a]], listed_[place_[b]]);
    std::swap(place_[a], place_[b]);
    std::swap(edges[a].*node_, edges[b].*node_);
  }
  Listed edges_of(const Link& a) const {  // of the same node
    const Node& own = nodes_[std::size_t(a.*node_)];
    return {listed_.data() + own.first, own.degree};
  }
  double squared_error() const {  // of strengths, over all nodes
    double sum = 0;
    for (const Node& n : nodes_) sum += n.strength.stiffness * n.strength.excess * n.strength.excess;
    return sum;
  }

 private:
  struct Node {
    Margin strength{}, squares{};
    std::size_t first = 0, degree = 0;  // its edges in the list
  };

  void set_stiffness(const std::vector<Link>& edges, double Link::*value, Margin Node::*margin) {
    const double n = double(edges.size());
    double mean = 0, variance = 0;
    for (const Link& e : edges) mean += e.*value / n;
    for (const Link& e : edges) variance += (e.*value - mean) * (e.*value - mean) / n;
    for (Node& node : nodes_)
      if (node.degree > 0 && variance > 0) (node.*margin).stiffness = 1 / (variance * double(node.degree));
  }

  std::int32_t Link::*node_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> listed_;  // edges, node by node
  std::vector<std::size_t> place_;   // of an edge in the list
};

// The edges of one pair of layers, while they are traded.
class Trading {
 public:
  Trading(const Matrix& e, Words& words)
      : words_(words),
        edges_(links_of(e)),
        upper_(e.rows(), edges_, &Link::to),
        lower_(e.cols(), edges_, &Link::from),
        all_(edges_.size()),
        taken_(e.shape) {
    std::iota(all_.begin(), all_.end(), std::size_t(0));
    for (const Link& edge : edges_) taken_(edge.to, edge.from) = 1;
  }

  void anneal() {
    const std::int64_t rounds = rounds_per_edge * std::ssize(edges_);
    const double cooling = std::pow(hottest / coldest, 1 / (cooling_share * double(rounds)));
    double cold = 1 / hottest;  // 1/T
    for (std::int64_t k = 0; k < rounds; ++k) {
      trade_in_all_ways(cold);
      cold = std::min(1 / coldest, cold * cooling);
    }
  }
  Matrix matrix() const {
    Matrix e(taken_.shape);
    for (const Link& edge : edges_) e(edge.to, edge.from) = edge.weight;
    return e;
  }
  double squared_error() const { return upper_.squared_error() + lower_.squared_error(); }

 private:
  // Partners that share a node change the strengths of two nodes only, and are taken more often when it is cold. The
  // ways take turns: one drawn at random would be guessed wrong by the processor, at the price of the trade itself.
  void trade_in_all_ways(double cold) {
    trade_weights([this](const Link& a) { return upper_.edges_of(a); }, cold);
    trade_weights([this](const Link& a) { return lower_.edges_of(a); }, cold);
    trade_weights([this](const Link&) { return Listed{all_.data(), all_.size()}; }, cold);
    trade_ends(cold);
  }
  // With probability exp(-x), and for most x without computing it: 1 - x <= exp(-x) <= 1 / (1 + x).
  static bool accepted(double x, std::uint64_t word) {
    const double u = double(word >> 11) * 0x1p-53;
    if (u < 1 - x) return true;
    return u * (1 + x) < 1 && u < std::exp(-x);
  }
  template <class Partners>
  void trade_weights(const Partners& partners_of, double cold) {
    Choices choices(words_.next());
    Link& a = edges_[choices.below(edges_.size())];
    const Listed partners = partners_of(a);
    Link& b = edges_[partners.edges[choices.below(partners.count)]];
    if (!accepted((upper_.cost(a, b) + lower_.cost(a, b)) * cold, words_.next())) return;
    upper_.trade_weights(a, b);
    lower_.trade_weights(a, b);
    std::swap(a.weight, b.weight);
    std::swap(a.square, b.square);
  }
  // Weights stay with the upper nodes. Edges that share an end are refused too: one of the two new places is an old
  // one.
  void trade_ends(double cold) {
    Choices choices(words_.next());
    const std::size_t i = choices.below(edges_.size()), j = choices.below(edges_.size());
    const Link &a = edges_[i], &b = edges_[j];
    if (taken_(a.to, b.from) > 0 || taken_(b.to, a.from) > 0) return;
    if (!accepted(lower_.cost(a, b) * cold, words_.next())) return;
    lower_.trade_weights(a, b);
    std::swap(taken_(a.to, a.from), taken_(a.to, b.from));
    std::swap(taken_(b.to, b.from), taken_(b.to, a.from));
    lower_.trade_nodes(edges_, i, j);
  }

  Words& words_;
  std::vector<Link> edges_;
  Side upper_, lower_;
  std::vector<std::size_t> all_;  // edges
  Matrix taken_;
};

}  // namespace

NullGraph null_graph(const LayeredGraph& graph, Rng& rng) {
  NullGraph random{.graph = graph};
  Words words(rng);
  double squares = 0;
  std::int64_t nodes = 0;
  for (Matrix& e : random.graph.edges) {
    Trading trading(e, words);
    trading.anneal();
    e = trading.matrix();
    squares += trading.squared_error();
    nodes += e.rows() + e.cols();
  }
  random.strength_error = std::sqrt(squares / double(nodes));
  return random;
}

}  // namespace basin::interp
