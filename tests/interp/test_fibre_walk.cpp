#include "interp/degeneracy/fibre_walk.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/lapack.h"
#include "interp/jacobian/model_jacobian.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "nn/fourier_addition.h"
#include "small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

Tensor<double> one_number(double value) { return Tensor<double>({1}, value); }

// Outputs (g(u, v), c) on one row of data, at (u, v, c) = (0, 0, 1).
ModelPoint beside_one(const std::function<Var(Var u, Var v)>& g) {
  const auto trace = [=](Graph& graph, std::int64_t rows) {
    const Var x = graph.input("x", {rows, 1}), u = graph.input("u", {1}), v = graph.input("v", {1});
    return Ends{concat({x * g(u, v), x * graph.input("c", {1})}, -1), {}};
  };
  return {{trace}, parameters_from({{"u", one_number(0)}, {"v", one_number(0)}, {"c", one_number(1)}})};
}
const Inputs one_row{{"x", Tensor<double>({1, 1}, 1.0)}};

Inputs pairs(std::int64_t p) { return nn::inputs_of(nn::addition_pairs(p)); }

ModelPoint addition(std::int64_t p, Parameters<double> theta) {
  return {nn::quadratic_network(p, theta.size() / (3 * p)), std::move(theta)};
}

FibreWalk walk_on_grid(std::int64_t p, std::int64_t n, double step, std::uint64_t seed, std::int64_t steps = 1) {
  return fibre_walk(addition(p, nn::fourier_addition_on_grid(p, n)), pairs(p),
                    {.step = step, .steps = steps, .seed = seed});
}

void check_points(const FibreWalk& walk, std::int64_t rank) {
  for (const FibrePoint& point : walk.points) {
    CHECK(point.converged);
    CHECK(point.difference <= 1e-14);
    CHECK(point.rank.rank == rank);
    CHECK(point.rank.decided());
  }
}

}  // namespace

TEST_CASE("from the crossing of two lines the walk goes to one of them, where the rank is higher") {
  const FibreWalk walk =
      fibre_walk(beside_one([](Var u, Var v) { return u * v; }), one_row, {.step = 0.1, .steps = 3, .seed = 2});
  CHECK(walk.start.rank.rank == 1);
  CHECK(walk.parameters - walk.start.rank.rank == 2);
  check_points(walk, 2);
  for (const FibrePoint& point : walk.points) CHECK(std::abs(point.theta[0] * point.theta[1]) < 1e-13);
  CHECK(walk.points[0].distance > 0.01);
  CHECK(walk.points[2].walked >= walk.points[2].distance);
  CHECK(walk.points[1].correction < 1e-10);  // lines are their tangents
  const FibreBounds bounds = fibre_bounds({&walk, 1});
  CHECK(bounds.lower == 0.5);
  CHECK(bounds.upper == 1);  // λ of u v and of c: 1/2 + 1/2
  CHECK(bounds.proved);
  CHECK(walk.start.order == doctest::Approx(2).epsilon(1e-3));
}

TEST_CASE("where the fibre is one point, that functions agree is no rank, and the way back ends where it began") {
  const ModelPoint model = beside_one([](Var u, Var v) { return square(u) + square(v); });
  const FibreWalk half = fibre_walk(model, one_row, {.step = 0.1, .steps = 2, .returns = 22});
  REQUIRE(half.points.size() == 2);
  CHECK(half.stuck() == 2);
  CHECK(half.points[0].difference <= 1e-14);  // though u and v are some 1e-8, and J has rank 2 there
  CHECK(half.points[0].distance > 1e-9);
  CHECK(half.points[0].rank.rank == 0);
  CHECK(fibre_bounds({&half, 1}).upper == 1.5);
  const auto &first = half.points[0].theta, &second = half.points[1].theta;  // both from w*, whose kernel is all (u, v)
  const double along = first[0] * second[0] + first[1] * second[1];
  CHECK(std::abs(along) > 0.01 * half.points[0].distance * half.points[1].distance);
  const FibreWalk whole = fibre_walk(model, one_row, {.step = 0.1, .returns = 60});
  CHECK(whole.stuck() == 0);
  CHECK(whole.points[0].distance < 1e-9);
  CHECK(whole.points[0].rank.rank == 1);
  CHECK_FALSE(whole.points[0].smooth());
}

TEST_CASE("steps back that go too far are halved") {
  const ModelPoint model = beside_one([](Var u, Var v) { return tanh(u * v); });
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6}) {
    const FibreWalk walk = fibre_walk(model, one_row, {.step = 3, .seed = seed});
    CHECK(walk.stuck() == 0);
    CHECK(walk.points[0].rank.rank == 2);
  }
}

TEST_CASE("a start beside which the rank rises is not smooth, whatever its order") {
  FibreWalk walk{.rows = 4, .parameters = 6};
  walk.start = {.converged = true, .rank = {.rank = 1}, .order = INFINITY};
  CHECK(fibre_bounds({&walk, 1}).upper == 0.5);
  walk.points = {{.converged = true, .rank = {.rank = 3}, .order = INFINITY}};
  CHECK(fibre_bounds({&walk, 1}).upper == 1.5);
  walk.points[0].order = 2;
  CHECK(fibre_bounds({&walk, 1}).upper == 3);
}

TEST_CASE("too few steps back are said") {
  const FibreWalk walk =
      fibre_walk(beside_one([](Var u, Var v) { return u * v + u * u * v; }), one_row, {.step = 0.5, .returns = 1});
  CHECK(walk.stuck() == 1);
  CHECK(walk.points[0].returns == 1);
  CHECK(walk.points[0].difference > 1e-14);
}

TEST_CASE("at a smooth point the rank stays, and the kernel is tangent to the fibre") {
  const ModelPoint model = small_model({3, 5, 2}, Kind::linear);
  const DenseNetwork network = small_network({3, 5, 2}, Kind::linear);
  const Inputs inputs{{"x", random_matrix(40, 3, "x")}};
  const std::int64_t rank = jacobian_spectrum(network, inputs).rank.rank;
  CHECK(rank < model.parameter_count());
  const FibreWalk walk = fibre_walk(with_output(model, "out"), inputs, {.step = 1e-2, .steps = 3});
  CHECK(walk.start.rank.rank == rank);
  CHECK(walk.rows == 80);
  CHECK(walk.stuck() == 0);
  for (const FibrePoint& point : walk.points) {
    CHECK(point.rank.rank == rank);
    CHECK(point.correction < 0.1);
    CHECK(point.smooth());
  }
  const FibreBounds bounds = fibre_bounds({&walk, 1});
  CHECK(bounds.lower == bounds.upper);
  CHECK_FALSE(bounds.proved);
}

TEST_CASE("where no direction is null there is nowhere to walk") {
  const auto trace = [](Graph& graph, std::int64_t rows) {
    return Ends{graph.input("x", {rows, 1}) * graph.input("c", {1}), {}};
  };
  const FibreWalk walk = fibre_walk({{trace}, parameters_from({{"c", one_number(2)}})}, one_row);
  CHECK(walk.start.rank.rank == 1);
  CHECK(walk.points.empty());
}

TEST_CASE("J at one point after another is that of finite differences") {
  const ModelPoint model = with_output(small_model({3, 4, 2}, Kind::tanh), "out");
  ModelJacobian jacobian(model, {{"x", random_matrix(6, 3, "x")}});
  CHECK(jacobian.rows() == 12);
  std::vector<double> theta(model.parameters.flat().begin(), model.parameters.flat().end());
  for (int point = 0; point < 2; ++point) {
    const Matrix J = jacobian.jacobian_at(theta);
    for (std::size_t i = 0; i < theta.size(); ++i) {
      std::vector<double> up = theta, down = theta;
      up[i] += 1e-5, down[i] -= 1e-5;
      const auto above = jacobian.outputs_at(up), below = jacobian.outputs_at(down);
      for (std::int64_t row = 0; row < 12; ++row)
        CHECK(J(row, std::int64_t(i)) == doctest::Approx((above[row] - below[row]) / 2e-5).epsilon(1e-8).scale(1));
    }
    for (double& t : theta) t *= 1.5;
  }
}

// Ranks by arithmetic: docs/theory.md §6.5.
TEST_CASE("exact solutions of addition have full rank beside them") {
  for (const double step : {1e-3, 1e-2, 0.2}) {
    const FibreWalk walk = walk_on_grid(5, 4, step, 1);
    CHECK(walk.start.rank.rank == 113);
    CHECK(walk.start.rank.decided());
    check_points(walk, 125);
    const FibreBounds bounds = fibre_bounds({&walk, 1});
    CHECK(bounds.lower == 56.5);
    CHECK(bounds.upper == 62.5);
    CHECK(bounds.proved);
  }
}

TEST_CASE("with fewer neurons than pairs the rank rises, but not to full") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const FibreWalk walk = walk_on_grid(5, 3, seed == 1 ? 1e-3 : 0.05, seed, 3);
    CHECK(walk.start.rank.rank == 117);
    CHECK(walk.start.order == doctest::Approx(2).epsilon(0.01));
    check_points(walk, 125 - 25 + 18);
    for (const FibrePoint& point : walk.points) CHECK(point.smooth());
    const FibreBounds bounds = fibre_bounds({&walk, 1});
    CHECK(bounds.upper == 59);
    CHECK_FALSE(bounds.proved);
    CHECK(walk.points[1].correction < 0.2);
  }
}

// On the other manifold the sum of outputs is 0 because the neurons' outputs depend on each other.
TEST_CASE("a few walks find the other manifold through the same point; the lowest rank is the bound") {
  const FibreWalk walks[] = {walk_on_grid(5, 3, 0.2, 6), walk_on_grid(5, 3, 0.2, 1)};
  check_points(walks[0], 125);
  check_points(walks[1], 118);
  CHECK(fibre_bounds({walks, 1}).upper == 62.5);
  CHECK(fibre_bounds({walks, 1}).proved);
  CHECK(fibre_bounds(walks).upper == 59);
  CHECK_FALSE(fibre_bounds(walks).proved);
}

// u² + c: at every u = 0 the rank is 1, the λ of L_B is 1/2 + 1/4, and half the rank is no bound from above.
TEST_CASE("null directions that are obstructed everywhere on the fibre are not taken for freedom") {
  const ModelPoint model = beside_one([](Var u, Var v) { return square(u) * (2.0 + v); });
  const FibreWalk walk = fibre_walk(model, one_row, {.step = 0.1, .steps = 2, .returns = 60});
  CHECK(walk.stuck() == 0);
  for (const FibrePoint& point : walk.points) {
    CHECK(point.rank.rank == 1);
    CHECK(point.order == doctest::Approx(2).epsilon(0.05));
  }
  CHECK(fibre_bounds({&walk, 1}).upper == 1.5);
}

// A neuron that neither reads nor is read, a w², bends outputs at third order.
TEST_CASE("obstructions at higher orders are seen too") {
  const FibreWalk walk = fibre_walk(beside_one([](Var u, Var v) { return u * square(v); }), one_row, {.step = 0.1});
  CHECK(walk.start.rank.rank == 1);
  CHECK(walk.start.order == doctest::Approx(3).epsilon(1e-3));
  CHECK_FALSE(walk.start.smooth());
}

TEST_CASE("steps too short to tell are said") {
  const FibreWalk walk = walk_on_grid(5, 3, 1e-6, 1);
  CHECK(std::isnan(walk.start.order));
}

TEST_CASE("the rank at random phases is a count of characters, on a modulus of the table and on one beyond it") {
  for (const std::int64_t p : {3, 11}) {
    const ModelPoint model = addition(p, nn::fourier_addition_at_random(p, 12, 1));
    ModelJacobian jacobian(model, pairs(p));
    const RankDecision rank = decide_rank(singular_values(jacobian.jacobian_at(model.parameters.flat())));
    CHECK(rank.rank == 8 * p * p - 19 * p + 12);
    CHECK(rank.decided());
  }
}

// One neuron fewer than pairs: m = 48, p² = 49.
TEST_CASE("two manifolds of equal function pass through the solution at p = 7, n = 4") {
  check_points(walk_on_grid(7, 4, 1e-3, 1), 343);
  ModelPoint model = addition(7, nn::fourier_addition_on_grid(7, 4)), summing_to_zero = model;
  summing_to_zero.trace = [](Graph& graph, std::int64_t rows) {
    const Var x = graph.input("x", {rows, 14});
    const Var W = graph.parameter("layers.0.weight", {14, 48}), A = graph.parameter("layers.1.weight", {48, 7});
    return Ends{matmul(square(matmul(x, W)), A - mean(A, {-1}, true)), {}};
  };
  const FibreWalk walk = fibre_walk(summing_to_zero, {{"x", pairs(7).at("x")}}, {.step = 1e-2});
  check_points(walk, 343 - 49);
  std::ranges::copy(walk.points[0].theta, model.parameters.flat().begin());
  const std::span<double> A = model.parameters["layers.1.weight"];
  for (std::size_t k = 0; k < 48; ++k) {
    double sum = 0;
    for (std::size_t q = 0; q < 7; ++q) sum += A[7 * k + q];
    for (std::size_t q = 0; q < 7; ++q) A[7 * k + q] -= sum / 7;
  }
  ModelJacobian jacobian(model, pairs(7));
  CHECK(decide_rank(singular_values(jacobian.jacobian_at(model.parameters.flat()))).rank == 343 - 49 + 48);
}

TEST_CASE("the same for a seed, for any number of threads, and another for another seed") {
  const ModelPoint model = addition(5, nn::fourier_addition_on_grid(5, 3));
  const FibreWalk one = fibre_walk(model, pairs(5), {.seed = 4}),
                  three = fibre_walk(model, pairs(5), {.seed = 4, .sweep = {.threads = 3}}),
                  other = fibre_walk(model, pairs(5), {.seed = 5});
  CHECK(one.points[0].theta == three.points[0].theta);
  CHECK(one.points[0].theta != other.points[0].theta);
}

TEST_CASE("what has no fibre to walk is refused") {
  const ModelPoint model = beside_one([](Var u, Var v) { return u * v; });
  CHECK_THROWS_WITH_AS(fibre_walk(model, one_row, {.step = 0}), doctest::Contains("step is 0"), UsageError);
  CHECK_THROWS_WITH_AS(fibre_walk(model, one_row, {.steps = 0}), doctest::Contains("steps is 0"), UsageError);
  CHECK_THROWS_WITH_AS(fibre_walk(model, one_row, {.agreement = 0}), doctest::Contains("agreement"), UsageError);
  CHECK_THROWS_WITH_AS(fibre_walk(model, one_row, {.returns = 0}), doctest::Contains("returns"), UsageError);
  CHECK_THROWS_AS(fibre_bounds({}), UsageError);
  CHECK_THROWS_AS(fibre_walk(model, {}), DataError);
  ModelPoint still = model;
  std::ranges::fill(still.parameters.flat(), 0.0);
  CHECK_THROWS_WITH_AS(fibre_walk(still, one_row), doctest::Contains("wanted positive numbers"), NumericalError);
  const auto lossy = [](Graph& graph, std::int64_t rows) {
    return Ends{{}, graph.input("x", {rows, 1}) * graph.input("c", {1})};
  };
  CHECK_THROWS_WITH_AS(fibre_walk({{lossy}, parameters_from({{"c", one_number(2)}})}, one_row),
                       doctest::Contains("the model has no output"), UsageError);
}
