// Networks that are nearly equal, or equal by no path, are never said to be the same; what cannot be compared is
// refused.
#include <doctest/doctest.h>

#include "core/matrix.h"
#include "interp/degeneracy/same_function.h"
#include "tests/interp/degeneracy_golden.h"
#include "tests/interp/scrambled_nets.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("a network that is off by a little is different, with the row where it is most") {
  const GoldenData data = golden_named("c10_two_layers");
  const ReluNet copy = scrambled(data.net, data.x, Rng(0, "scramble"));
  for (const double by : {1e-4, 1e-7})
    for (std::int64_t l = 0; l < copy.layers(); ++l) {
      ReluNet other = copy;
      std::int64_t most = 0;  // the weight that adds most to what its neuron gets
      const Matrix f = plain_nodes(copy, data.x)[l];
      for (std::int64_t c = 0; c < copy.weights[l].cols(); ++c)
        if (std::abs(copy.weights[l](copy.weights[l].rows() - 1, c) * f(0, c)) >
            std::abs(copy.weights[l](copy.weights[l].rows() - 1, most) * f(0, most)))
          most = c;
      other.weights[l](copy.weights[l].rows() - 1, most) *= 1 + by;
      const double apart = moved_by(other, data.x, plain_pre_activations(data.net, data.x).back());
      CAPTURE(by);
      CAPTURE(l);
      CAPTURE(apart);
      REQUIRE(apart > 1e-9);
      const SameFunction found = same_function(data.net, other, data.x);
      CHECK(found.verdict == Sameness::different);
      CHECK(found.difference == doctest::Approx(apart).epsilon(1e-3));
      CHECK(found.path.empty());
    }
}

TEST_CASE("near misses are refused") {
  const GoldenData data = golden_named("c3_321");
  ReluNet other = data.net;
  swap_rows(other, 0, 3, 5);  // and not what reads them
  CHECK(same_function(data.net, other, data.x).verdict == Sameness::different);
  other = data.net;
  scale_neuron(other, 0, 2, -1);
  CHECK(same_function(data.net, other, data.x).verdict == Sameness::different);
  // Mixed so that on few samples another sign comes out.
  other = data.net;
  const Matrix pre = plain_pre_activations(data.net, data.x)[0];
  double least = 1e300;
  for (std::int64_t s = 0; s < pre.rows(); ++s) least = std::min(least, pre(s, 3) / pre(s, 4));
  add_neuron(other, 0, 3, 4, -1.01 * least);
  CHECK(same_function(data.net, other, data.x).verdict == Sameness::different);
  other = data.net;
  add_neuron(other, 0, 3, 4, -0.5 * least);
  CHECK(same_function(data.net, other, data.x).verdict == Sameness::same);
}

TEST_CASE("equal functions that no such path joins are undecided, with what stopped it") {
  // x = ReLU(x) - ReLU(-x) = ReLU(x + 10) - 10 on |x| < 10.
  const ReluNet parts{.weights = {Matrix({2, 1}, {1, -1}), Matrix({1, 2}, {1, -1})}, .biases = {{0, 0}, {0}}};
  const ReluNet whole{.weights = {Matrix({2, 1}, {1, 0.5}), Matrix({1, 2}, {1, 0})}, .biases = {{10, -1}, {-10}}};
  const Matrix x = samples(40, 1);
  const SameFunction found = same_function(parts, whole, x);
  CHECK(found.verdict == Sameness::undecided);
  CHECK(found.difference < 1e-14);
  CHECK(found.stuck.starts_with("layers.0: neurons 0 of the first network, which fire on "));
  CHECK(found.stuck.ends_with("are read, and no neuron of the second fires on the same ones"));
  CHECK(same_function(whole, parts, x).verdict == Sameness::undecided);
  // Neurons are counted as the first network has them: here behind one that never fires.
  const ReluNet behind{.weights = {Matrix({3, 1}, {1, 1, -1}), Matrix({1, 3}, {5, 1, -1})},
                       .biases = {{-9, 0, 0}, {0}}};
  CHECK(same_function(behind, whole, x).stuck.starts_with("layers.0: neurons 1 of the first network, which fire on "));

  // f = |x|: ReLU(x) + ReLU(-x), or 2 ReLU(x) - x with x from a third neuron that is always on.
  const ReluNet twice{.weights = {Matrix({2, 1}, {1, 1}), Matrix({1, 2}, {2, -1})}, .biases = {{0, 10}, {10}}};
  const ReluNet both{.weights = {Matrix({2, 1}, {1, -1}), Matrix({1, 2}, {1, 1})}, .biases = {{0, 0}, {0}}};
  CHECK(same_function(both, twice, x).verdict == Sameness::undecided);
}

TEST_CASE("more data tell apart what few do not") {
  const ReluNet net = random_net({3, 4, 1}, 12);
  const Matrix x = samples(60, 3);
  ReluNet other = net;
  Rng rng(3, "few");
  move_unseen(other, rows_of(x, 0, 3), rng, 0.01);
  CHECK(same_function(net, other, rows_of(x, 0, 3)).verdict == Sameness::same);
  CHECK(same_function(net, other, x).verdict == Sameness::different);
}

TEST_CASE("each output is measured by its own size") {
  const ReluNet net = random_net({3, 4, 2}, 2);
  const Matrix x = samples(30, 3);
  ReluNet small = net;
  for (double& w : small.weights[1].row(1)) w *= 1e-12;
  small.biases[1][1] *= 1e-12;
  ReluNet other = small;
  other.weights[1](1, 0) *= 1.01;
  const SameFunction found = same_function(small, other, x);
  CHECK(found.verdict == Sameness::different);
  CHECK(found.output == 1);
}

TEST_CASE("what cannot be compared is refused with both sizes") {
  const ReluNet net = random_net({3, 4, 2}, 2);
  const Matrix x = samples(10, 3);
  const auto refused = [&](const ReluNet& other, const char* part) {
    CHECK_THROWS_WITH_AS(same_function(net, other, x), doctest::Contains(part), ShapeError);
  };
  refused(random_net({3, 4, 4, 2}, 2), "dense layers: 2 in the first network and 3 in the second");
  refused(random_net({2, 4, 2}, 2), "inputs: 3 in the first network and 2 in the second");
  refused(random_net({3, 4, 1}, 2), "outputs: 2 in the first network and 1 in the second");
  refused(random_net({3, 4, 2}, 2, false), "a bias of layers.0: true in the first network and false in the second");
  ReluNet linear = net;
  linear.linear = true;
  refused(linear, "no ReLU between the layers: false in the first network and true in the second");
  CHECK_THROWS_WITH_AS(same_function(net, net, samples(10, 2)), doctest::Contains("inputs [10,2]"), ShapeError);
  CHECK_THROWS_WITH_AS(same_function(net, net, Matrix({0, 3})), doctest::Contains("no samples"), DataError);
  ReluNet bad = net;
  bad.weights[0](0, 0) = std::nan("");
  CHECK_THROWS_WITH_AS(same_function(net, bad, x), doctest::Contains("layers.0 holds NaN or Inf"), DataError);
  bad = net;
  for (double& w : bad.weights[0].data) w = 1e200;
  for (double& w : bad.weights[1].data) w = 1e200;
  CHECK_THROWS_AS(same_function(net, bad, x), NumericalError);
}
