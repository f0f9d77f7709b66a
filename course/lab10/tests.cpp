#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "common/course.h"
#include "lab.h"

namespace {

using basin::Matrix;
using basin::Rng;
using lab::LayeredEdge;
using lab::LayeredGraph;
using lab::Partition;

// Two layers of `modules` nodes each, equal weights, each node joined to its partner alone.
std::vector<LayeredEdge> pairs(std::int64_t modules) {
  std::vector<LayeredEdge> edges;
  for (std::int64_t i = 0; i < modules; ++i) edges.push_back({0, i, modules + i, 2.5});
  return edges;
}

LayeredGraph with_log_weights(LayeredGraph graph, double cutoff) {
  for (Matrix& edges : graph.edges)
    for (double& e : edges.data) e = lab::edge_weight(e, cutoff);
  return graph;
}

lab::Comparison against_nulls(const LayeredGraph& graph, int nulls, Rng& rng) {
  const double Q = lab::modularity(edge_list(graph), lab::best_partition(graph, rng));
  return lab::compare(Q, lab::null_modularities(graph, nulls, rng));
}

std::vector<std::int64_t> degrees(const Matrix& edges, bool of_rows) {
  std::vector<std::int64_t> all(std::size_t(of_rows ? edges.rows() : edges.cols()));
  for (std::int64_t i = 0; i < edges.rows(); ++i)
    for (std::int64_t j = 0; j < edges.cols(); ++j) all[std::size_t(of_rows ? i : j)] += edges(i, j) > 0;
  return all;
}

}  // namespace

TEST_CASE("[1] a weight counts decades above the cut-off") {
  CHECK_MESSAGE(lab::edge_weight(1, 1e-3) == doctest::Approx(3), "1 is three decades above 0.001");
  CHECK_MESSAGE(lab::edge_weight(50, 5) == doctest::Approx(1), "50 is one decade above 5; log10, not the natural one");
  CHECK_MESSAGE(lab::edge_weight(1e-5, 1e-3) == 0, "below the cut-off there is no interaction, and no negative weight");
  CHECK_MESSAGE(lab::edge_weight(1e-3, 1e-3) == 0, "at the cut-off");
  CHECK_MESSAGE(lab::edge_weight(0, 1e-3) == 0, "0 is no interaction; its logarithm is no number");
}

TEST_CASE("[2] modularity is what is inside less what strengths alone would put there") {
  for (const std::int64_t k : {2, 5}) {
    Partition by_pair;
    for (std::int64_t node = 0; node < 2 * k; ++node) by_pair.push_back(node % k);
    CHECK_MESSAGE(lab::modularity(pairs(k), by_pair) == doctest::Approx(1 - 1 / double(k)), k,
                  " equal pairs, a module each: 1 - 1/k. Strengths count an edge at both of its ends");
  }
  CHECK_MESSAGE(std::abs(lab::modularity(pairs(3), Partition(6, 0))) < 1e-12,
                "all in one module: 0, as that says nothing; 1 means the second term is missing");
  CHECK_MESSAGE(lab::modularity(pairs(4), {0, 1, 2, 3, 4, 5, 6, 7}) == doctest::Approx(-1.0 / 8),
                "each of 8 equal nodes alone: -1/8");
  Rng rng = lab::student_rng("lab10 modularity");
  const LayeredGraph graph = basin::interp::graph_without_modules({7, 9, 6}, rng);
  for (int repeat = 0; repeat < 5; ++repeat) {
    Partition partition(22);
    for (std::int64_t& module : partition) module = std::int64_t(rng.below(4));
    CHECK_MESSAGE(lab::modularity(edge_list(graph), partition) ==
                      doctest::Approx(basin::interp::modularity(graph, partition)).epsilon(1e-9),
                  "a random graph in four random modules, by basin");
  }
}

TEST_CASE("[1] rewiring keeps every degree and every weight") {
  Rng rng = lab::student_rng("lab10 rewired");
  const Matrix edges = basin::interp::graph_without_modules({12, 10}, rng).edges[0];
  std::int64_t moved = 0;
  for (int repeat = 0; repeat < 20; ++repeat) {
    const Matrix random = lab::rewired(edges, rng);
    REQUIRE((random.shape == edges.shape));
    INFO("a table of 10 x 12 with hubs, rewired ", repeat + 1, " times");
    CHECK_MESSAGE(degrees(random, true) == degrees(edges, true), "edges of a node of the upper layer, a row");
    CHECK_MESSAGE(degrees(random, false) == degrees(edges, false), "edges of a node of the lower layer, a column");
    std::vector<double> before = edges.data, after = random.data;
    std::ranges::sort(before);
    std::ranges::sort(after);
    CHECK_MESSAGE(before == after, "the weights; an edge put upon another one is lost");
    for (std::int64_t e = 0; e < edges.size(); ++e) moved += (edges[e] > 0) != (random[e] > 0);
  }
  CHECK_MESSAGE(moved > 0, "nothing was ever rewired");
}

TEST_CASE("[2] all rewired tables are equally likely") {
  // Three edges without a common end and with weights 1, 2, 3: six ways to join, six to deal.
  Rng rng = lab::student_rng("lab10 uniform");
  constexpr int draws = 7200, states = 36;
  const Matrix edges({3, 3}, {1, 0, 0, 0, 2, 0, 0, 0, 3});
  std::map<std::vector<double>, int> seen;
  for (int draw = 0; draw < draws; ++draw) ++seen[lab::rewired(edges, rng).data];
  CHECK_MESSAGE(seen.size() == states, seen.size(),
                " of 36 different tables in 7200 draws. Are weights dealt anew, apart "
                "from the ends? Can a trade come to nothing, as when both edges "
                "drawn are the same one? Else an even number of trades stays even");
  double chi2 = 0;
  constexpr double expected = double(draws) / states;
  for (const auto& [table, count] : seen) chi2 += (count - expected) * (count - expected) / expected;
  CHECK_MESSAGE(chi2 < 95, "chi-square ", chi2,
                " on 35 degrees of freedom, where 35 ± 8 is usual and 95 is one in a "
                "million: trade longer, and draw both edges evenly");
}

TEST_CASE("[1] z and p of a Q among random ones") {
  const lab::Comparison c = lab::compare(0.5, {0.1, 0.2, 0.3, 0.4});
  CHECK(c.mean == doctest::Approx(0.25));
  CHECK_MESSAGE(c.sd == doctest::Approx(std::sqrt(0.05 / 3)), "the deviation of a sample: n - 1, not n");
  CHECK(c.z == doctest::Approx(0.25 / std::sqrt(0.05 / 3)));
  CHECK_MESSAGE(c.p == doctest::Approx(0.2), "none of four is as high: (1 + 0) / (1 + 4), and never 0");
  CHECK_MESSAGE(lab::compare(0.3, {0.1, 0.2, 0.3, 0.4}).p == doctest::Approx(0.6), "0.3 and 0.4 are at least 0.3");
}

TEST_CASE("[2] planted modules are found by decades, and stand out from the null model") {
  Rng rng = lab::student_rng("lab10 planted");
  const basin::interp::PlantedModules unequal = basin::interp::unequal_modules(rng);
  const LayeredGraph logs = with_log_weights(unequal.graph, 1e-7);
  CHECK_MESSAGE(basin::interp::adjusted_rand_index(lab::best_partition(logs, rng), unequal.partition) == 1,
                "one module around 1, one around 1e-4, between them 1e-10 to 1e-8; cut off at 1e-7");
  CHECK_MESSAGE(basin::interp::adjusted_rand_index(lab::best_partition(unequal.graph, rng), unequal.partition) < 1,
                "raw interactions do not show the weak module");
  const basin::interp::PlantedModules blurred = lab::blurred_modules(0.9, 0.1, rng);
  const lab::Comparison c = against_nulls(blurred.graph, 100, rng);
  INFO("three blurred modules, z = ", c.z, ", p = ", c.p, ", 100 random graphs with mean ", c.mean, " and sd ", c.sd);
  CHECK(c.z > 4);
  CHECK_MESSAGE(c.p == doctest::Approx(1.0 / 101), "no random graph has as high a Q");
}

TEST_CASE("[1] without modules there is a Q all the same, and no z") {
  Rng rng = lab::student_rng("lab10 none");
  const LayeredGraph graph = basin::interp::graph_without_modules({12, 12, 12}, rng);
  const double Q = lab::modularity(edge_list(graph), lab::best_partition(graph, rng));
  const lab::Comparison c = against_nulls(graph, 100, rng);
  INFO("Q = ", Q, ", z = ", c.z, ", p = ", c.p, ", random graphs ", c.mean, " ± ", c.sd);
  CHECK_MESSAGE(Q > 0.1, "the search finds something in any graph");
  CHECK_MESSAGE(std::abs(c.z) < 6, "z is 0 ± 1 where only degrees, weights and layers were planted");
}
