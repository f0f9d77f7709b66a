#include "interp/spectra/operators.h"

#include <doctest/doctest.h>

#include "core/parallel.h"
#include "operator_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

// A v column by column, from products with unit vectors.
Matrix dense(const Operator& op) {
  Matrix a({op.size, op.size});
  for (std::int64_t j = 0; j < op.size; ++j) {
    std::vector<double> unit(op.size);
    unit[j] = 1;
    const std::vector<double> column = times(op, unit);
    for (std::int64_t i = 0; i < op.size; ++i) a(i, j) = column[i];
  }
  return a;
}

Inputs data(std::int64_t samples) {
  return {{"t", random_matrix(samples, 3, "t")}, {"x", random_matrix(samples, 5, "x")}};
}

Inputs labelled(std::int64_t samples) {
  Tensor<double> labels(Shape{samples});
  for (std::int64_t i = 0; i < samples; ++i) labels[i] = double(i % 3);
  return {{"t", labels}, {"x", random_matrix(samples, 5, "x")}};
}

ModelPoint with_cross_entropy(const ModelPoint& model) {
  return {{[trace = model.trace](Graph& graph, std::int64_t rows) {
            Ends ends = trace(graph, rows);
            ends.loss = graph.name(cross_entropy(ends.output, graph.input("t", {rows})), "loss");
            return ends;
          }},
          model.parameters};
}

}  // namespace

TEST_CASE("Hessian products over chunks are those of the mean loss over all samples") {
  for (Kind kind : {Kind::tanh, Kind::relu, Kind::linear}) {
    const ModelPoint squares = with_mse(small_model({5, 7, 3}, kind), 3);
    const ModelPoint entropy = with_cross_entropy(small_model({5, 7, 3}, kind));
    const SweepOptions chunks{.chunk = 8, .blocks = 2};  // 23 samples: 8, 8 and 7
    const Matrix wanted = loss_derivatives(squares, "loss", data(23)).hessian;
    CHECK(largest_difference(dense(hessian_operator(squares, "loss", data(23), chunks)), wanted) < 1e-13);
    const Matrix also = loss_derivatives(entropy, "loss", labelled(23)).hessian;
    CHECK(largest_difference(dense(hessian_operator(entropy, "loss", labelled(23), chunks)), also) < 1e-13);
    CHECK(std::abs(wanted(0, 0)) + std::abs(also(0, 0)) > 1e-6);
  }
}

TEST_CASE("Gauss-Newton products are those of (2/n) J^T J") {
  for (bool bias : {true, false}) {
    const DenseNetwork network = small_network({5, 7, 6, 3}, Kind::relu, bias);
    const Inputs inputs{{"x", random_matrix(23, 5, "x")}};
    const Operator op = gauss_newton_operator(network.model, "out", inputs, {.chunk = 8});
    CHECK(op.size == network.model.parameter_count());
    CHECK(largest_difference(dense(op), dense_gauss_newton(network, inputs)) < 1e-13);
  }
}

TEST_CASE("products on the outputs are those of (2/n) J J^T, equal to the bit for any number of threads") {
  for (bool bias : {true, false}) {
    const DenseNetwork network = small_network({5, 7, 6, 3}, Kind::relu, bias);
    const Inputs inputs{{"x", random_matrix(23, 5, "x")}};
    const Operator op = output_operator(network.model, "out", inputs, {.chunk = 8});
    CHECK(op.size == 23 * 3);
    const Matrix J = parameter_jacobian(network, inputs);
    Matrix gram = matmul(J, J, false, true);
    for (double& v : gram.data) v *= 2.0 / 23;
    const Matrix got = dense(op);
    CHECK(largest_difference(got, gram) < 1e-13);
    CHECK(dense(output_operator(network.model, "out", inputs, {.chunk = 8, .threads = 3})).data == got.data);
    std::vector<double> v(op.size), shorter(op.size - 1);
    CHECK_THROWS_AS(op.apply(v, shorter), ShapeError);
  }
}

TEST_CASE("where outputs meet their targets the Hessian of the squared error is that of Gauss and Newton") {
  const DenseNetwork network = small_network({5, 7, 3}, Kind::tanh);
  Inputs inputs{{"x", random_matrix(20, 5, "x")}};
  Matrix targets({20, 3});
  sweep(network.model, inputs, {.fetch = {"out"}}, {}, [&](const Chunk& chunk) { targets = chunk.table(0); });
  const Operator gauss_newton = gauss_newton_operator(network.model, "out", inputs);
  inputs["t"] = targets;
  Matrix hessian = dense(hessian_operator(with_mse(network.model, 3), "loss", inputs));
  for (double& v : hessian.data) v *= 3;  // mse is a mean over the outputs too
  CHECK(largest_difference(hessian, dense(gauss_newton)) < 1e-13);
}

TEST_CASE("products are equal to the bit for 1, 2 and 3 threads, and when they run at the same time") {
  const ModelPoint model = with_mse(small_model({5, 8, 3}, Kind::tanh), 3);
  const std::int64_t n = model.parameter_count();
  const Matrix v = random_matrix(1, n, "v");
  auto hessian = [&](int threads) {
    return hessian_operator(model, "loss", data(203), {.chunk = 8, .blocks = 5, .threads = threads});
  };
  auto gauss_newton = [&](int threads) {
    return gauss_newton_operator(model, "out", data(203), {.chunk = 8, .blocks = 5, .threads = threads});
  };
  const std::vector<double> first = times(hessian(1), v.data), second = times(gauss_newton(1), v.data);
  for (int threads : {2, 3}) {
    CHECK(times(hessian(threads), v.data) == first);
    CHECK(times(gauss_newton(threads), v.data) == second);
    Matrix many({4, n});
    const Operator shared = hessian(1);
    parallel_for(threads, 4, [&](std::int64_t i, int) { shared.apply(v.data, many.row(i)); });
    for (std::int64_t i = 0; i < 4; ++i) CHECK(std::equal(first.begin(), first.end(), many.row(i).begin()));
  }
}

TEST_CASE("a matrix is an operator") {
  const Matrix a = planted_matrix({3, 1, -2, 0.5});
  const Matrix v = random_matrix(4, 1, "v");
  CHECK(largest_difference(Matrix({4, 1}, times(matrix_operator(a), v.data)), matmul(a, v)) <
        1e-14);  // an ulp is 4e-16
  CHECK_THROWS_WITH_AS(matrix_operator(Matrix({3, 4})), "operator: a matrix [3,4] given, wanted a square one",
                       ShapeError);
}

TEST_CASE("operators refuse what does not fit") {
  const ModelPoint model = with_mse(small_model({5, 7, 3}, Kind::tanh), 3);
  const Operator op = hessian_operator(model, "loss", data(9));
  std::vector<double> shorter(3), right(op.size);
  CHECK_THROWS_WITH_AS(op.apply(shorter, right), "operator: vectors of 3 and 66 numbers given, wanted 66", ShapeError);
  CHECK_THROWS_AS(op.apply(right, shorter), ShapeError);
  CHECK_THROWS_AS(times(hessian_operator(model, "lose", data(9)), right), NameError);
  CHECK_THROWS_AS(hessian_operator(model, "loss", {}), DataError);
  CHECK_THROWS_AS(hessian_operator({model.trace, {}}, "loss", data(9)), UsageError);
}

TEST_CASE("a product of several vectors is that of each alone, equal to the bit for any number of threads") {
  const DenseNetwork network = small_network({5, 7, 6, 3}, Kind::tanh);
  const Inputs x{{"x", random_matrix(23, 5, "x")}};
  const auto operators = [&](int threads) {
    const SweepOptions chunks{.chunk = 8, .blocks = 2, .threads = threads};
    return std::vector<Operator>{hessian_operator(with_mse(network.model, 3), "loss", data(23), chunks),
                                 gauss_newton_operator(network.model, "out", x, chunks),
                                 output_operator(network.model, "out", x, chunks),
                                 matrix_operator(planted_matrix({3, 1, -2, 0.5}))};
  };
  const std::vector<Operator> one = operators(1), three = operators(3);
  for (std::size_t i = 0; i < one.size(); ++i) {
    const Matrix v = random_matrix(4, one[i].size, "v");
    const Matrix together({4, one[i].size}, times(one[i], v.data));
    Matrix alone(v.shape);
    for (std::int64_t row = 0; row < 4; ++row) one[i].apply(v.row(row), alone.row(row));
    CHECK(largest_difference(together, alone) < 1e-14);
    CHECK(times(three[i], v.data) == together.data);
    CHECK(times(one[i], v.data) == together.data);  // the programs are kept
    CHECK(times(one[i], v.row(2)) == times(one[i], v.row(2)));
  }
}
