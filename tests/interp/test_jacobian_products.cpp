#include "interp/jacobian/jacobian_products.h"

#include <doctest/doctest.h>

#include "core/lapack.h"
#include "core/rng.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "interp/jacobian/scaled_products.h"
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

// Against the matrix itself.
void check_low_space(const ScaledTables& part, const Matrix& a) {
  const double cutoff = 1e-9 * singular_values(a).front();
  Decomposition of_values, of_vectors;
  const std::vector<double> values = singular_values(part, 1e-9, 2, of_values);
  const LowSpace low = low_space(part, cutoff, 2, of_vectors), again = low_space(part, cutoff, 1, of_vectors);
  CHECK(again.values == low.values);
  CHECK(again.basis.data == low.basis.data);
  CHECK(low_space(part, cutoff, 2, of_values).low == low.low);
  const std::int64_t null = a.cols() - decide_rank(singular_values(a)).rank;
  CHECK(low.low == null);
  CHECK(largest_difference(Matrix({1, a.cols()}, values), Matrix({1, a.cols()}, low.values)) <
        1e-9 * low.values.front());
  CHECK(low.basis.shape == Shape{low.basis_is_low ? null : a.cols() - null, a.cols()});
  const Matrix rows = random_matrix(3, a.cols(), "rows"), seen = low.seen(rows);
  const Matrix image = low.basis_is_low ? matmul(a, seen, false, true) : matmul(low.image, seen, false, true);
  CHECK(largest_difference(image, matmul(a, rows, false, true)) < 1e-10);  // nothing is lost but what is null
  CHECK(seen.shape[1] == (low.basis_is_low ? a.cols() : a.cols() - null));
  if (low.basis_is_low) CHECK(largest_difference(matmul(seen, low.basis, false, true), Matrix({3, null})) < 1e-13);
  Matrix directions = low.basis_is_low ? seen : matmul(seen, low.basis);
  orthonormalise(directions);
  const std::vector<double> along = singular_values_along(part, {low}, low.seen(directions), 2),
                            want = singular_values(matmul(a, directions, false, true));
  for (std::size_t i = 0; i < along.size(); ++i)
    CHECK(along[i] == doctest::Approx(i < want.size() ? want[i] : 0).epsilon(1e-9));
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

TEST_CASE("low spaces of scaled columns, of J and of each layer, by QR, by Gram matrices and with few rows") {
  for (auto [widths, samples] :
       {std::pair{std::vector<std::int64_t>{5, 6, 4, 3}, 200}, {{5, 6, 3}, 4}, {{14, 18, 6}, 300}, {{14, 18, 6}, 5}}) {
    const Case c(widths, samples);
    ScaledTables scaled{c.tables, std::vector<double>(c.tables.columns())};
    Rng(3, "scales").fill_normal(std::span(scaled.scale));
    Matrix dense = c.kept;
    for (std::int64_t i = 0; i < dense.rows(); ++i)
      for (std::int64_t j = 0; j < dense.cols(); ++j) dense(i, j) *= scaled.scale[j];
    check_low_space(scaled, dense);
    std::int64_t first = 0;
    for (std::size_t l = 0; l < c.tables.layers.size(); ++l) {
      const ScaledTables layer = scaled.layer(l);
      Matrix part({dense.rows(), layer.columns()});
      for (std::int64_t i = 0; i < part.rows(); ++i)
        std::copy_n(dense.row(i).begin() + first, part.cols(), part.row(i).begin());
      check_low_space(layer, part);
      first += part.cols();
    }
  }
}
