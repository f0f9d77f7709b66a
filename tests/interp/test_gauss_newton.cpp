#include "interp/jacobian/gauss_newton.h"

#include <doctest/doctest.h>

#include "core/lapack.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

Matrix columns(const Matrix& m, std::int64_t first, std::int64_t count) {
  Matrix part({m.rows(), count});
  for (std::int64_t i = 0; i < m.rows(); ++i) std::copy_n(m.row(i).begin() + first, count, part.row(i).begin());
  return part;
}

}  // namespace

TEST_CASE("the structured J J^T equals the product, layer by layer and in sum") {
  for (bool bias : {true, false})
    for (std::int64_t samples : {7, 64, 150}) {  // below, at and above one tile
      const DenseNetwork network = small_network({4, 6, 5, 3}, Kind::tanh, bias);
      const Inputs inputs{{"x", random_matrix(samples, 4, "x")}};
      const Matrix J = parameter_jacobian(network, inputs);
      const Matrix wanted = matmul(J, J, false, true), gram = jacobian_gram(network, inputs, {.chunk = 32});
      CHECK(largest_difference(gram, wanted) < 1e-12);
      CHECK(largest_difference(gram, transpose(gram)) == 0);
      const std::vector<Matrix> layers = layer_jacobian_grams(network, inputs, {.chunk = 32});
      REQUIRE(layers.size() == 3);
      for (std::size_t l = 0; l < 3; ++l) {
        const Matrix part = columns(J, network.layers[l].weight_offset, network.layers[l].parameters());
        CHECK(largest_difference(layers[l], matmul(part, part, false, true)) < 1e-12);
      }
    }
}

TEST_CASE("J J^T is equal to the bit for 1, 2 and 3 threads") {
  const DenseNetwork network = small_network({4, 6, 5, 3}, Kind::relu);
  const Inputs inputs{{"x", random_matrix(200, 4, "x")}};
  const Matrix one = jacobian_gram(network, inputs, {.chunk = 16});
  for (int threads : {2, 3}) CHECK(jacobian_gram(network, inputs, {.chunk = 16, .threads = threads}).data == one.data);
}

TEST_CASE("its spectrum is the squared singular values of J, to 1e-8 of the largest singular value") {
  const DenseNetwork network = small_network({4, 6, 3}, Kind::relu);
  const Inputs inputs{{"x", random_matrix(60, 4, "x")}};
  const std::vector<double> h = spectrum(jacobian_gram(network, inputs));
  const std::vector<double> s = jacobian_spectrum(network, inputs).singular_values;
  CHECK(h.size() == 180);
  for (std::size_t i = 0; i < s.size(); ++i) CHECK(std::abs(std::sqrt(h[i]) - s[i]) < 1e-7 * s[0]);
  CHECK(h.back() >= 0);
}

TEST_CASE("counts above cut-offs and soft counts are those of the formula") {
  const std::vector<double> h{4, 1, 0.25, 0};
  const std::vector<EpsilonRank> ranks = epsilon_ranks(h, {1e-12, 0.5, 1, 100});
  REQUIRE(ranks.size() == 4);
  CHECK(ranks[0].count == 3);
  CHECK(ranks[0].soft_count == doctest::Approx(3));
  CHECK(ranks[1].count == 2);
  CHECK(ranks[1].soft_count == doctest::Approx(4 / 4.5 + 1 / 1.5 + 0.25 / 0.75));
  CHECK(ranks[2].count == 1);
  CHECK(ranks[3].count == 0);
  CHECK(ranks[3].cutoff == 100);
  const EpsilonRank relative = relative_epsilon_ranks(h, {0.125})[0];
  CHECK(relative.count == ranks[1].count);
  CHECK(relative.soft_count == ranks[1].soft_count);
  CHECK(relative_epsilon_ranks({0, 0}, {0.125}).empty());
  CHECK_THROWS_AS(epsilon_ranks(h, {0}), UsageError);
  CHECK_THROWS_AS(epsilon_ranks(h, {std::nan("")}), UsageError);
}
