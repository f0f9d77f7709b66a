// All that is used of igraph, which is under the GPL: the Leiden algorithm.
#include <fmt/format.h>
#include <igraph.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "interp/modules/leiden.h"

namespace basin::interp {
namespace {

std::mutex igraph_is_taken;
std::string igraph_reason;  // of its last error; igraph_is_taken guards it

// igraph is C and expects its handler to return: the reason is kept, and check() throws when igraph has returned.
void keep_reason(const char* reason, const char*, int, igraph_error_t) {
  igraph_reason = reason;
  IGRAPH_FINALLY_FREE();
}

void check(igraph_error_t code) {
  if (code != IGRAPH_SUCCESS)
    throw NumericalError(fmt::format("leiden: igraph failed: {}. {}", igraph_strerror(code), igraph_reason));
}

// igraph for one caller, with random numbers of its own; without it, igraph aborts the program on error.
class Session {
 public:
  explicit Session(std::uint64_t seed) : lock_(igraph_is_taken) {
    igraph_reason.clear();
    errors_ = igraph_set_error_handler(keep_reason);
    warnings_ = igraph_set_warning_handler(igraph_warning_handler_ignore);
    random_ = igraph_rng_default();
    saved_ = *random_;
    const igraph_error_t made = igraph_rng_init(&own_, &igraph_rngtype_mt19937);
    if (made != IGRAPH_SUCCESS) restore_handlers();
    check(made);
    // Seeded before it becomes the default: igraph 0.10.2 copies the struct, and a copy that says it is not seeded is
    // seeded by the clock.
    igraph_rng_seed(&own_, seed);
    igraph_rng_set_default(&own_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    *random_ = saved_;  // set_default has copied over it
    igraph_rng_set_default(random_);
    igraph_rng_destroy(&own_);
    restore_handlers();
  }

 private:
  void restore_handlers() {
    igraph_set_error_handler(errors_);
    igraph_set_warning_handler(warnings_);
  }

  std::lock_guard<std::mutex> lock_;
  igraph_error_handler_t* errors_;
  igraph_warning_handler_t* warnings_;
  igraph_rng_t* random_;
  igraph_rng_t saved_;
  igraph_rng_t own_;
};

struct Numbers {
  igraph_vector_t v;
  explicit Numbers(std::size_t n) { check(igraph_vector_init(&v, igraph_integer_t(n))); }
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;
  ~Numbers() { igraph_vector_destroy(&v); }
};

struct Integers {
  igraph_vector_int_t v;
  explicit Integers(std::size_t n) { check(igraph_vector_int_init(&v, igraph_integer_t(n))); }
  Integers(const Integers&) = delete;
  Integers& operator=(const Integers&) = delete;
  ~Integers() { igraph_vector_int_destroy(&v); }
};

struct Undirected {
  igraph_t g;
  Undirected(std::int64_t nodes, const std::vector<LayeredEdge>& edges) {
    Integers ends(2 * edges.size());
    for (std::size_t e = 0; e < edges.size(); ++e) {
      VECTOR(ends.v)[2 * e] = edges[e].from;
      VECTOR(ends.v)[2 * e + 1] = edges[e].to;
    }
    check(igraph_create(&g, &ends.v, nodes, IGRAPH_UNDIRECTED));
  }
  Undirected(const Undirected&) = delete;
  Undirected& operator=(const Undirected&) = delete;
  ~Undirected() { igraph_destroy(&g); }
};

void validate(std::int64_t nodes, const std::vector<LayeredEdge>& edges, double resolution) {
  if (edges.empty()) throw UsageError("leiden: the graph has no edges; help: a lower cut-off keeps more of them");
  if (!(resolution > 0) || !std::isfinite(resolution))
    throw UsageError(fmt::format("leiden: resolution {}; wanted a positive number", resolution));
  for (const LayeredEdge& e : edges) {
    if (std::min(e.from, e.to) < 0 || std::max(e.from, e.to) >= nodes)
      throw UsageError(fmt::format("leiden: an edge from node {} to {}; there are {} nodes", e.from, e.to, nodes));
    if (!(e.weight > 0) || !std::isfinite(e.weight))  // igraph takes negative weights in silence
      throw UsageError(fmt::format("leiden: an edge of weight {}; wanted positive finite numbers", e.weight));
  }
}

// What igraph wants besides the graph. Weights are divided by their mean: its randomness has a scale of its own.
struct Weights {
  Numbers of_edges, of_nodes;
  double resolution;  // modularity is the quality with strengths as node weights at gamma / 2m

  Weights(std::int64_t nodes, const std::vector<LayeredEdge>& edges, double gamma)
      : of_edges(edges.size()), of_nodes(std::size_t(nodes)), resolution(gamma / (2 * double(edges.size()))) {
    double total = 0;
    for (const LayeredEdge& e : edges) total += e.weight;
    if (!std::isfinite(total)) throw UsageError("leiden: the weights add up to more than a double holds");
    for (std::size_t e = 0; e < edges.size(); ++e) {
      const double weight = edges[e].weight / total * double(edges.size());
      VECTOR(of_edges.v)[e] = weight;
      VECTOR(of_nodes.v)[edges[e].from] += weight;
      VECTOR(of_nodes.v)[edges[e].to] += weight;
    }
  }
};

}  // namespace

LeidenResult leiden(std::int64_t nodes, const std::vector<LayeredEdge>& edges, double resolution, std::uint64_t seed) {
  constexpr double randomness = 0.01, least_rise = 1e-12;
  validate(nodes, edges, resolution);
  const Session session(seed);
  const Undirected graph(nodes, edges);
  const Weights weights(nodes, edges, resolution);
  Integers membership{std::size_t(nodes)};
  // One pass at a time: asked to iterate until nothing changes (-1), igraph 0.10.2 stops after the first pass.
  double quality = 0;
  for (double before = -std::numeric_limits<double>::infinity();; before = quality) {
    check(igraph_community_leiden(&graph.g, &weights.of_edges.v, &weights.of_nodes.v, weights.resolution, randomness,
                                  std::isfinite(before), 1, &membership.v, nullptr, &quality));
    if (!(quality > before + least_rise)) break;
  }
  const igraph_integer_t* labels = VECTOR(membership.v);
  return {.partition = renumbered(Partition(labels, labels + nodes)), .quality = quality};
}

}  // namespace basin::interp
