#include "interp/degeneracy/gauge.h"

#include <doctest/doctest.h>

#include "core/lapack.h"
#include "core/statistics.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "tests/interp/degeneracy_golden.h"

using namespace basin;
using namespace basin::interp;

namespace {

std::vector<LayerRanges> ranges_of(const GoldenData& data) {
  std::vector<LayerRanges> ranges;
  for (const LayerFactors& layer : network_factors(dense_network(data.net), {{"x", data.x}}).layers)
    ranges.push_back({layer.activations.row_space(), layer.gradients.row_space()});
  return ranges;
}

// Ranges that project nothing out: then the moves are directions of parameter space, layer by layer, [out, in + bias].
std::vector<LayerRanges> whole_ranges(const ReluNet& net) {
  std::vector<LayerRanges> ranges;
  for (const Matrix& w : net.weights) ranges.push_back({identity(w.cols() + 1), identity(w.rows())});
  return ranges;
}

// The column of the flat parameter vector (weights [in, out], then biases) of each entry of a move.
std::vector<std::int64_t> parameter_of(const ReluNet& net) {
  std::vector<std::int64_t> place;
  std::int64_t offset = 0;
  for (const Matrix& w : net.weights) {
    for (std::int64_t i = 0; i < w.rows(); ++i)
      for (std::int64_t j = 0; j <= w.cols(); ++j) place.push_back(offset + j * w.rows() + i);
    offset += w.rows() * (w.cols() + 1);
  }
  return place;
}

}  // namespace

TEST_CASE("every move is null for the Jacobian: the outputs do not change to first order") {
  for (const char* name : {"c3_321", "c4", "c5_two_layers", "c10_three_layers"}) {
    CAPTURE(name);
    const GoldenData data = golden_named(name);
    const Matrix moves = GaugeMoves(data.net, whole_ranges(data.net), golden_blocks(golden_net(name))).rows();
    const std::vector<std::int64_t> place = parameter_of(data.net);
    Matrix directions(moves.shape);
    for (std::int64_t e = 0; e < moves.rows(); ++e)
      for (std::int64_t c = 0; c < moves.cols(); ++c) directions(e, place[c]) = moves(e, c);
    const Matrix J = parameter_jacobian(dense_network(data.net), {{"x", data.x}});
    double worst = 0, scale = 0;
    for (double v : J.data) scale = std::max(scale, std::abs(v));
    for (double v : matmul(J, directions, false, true).data) worst = worse(worst, std::abs(v));
    CHECK(moves.rows() > 0);
    CHECK(worst < 1e-11 * scale);
  }
}

TEST_CASE("blocks that are none give moves that the Jacobian sees") {
  const GoldenData data = golden_named("c2");
  const std::vector<FiringBlock> wrong{{0, BlockKind::synchronised, {0, 1}}};
  const Matrix moves = GaugeMoves(data.net, whole_ranges(data.net), wrong).rows();
  const std::vector<std::int64_t> place = parameter_of(data.net);
  const Matrix J = parameter_jacobian(dense_network(data.net), {{"x", data.x}});
  double seen = 0;
  for (std::int64_t x = 0; x < J.rows(); ++x) {
    double change = 0;  // of the move A_01
    for (std::int64_t c = 0; c < moves.cols(); ++c) change += J(x, place[c]) * moves(1, c);
    seen = std::max(seen, std::abs(change));
  }
  CHECK(seen > 1e-3);
}

TEST_CASE("there is a move for each pair in a block, one more a neuron when always on, none for the dead") {
  const GoldenData on = golden_named("c4"), dead = golden_named("c5");
  CHECK(GaugeMoves(on.net, ranges_of(on), golden_blocks(golden_net("c4"))).count() == 3 * 4 + 1 + 4);
  CHECK(GaugeMoves(dead.net, ranges_of(dead), golden_blocks(golden_net("c5"))).count() == 1 + 4);
}

TEST_CASE("the projected form has the rank of the projectors' form") {
  for (const char* name : {"c5_two_layers", "c6_blocks", "c7_both", "c10_three_layers"}) {
    CAPTURE(name);
    const GoldenData data = golden_named(name);
    const auto blocks = golden_blocks(golden_net(name));
    std::vector<LayerRanges> ranges = ranges_of(data), projectors;
    for (const LayerRanges& r : ranges)
      projectors.push_back(
          {matmul(r.activations, r.activations, false, true), matmul(r.gradients, r.gradients, false, true)});
    const RankDecision fast = gauge_rank(data.net, ranges, blocks), slow = gauge_rank(data.net, projectors, blocks);
    CHECK(fast.rank == golden_net(name).at("phi_rank"));
    CHECK(slow.rank == fast.rank);
    CHECK(slow.smallest_kept == doctest::Approx(fast.smallest_kept));
    CHECK(fast.gap > 1e6);
  }
}

TEST_CASE("no blocks, no moves") {
  const GoldenData data = golden_named("c2");
  CHECK(gauge_rank(data.net, ranges_of(data), {}).rank == 0);
}

TEST_CASE("bases and blocks of another network are refused") {
  const GoldenData data = golden_named("c2"), other = golden_named("c2_two_layers");
  const auto blocks = golden_blocks(golden_net("c2_two_layers"));
  CHECK_THROWS_WITH_AS(gauge_rank(data.net, ranges_of(other), {}), doctest::Contains("ranges of 3 layers given"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(gauge_rank(data.net, ranges_of(data), blocks), doctest::Contains("a block of layer 1"),
                       ShapeError);
  auto ranges = ranges_of(data);
  std::swap(ranges[0], ranges[1]);
  CHECK_THROWS_WITH_AS(gauge_rank(data.net, ranges, {}), doctest::Contains("wanted 6 and 6 rows"), ShapeError);
}
