#include "interp/jacobian_products.h"

#include <doctest/doctest.h>

#include "core/lapack.h"
#include "interp/jacobian_kernel.h"
#include "interp/parameter_jacobian.h"
#include "tests/interp/small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

struct Case {
  DenseNetwork network;
  Inputs inputs;
  Matrix J;
  JacobianTables tables;
  Matrix kept;  // the columns of J that the tables hold

  Case(const std::vector<std::int64_t>& widths, std::int64_t samples, bool bias = true)
      : network(small_network(widths, Kind::relu, bias)) {
    Matrix x = random_matrix(samples, widths[0], "x");
    for (std::int64_t i = 0; i < samples; ++i) x(i, 1) = 0;  // d_1 zero columns
    inputs.emplace("x", x);
    J = parameter_jacobian(network, inputs);
    tables = jacobian_tables(network, inputs, {.chunk = 50});
    kept = Matrix({J.rows(), tables.columns()});
    std::int64_t first = 0, column = 0;
    for (std::size_t l = 0; l < tables.layers.size(); first += network.layers[l++].parameters())
      for (std::int64_t place : tables.layers[l].places) {
        for (std::int64_t i = 0; i < J.rows(); ++i) kept(i, column) = J(i, first + place);
        ++column;
      }
  }
};

// As `products` would be with the matrix in hand.
void check_products(const ProductMatrix& products, const Matrix& a) {
  REQUIRE(products.columns == a.cols());
  const Matrix z = random_matrix(45, a.cols(), "z"), image = matmul(a, z, false, true);
  const Matrix r = products.r_of_image(z);
  CHECK(largest_difference(products.gram(), matmul(a, a, true)) < 1e-9);
  CHECK(largest_difference(products.normal(z), matmul(image, a, true)) < 1e-8);
  CHECK(largest_difference(matmul(r, r, true), matmul(image, image, true)) < 1e-8);
}

}  // namespace

TEST_CASE(
    "products and Gram matrices are those of the Jacobian and its "
    "transpose, without its zero columns") {
  for (std::int64_t samples : {7, 300})
    for (bool bias : {true, false}) {
      CAPTURE(samples);
      const Case c({5, 6, 4, 3}, samples, bias);
      CHECK(c.tables.columns() <= c.J.cols() - 6);
      CHECK(largest_difference(matmul(c.kept, c.kept, false, true), matmul(c.J, c.J, false, true)) < 1e-11);
      for (int threads : {1, 2}) {
        check_products(jacobian_products(c.tables, threads), c.kept);
        check_products(transposed_products(c.tables, threads), transpose(c.kept));
      }
    }
}

TEST_CASE(
    "ranks and values found by products are those of the whole Jacobian, "
    "of few rows and of many") {
  for (auto [widths, samples] : {std::pair{std::vector<std::int64_t>{12, 14, 6}, 300}, {{12, 14, 6, 5}, 70}}) {
    const Case c(widths, samples);
    REQUIRE(std::min(c.J.rows(), c.J.cols()) >= product_svd_order);
    const JacobianSpectrum got = jacobian_spectrum(c.network, c.inputs);
    const std::vector<double> want = svd(c.J, false).s;
    REQUIRE(got.singular_values.size() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i) CHECK(std::abs(got.singular_values[i] - want[i]) < 1e-10 * want[0]);
    CHECK(got.rank.rank == decide_rank(want).rank);
    CHECK(got.rank.smallest_kept == doctest::Approx(decide_rank(want).smallest_kept).epsilon(1e-6));
    CHECK(got.rank.gap > 1e6);
    const SweepOptions two{.threads = 2};
    CHECK(jacobian_spectrum(c.network, c.inputs, two).singular_values == got.singular_values);
  }
}

TEST_CASE(
    "kernels span the null spaces of the Jacobian and of each layer's, "
    "by QR and by Gram matrices") {
  for (auto [widths, samples] :
       {std::pair{std::vector<std::int64_t>{5, 6, 4, 3}, 200}, {{5, 6, 3}, 4}, {{14, 18, 6}, 300}}) {
    const Case c(widths, samples);
    const auto check = [](const JacobianKernel& kernel, const Matrix& a) {
      CHECK(kernel.rank.rank == decide_rank(singular_values(a)).rank);
      REQUIRE(kernel.basis.shape == Shape{a.cols() - kernel.rank.rank, a.cols()});
      CHECK(largest_difference(matmul(a, kernel.basis, false, true), Matrix({a.rows(), kernel.basis.rows()})) < 1e-11);
      Matrix eye({kernel.basis.rows(), kernel.basis.rows()});
      for (std::int64_t i = 0; i < eye.rows(); ++i) eye(i, i) = 1;
      CHECK(largest_difference(matmul(kernel.basis, kernel.basis, false, true), eye) < 1e-13);
    };
    check(jacobian_kernel(c.network, c.inputs, rank_tolerance), c.J);
    std::int64_t first = 0;
    const std::vector<JacobianKernel> kernels = layer_kernels(c.network, c.inputs, rank_tolerance);
    REQUIRE(kernels.size() == c.network.layers.size());
    for (std::size_t l = 0; l < kernels.size(); ++l) {
      Matrix part({c.J.rows(), c.network.layers[l].parameters()});
      for (std::int64_t i = 0; i < part.rows(); ++i)
        std::copy_n(c.J.row(i).begin() + first, part.cols(), part.row(i).begin());
      check(kernels[l], part);
      first += part.cols();
    }
  }
}
