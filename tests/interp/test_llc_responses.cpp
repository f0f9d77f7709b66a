// Responses to weights of the data, on a linear regression whose posterior is normal: its mean at any weights is the
// solution of normal equations, whose differences are the responses.
#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/ops.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "core/statistics.h"
#include "interp/llc/responses.h"
#include "tests/interp/llc_functions.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t points = 40, features = 3;
constexpr double n_beta = 60, localisation = 2;

// ℓ_i = (x_i · w - t_i)², around its minimum.
LocalPosterior weighted_regression() {
  Rng rng(9, "test/responses");
  LocalPosterior p{.n_beta = n_beta, .gamma = localisation};
  p.model.trace = [](Graph& graph, std::int64_t rows) {
    const Var out = matmul(graph.input("x", {rows, features}), graph.input("w", {features, 1}));
    return Ends{out, graph.name(sum(square(out - graph.input("t", {rows, 1})), {-1}), "loss")};
  };
  p.data = {{"x", normal_matrix(points, features, rng)}, {"t", normal_matrix(points, 1, rng)}};
  const Tensor<double>&x = p.data["x"], &t = p.data["t"];
  p.model.parameters = parameters_from({{"w", solve(matmul(x, x, true), matmul(x, t, true))}});
  return p;
}

const Observable second_weight{"w[1]", [](Graph& graph, const Ends&) { return sum(slice(graph["w"], -2, 1, 2)); }};

// E[w]: (2 nβ/n Σ v_i x_i x_iᵀ + γ) w = 2 nβ/n Σ v_i t_i x_i + γ w*.
double mean_of_second_weight(const LocalPosterior& p, std::span<const double> weights) {
  const Tensor<double>&x = p.data.at("x"), &t = p.data.at("t");
  Matrix a = identity(features), b({features, 1});
  for (double& v : a.data) v *= localisation;
  for (std::int64_t j = 0; j < features; ++j) b[j] = localisation * p.model.parameters["w"][std::size_t(j)];
  for (std::int64_t i = 0; i < points; ++i)
    for (std::int64_t j = 0; j < features; ++j) {
      const double by = 2 * n_beta / double(points) * weights[std::size_t(i)] * x(i, j);
      b[j] += by * t[i];
      for (std::int64_t k = 0; k < features; ++k) a(j, k) += by * x(i, k);
    }
  return solve(a, b)[1];
}

// By weights 1 + h direction_i.
double exact_response(const LocalPosterior& p, const std::vector<double>& direction) {
  const auto at = [&](double h) {
    std::vector<double> weights(points, 1.0);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] += h * direction[i];
    return mean_of_second_weight(p, weights);
  };
  return (at(1e-4) - at(-1e-4)) / 2e-4;
}

std::vector<double> direction(const DataClass& of, Reweighting how) {
  std::vector<double> v(points, how == Reweighting::share ? -1.0 : 0.0);
  for (const std::int64_t row : of.rows)
    v[std::size_t(row)] += how == Reweighting::share ? double(points) / double(of.rows.size()) : 1;
  return v;
}

std::vector<double> only(std::int64_t row) {
  std::vector<double> v(points, 0.0);
  v[std::size_t(row)] = 1;
  return v;
}

Chains chains_of(const LocalPosterior& p, std::int64_t chains, std::int64_t draws, std::uint64_t seed = 0) {
  return sample<double>(p, {.step = 0.12},
                        {.chains = chains, .draws = draws, .warm_up = 30, .seed = seed, .threads = 2, .keep_every = 1});
}

const DataClass odd{"odd", {1, 3, 5, 7, 9, 11}};

}  // namespace

TEST_CASE("responses to a class and to single rows are the differences of the exact mean") {
  const LocalPosterior p = weighted_regression();
  Chains chains = chains_of(p, 17, 4000);
  chains.u(16, 5) = NAN;
  const ResponseReport r =
      respond(p, chains, {.observable = second_weight, .classes = {odd}, .most = points, .threads = 2});
  CHECK(r.observable == "w[1]");
  CHECK(r.chains == 16);
  CHECK(r.left_out == 1);
  CHECK(r.rows == points);
  CHECK(r.classes[0].rows == 6);
  CHECK(std::abs(r.mean.mean - mean_of_second_weight(p, std::vector<double>(points, 1.0))) < 5 * r.mean.error);
  for (const auto& [how, found] :
       {std::pair{Reweighting::weight, r.classes[0].weight}, {Reweighting::share, r.classes[0].share}}) {
    const double exact = exact_response(p, direction(odd, how));
    CAPTURE(found.error);
    CHECK(std::abs(found.value - exact) < 5 * found.error);
    CHECK(found.error < 0.05 * std::abs(exact));
    CHECK(found.decided());
    CHECK(found.value == doctest::Approx(-n_beta * found.covariance.mean));
  }
  REQUIRE(r.most_influential.size() == points);
  CHECK(r.most_influential.front().decided());
  CHECK_FALSE(ResponseReport::OfRow{0, 1.9, 1}.decided());
  double largest = INFINITY;
  for (const auto& row : r.most_influential) {
    CAPTURE(row.row);
    CHECK(std::abs(row.value - exact_response(p, only(row.row))) < 5 * row.error);
    CHECK(std::abs(row.value) <= largest);
    largest = std::abs(row.value);
  }
}

TEST_CASE("the sum of the influences of a class is its response, and shares of all data change nothing") {
  const LocalPosterior p = weighted_regression();
  const Places places = counted_places(chains_of(p, 4, 200));
  const auto seen = observe(p, places, {second_weight, row_losses()});
  const Tensor<double> one(Shape{4, places.kept(), 1}, seen[0].data);
  const CovarianceTable of_rows = influences(one, seen[1], n_beta);
  double sum = 0;
  for (const std::int64_t row : odd.rows) sum += of_rows.value[row];
  const Response whole = response(seen[0], loss_change(seen[1], odd, Reweighting::weight), n_beta);
  CHECK(sum == doctest::Approx(whole.value).epsilon(1e-10));
  DataClass all{"all", {}};
  for (std::int64_t i = 0; i < points; ++i) all.rows.push_back(i);
  CHECK(std::abs(response(seen[0], loss_change(seen[1], all, Reweighting::share), n_beta).value) < 1e-12);
}

// Cov[ℓ_i, ℓ_j] = 4 r_i r_j s_ij + 2 s_ij² of normal w, with r the residuals at its mean and s = x Σ xᵀ.
TEST_CASE("the matrix between samples is that of a normal law") {
  const LocalPosterior p = weighted_regression();
  const Places places = counted_places(chains_of(p, 16, 2000));
  const Tensor<double> losses = observe(p, places, {row_losses()}, 2)[0];
  const CovarianceTable found = chain_covariances(losses, losses, 2), r = chain_correlations(losses, losses, 2);
  const Tensor<double>&x = p.data.at("x"), &t = p.data.at("t");
  Matrix a = matmul(x, x, true), b = matmul(x, t, true);
  for (double& v : a.data) v *= 2 * n_beta / double(points);
  for (std::int64_t j = 0; j < features; ++j) {
    a(j, j) += localisation;
    b[j] = b[j] * 2 * n_beta / double(points) + localisation * p.model.parameters["w"][std::size_t(j)];
  }
  const Matrix predictions = matmul(x, solve(a, b)), s = matmul(x, solve(a, transpose(x)));
  const auto exact = [&](std::int64_t i, std::int64_t j) {
    return 4 * (predictions[i] - t[i]) * (predictions[j] - t[j]) * s(i, j) + 2 * s(i, j) * s(i, j);
  };
  for (std::int64_t i = 0; i < points; ++i)
    for (std::int64_t j = 0; j < points; ++j) {
      CHECK(std::abs(found.value(i, j) - exact(i, j)) < 5 * found.error(i, j));
      CHECK(std::abs(r.value(i, j) - exact(i, j) / std::sqrt(exact(i, i) * exact(j, j))) < 5 * r.error(i, j) + 1e-12);
    }
}

TEST_CASE("95 % intervals of a response and of an influence hold the exact value in 92 to 99.5 % of 1,000 repeats") {
  const LocalPosterior p = weighted_regression();
  const double of_class = exact_response(p, direction(odd, Reweighting::share)), of_row = exact_response(p, only(2));
  const auto held = parallel_results(2, 1000, [&](std::int64_t i) {
    const ResponseReport r = respond(p, chains_of(p, 4, 150, std::uint64_t(i)),
                                     {.observable = second_weight, .classes = {odd}, .most = points});
    const auto row = std::ranges::find(r.most_influential, 2, &ResponseReport::OfRow::row);
    const Response& found = r.classes[0].share;
    return std::pair{std::abs(found.value - of_class) <= normal_95 * found.error,
                     std::abs(row->value - of_row) <= normal_95 * row->error};
  });
  const auto classes = std::ranges::count(held, true, &std::pair<bool, bool>::first),
             rows = std::ranges::count(held, true, &std::pair<bool, bool>::second);
  CHECK(classes >= 920);
  CHECK(classes <= 995);
  CHECK(rows >= 920);
  CHECK(rows <= 995);
}

TEST_CASE("classes by label have the names that are given, or the labels") {
  const std::vector<double> labels{2, 0, 2, 7};
  const std::vector<std::string> names{"cat", "dog", "owl"};
  const std::vector<DataClass> classes = classes_by(labels, names);
  REQUIRE(classes.size() == 3);
  CHECK(classes[0].name == "cat");
  CHECK(classes[1].name == "owl");
  CHECK(classes[1].rows == std::vector<std::int64_t>{0, 2});
  CHECK(classes[2].name == "7");
}

TEST_CASE("responses of what is no scalar, or to no rows, are refused") {
  const LocalPosterior p = weighted_regression();
  const Chains chains = chains_of(p, 2, 60);
  CHECK_THROWS_AS(respond(p, chains, {.observable = row_losses()}), UsageError);
  CHECK_THROWS_AS(respond(p, chains, {.classes = {{"none", {}}}}), UsageError);
  CHECK_THROWS_AS(respond(p, chains, {.classes = {{"outside", {points}}}}), UsageError);
}
