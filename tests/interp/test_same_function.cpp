// Copies that compute the same are found to, by a path on which every network does in plain loops; nearly equal ones
// never are.
#include "interp/degeneracy/same_function.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/matrix.h"
#include "tests/interp/degeneracy_golden.h"
#include "tests/interp/scrambled_nets.h"

using namespace basin;
using namespace basin::interp;

namespace {

bool equal(const ReluNet& a, const ReluNet& b) {
  for (std::int64_t l = 0; l < a.layers(); ++l)
    if (a.weights[l].data != b.weights[l].data || a.biases[l] != b.biases[l]) return false;
  return true;
}

SameFunction check_same(const ReluNet& a, const ReluNet& b, const Matrix& x, double within = 1e-10) {
  const SameFunction found = same_function(a, b, x);
  CAPTURE(found.stuck);
  CAPTURE(found.difference);
  REQUIRE(found.verdict == Sameness::same);
  CHECK(found.residual <= within);
  const Matrix wanted = plain_pre_activations(a, x).back();
  for (const Move& move : found.path) {
    CAPTURE(text_of(move));
    CHECK(moved_by(move.after, x, wanted) <= within);
    CHECK(move.residual <= found.residual);
  }
  if (!found.path.empty()) CHECK(equal(found.path.back().after, b));
  return found;
}

std::vector<MoveKind> kinds_of(const SameFunction& found) {
  std::vector<MoveKind> kinds;
  for (const Move& move : found.path) kinds.push_back(move.kind);
  return kinds;
}

}  // namespace

TEST_CASE("scrambled copies of the golden networks are the same, by a path") {
  for (const auto& want : golden_nets()) {
    CAPTURE(want.at("name").get<std::string>());
    const GoldenData data = golden_data(want);
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const ReluNet other = scrambled(data.net, data.x, Rng(seed, "scramble"));
      check_same(data.net, other, data.x);
      check_same(other, data.net, data.x);
    }
  }
}

TEST_CASE("random networks of one to three hidden layers, permuted and rescaled, are the same") {
  for (const std::vector<std::int64_t>& widths :
       std::vector<std::vector<std::int64_t>>{{3, 6, 2}, {3, 6, 5, 2}, {4, 7, 6, 5, 3}})
    for (const bool biases : {true, false}) {
      const ReluNet net = random_net(widths, widths.size(), biases);
      const Matrix x = samples(200, widths.front());
      ReluNet other = net;
      Rng rng(4, "scramble");
      permute_neurons(other, rng);
      check_same(net, other, x, 1e-13);
      scale_neurons(other, rng);
      check_same(net, other, x, 1e-12);
    }
}

TEST_CASE("each kind of move is told as what it is") {
  const GoldenData data = golden_named("c6_blocks");
  Rng rng(1, "moves");
  for (const char* name : {"c6_blocks", "c5_two_layers"}) {
    const GoldenData same = golden_named(name);
    CHECK(check_same(same.net, same.net, same.x).path.empty());
  }

  ReluNet other = data.net;
  swap_neurons(other, 0, 0, 5);
  SameFunction found = check_same(data.net, other, data.x);
  CHECK(kinds_of(found) == std::vector{MoveKind::ordered});
  CHECK(text_of(found.path[0]) == "layers.0: neurons in the order 5 1 2 3 4 0");

  other = data.net;
  scale_neuron(other, 0, 1, 4);
  scale_neuron(other, 0, 5, 0.5);
  found = check_same(data.net, other, data.x);
  CHECK(kinds_of(found) == std::vector{MoveKind::mixed});
  CHECK(text_of(found.path[0]) == "layers.0: 4 neurons rescaled by 0.5 to 4");

  other = data.net;
  add_neuron(other, 0, 3, 4, 0.5);
  found = check_same(data.net, other, data.x);
  CHECK(kinds_of(found) == std::vector{MoveKind::mixed});
  CHECK(text_of(found.path[0]).starts_with("layers.0: neurons 3 4 mixed (rank 2, condition "));

  other = data.net;
  move_unseen(other, data.x, rng);
  found = check_same(data.net, other, data.x);
  CHECK(kinds_of(found) == std::vector{MoveKind::unseen});
  CHECK(found.path[0].numbers == 30);  // of six neurons the five weights; the constant is seen
  CHECK(text_of(found.path[0]) == "layers.0: 30 numbers changed that the data do not show");
}

TEST_CASE("neurons that never fire or are never read come and go") {
  const GoldenData data = golden_named("c5_two_layers");  // neuron 0 and neurons 0 1 never fire
  ReluNet other = data.net;
  Rng rng(2, "dead");
  redraw_dead(other, data.x, rng);
  const SameFunction found = check_same(data.net, other, data.x);
  CHECK(text_of(found.path[0]) == "layers.1: neurons 0 1 left out, which never fire or are never read");
  CHECK(text_of(found.path[1]) == "layers.0: neurons 0 left out, which never fire or are never read");
  CHECK(text_of(found.path[2]) == "layers.0: neurons in the order new 0 1 2 3");

  const GoldenData unread = golden_named("c7_unread");  // nothing reads neurons 0 1 2
  other = unread.net;
  for (std::int64_t i : {0, 1, 2})
    for (double& w : other.weights[0].row(i)) w = rng.normal();
  check_same(unread.net, other, unread.x);

  // Nothing reads neuron 0 of layer 1, which alone reads neuron 0 of layer 0: both may be anything.
  ReluNet net = random_net({3, 4, 4, 2}, 6);
  for (std::int64_t r = 0; r < 2; ++r) net.weights[2](r, 0) = 0;
  for (std::int64_t r = 1; r < 4; ++r) net.weights[1](r, 0) = 0;
  const Matrix x = samples(100, 3);
  other = net;
  for (const std::int64_t l : {0, 1})
    for (double& w : other.weights[l].row(0)) w = rng.normal();
  check_same(net, other, x);
}

TEST_CASE("a move of a block that its readers do not notice is found") {
  ReluNet net = random_net({3, 2, 1}, 3);
  const Matrix x = samples(60, 3);
  for (std::int64_t c = 0; c < 3; ++c) net.weights[0](1, c) = net.weights[0](0, c);
  net.biases[0][1] = net.biases[0][0];
  net.weights[0](1, 0) += 1e-3;  // fires with neuron 0, and is another
  net.weights[1](0, 1) = net.weights[1](0, 0);
  ReluNet other = net;
  other.weights[0](0, 2) += 1e-4;
  other.weights[0](1, 2) -= 1e-4;
  REQUIRE(fire_alike(net, other, x));
  const SameFunction found = check_same(net, other, x);
  CHECK(text_of(found.path[0]) == "layers.0: neurons 0 1 take other values, of which readers get the same");
}

TEST_CASE("a constant goes through a block that is always on") {
  const GoldenData data = golden_named("c4");  // neurons 0 1 2 are always on
  ReluNet other = data.net;
  other.biases[0][1] += 2;
  for (std::int64_t r = 0; r < other.weights[1].rows(); ++r) other.biases[1][r] -= 2 * other.weights[1](r, 1);
  check_same(data.net, other, data.x);
  check_same(other, data.net, data.x);
}

TEST_CASE("networks of other sizes are the same where neurons are dead or in two parts") {
  const ReluNet net = random_net({3, 5, 4, 2}, 8);
  const Matrix x = samples(150, 3);
  ReluNet other = net;  // neuron 1 of layer 0 twice, each with half of what readers take
  other.weights[0] = Matrix({7, 3});
  std::ranges::copy(net.weights[0].data, other.weights[0].data.begin());
  std::ranges::copy(net.weights[0].row(1), other.weights[0].row(5).begin());
  other.biases[0].push_back(net.biases[0][1]);
  other.biases[0].push_back(-1);  // and a dead one, of no weights
  other.weights[1] = Matrix({4, 7});
  for (std::int64_t r = 0; r < 4; ++r) {
    std::ranges::copy(net.weights[1].row(r), other.weights[1].row(r).begin());
    other.weights[1](r, 5) = other.weights[1](r, 1) /= 2;
    other.weights[1](r, 6) = 3;
  }
  check_same(net, other, x);
  check_same(other, net, x);
}

TEST_CASE("linear networks are the same where any matrix stands between their layers") {
  ReluNet net = random_net({4, 3, 3, 2}, 5);
  net.linear = true;
  const Matrix x = samples(50, 4);
  ReluNet other = net;
  for (std::int64_t l : {0, 1})
    for (std::int64_t i = 0; i < 3; ++i) add_neuron(other, l, i, (i + 1) % 3, -1.7), scale_neuron(other, l, i, -2);
  other.biases[0][1] += 2;
  for (std::int64_t r = 0; r < 3; ++r) other.biases[1][r] -= 2 * other.weights[1](r, 1);
  check_same(net, other, x);
}

TEST_CASE("the JSON of a comparison has its verdict and its moves") {
  const GoldenData data = golden_named("c3_321");
  ReluNet other = data.net;
  swap_neurons(other, 0, 0, 5);
  const auto got = nlohmann::json::parse(to_json(same_function(data.net, other, data.x), 1e-9));
  CHECK(got.at("verdict") == "same");
  CHECK(got.at("stuck") == "");
  CHECK(got.at("tolerance") == 1e-9);
  REQUIRE(got.at("moves").size() == 1);
  CHECK(got.at("moves")[0].at("kind") == "ordered");
  CHECK(got.at("moves")[0].at("layer") == "layers.0");
  CHECK(got.at("moves")[0].at("residual") <= got.at("residual"));
}
