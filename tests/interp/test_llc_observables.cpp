// Values of a model at the places of chains, and posteriors in which rows count differently.
#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/ops.h"
#include "core/chains.h"
#include "core/matrix.h"
#include "core/rng.h"
#include "interp/llc/observables.h"
#include "interp/llc/row_losses.h"
#include "tests/interp/llc_functions.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t n = 7, d = 3;

// (x · w + b - t)², seven rows.
LocalPosterior regression(std::vector<std::string> free = {}) {
  Rng rng(4, "test/observables");
  LocalPosterior p{.n_beta = 7, .gamma = 1, .free = std::move(free)};
  p.model.trace = [](Graph& graph, std::int64_t rows) {
    const Var out = dense(graph.input("x", {rows, d}), graph.input("w", {d, 1}), graph.input("b", {1}));
    const Var error = graph.name(out - graph.input("t", {rows, 1}), "error");
    return Ends{out, graph.name(sum(square(error), {-1}), "loss")};
  };
  p.data = {{"x", normal_matrix(n, d, rng)}, {"t", normal_matrix(n, 1, rng)}};
  p.model.parameters = parameters_from({{"w", normal_matrix(d, 1, rng)}, {"b", Tensor<double>({1}, {0.3})}});
  return p;
}

double row_loss(const LocalPosterior& p, std::span<const double> w, double b, std::int64_t row) {
  const double error = dot(p.data.at("x").row(row), w) + b - p.data.at("t")[row];
  return error * error;
}

}  // namespace

TEST_CASE("observables are their values in plain loops at every place") {
  const LocalPosterior p = regression();
  Rng rng(1, "test/places");
  const Places places{.chains = 2, .w = normal_matrix(2 * 70, d + 1, rng)};  // more than one block, the last not full
  const Observable b_squared{"b²", [](Graph& graph, const Ends&) { return sum(square(graph["b"])); }};
  const auto seen = observe(
      p, places,
      {row_losses(), mean_loss(), mean_loss_of("two rows", {1, 6}), b_squared, named_value("error"), named_value("t")});
  CHECK(seen[0].shape == Shape{2, 70, n});
  CHECK(seen[1].shape == Shape{2, 70});
  CHECK(seen[4].shape == Shape{2, 70, n, 1});
  CHECK(seen[5].shape == Shape{2, 70, n, 1});
  for (std::int64_t place = 0; place < 140; ++place) {
    const std::span<const double> w = places.w.row(place);
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const double loss = row_loss(p, w.first(d), w[d], i);
      sum += loss;
      CHECK(seen[0](place, i) == doctest::Approx(loss).epsilon(1e-12));
      CHECK(seen[4][place * n + i] * seen[4][place * n + i] == doctest::Approx(loss).epsilon(1e-12));
      CHECK(seen[5][place * n + i] == p.data.at("t")[i]);
    }
    CHECK(seen[1][place] == doctest::Approx(sum / n).epsilon(1e-12));
    CHECK(seen[2][place] == doctest::Approx((seen[0](place, 1) + seen[0](place, 6)) / 2).epsilon(1e-12));
    CHECK(seen[3][place] == doctest::Approx(w[d] * w[d]).epsilon(1e-12));
  }
}

TEST_CASE("parameters that do not move stay at w*") {
  const LocalPosterior p = regression({"b"});
  const Places places{.chains = 1, .w = Matrix({2, 1}, {0.5, -2})};
  const auto seen = observe(p, places, {row_losses()});
  for (std::int64_t place = 0; place < 2; ++place)
    CHECK(seen[0](place, 2) == doctest::Approx(row_loss(p, p.model.parameters["w"], places.w[place], 2)));
}

TEST_CASE("what is observed is the same for one thread and for three") {
  const LocalPosterior p = regression();
  Rng rng(2, "test/places");
  const Places places{.chains = 3, .w = normal_matrix(3 * 500, d + 1, rng)};
  CHECK(observe(p, places, {row_losses()}, 1)[0].data == observe(p, places, {row_losses()}, 3)[0].data);
}

TEST_CASE("chains keep the places at which they saw their losses, of all that count and behind the burn-in") {
  const LocalPosterior p = function(
      2, [](Graph&, Var w) { return sum(square(w)); }, 100, 0);
  Chains chains = sample<double>(p, {}, {.chains = 4, .draws = 200, .warm_up = 100, .keep_every = 1});
  const Places places = counted_places(chains);
  CHECK(places.chains == 4);
  CHECK(places.w.rows() == 4 * places.kept());
  const Tensor<double> loss = observe(p, places, {mean_loss()})[0];
  const std::int64_t cut = burn_in(chains.u).draws;
  CHECK(cut > 0);
  CHECK(places.kept() == 200 - cut);
  for (std::int64_t c = 0; c < 4; ++c)
    for (std::int64_t k = 0; k < places.kept(); ++k)
      CHECK(100 * loss(c, k) == doctest::Approx(chains.u(c, cut + k)).epsilon(1e-9));
  const Chains seventh = sample<double>(p, {}, {.chains = 4, .draws = 200, .warm_up = 100, .keep_every = 7});
  const Places few = counted_places(seventh);
  const Tensor<double> again = observe(p, few, {mean_loss()})[0];
  CHECK(7 * few.kept() <= places.kept());
  CHECK(7 * few.kept() > places.kept() - 14);
  for (std::int64_t k = 0; k < few.kept(); ++k)
    CHECK(100 * again(1, k) == doctest::Approx(seventh.u(1, 7 * (28 - few.kept() + k + 1) - 1)).epsilon(1e-9));
  chains.u(2, 17) = NAN;
  CHECK(counted_places(chains).chains == 3);
  for (double& u : chains.u.data) u = NAN;
  CHECK_THROWS_AS(counted_places(chains), NumericalError);
  CHECK_THROWS_AS(counted_places(sample<double>(p, {}, {.chains = 2, .draws = 50})), UsageError);
}

TEST_CASE("weights of rows go into the loss, and with whole numbers are rows that are there again") {
  const LocalPosterior p = regression();
  const std::vector<double> weights{1, 1, 0, 1, 2, 1, 1};
  LocalPosterior again = p;
  for (auto* name : {"x", "t"})
    again.data[name] = rows_at(p.data.at(name), std::vector<std::int64_t>{0, 1, 3, 4, 4, 5, 6});
  const ChainSpec spec{.chains = 2, .draws = 60, .warm_up = 20};
  const Matrix u = sample<double>(reweighted(p, weights), {}, spec).u, wanted = sample<double>(again, {}, spec).u;
  for (std::int64_t i = 0; i < u.size(); ++i) CHECK(u[i] == doctest::Approx(wanted[i]).epsilon(1e-6));
  const SamplerSpec batches{.kind = SamplerKind::sgld, .step = 1e-3, .batch = 3};
  CHECK(std::isfinite(sample<double>(reweighted(p, weights), batches, spec).u[50]));
}

TEST_CASE("what cannot be observed or weighed is refused") {
  const LocalPosterior p = regression();
  const Places places{.chains = 1, .w = Matrix({2, d + 1})};
  CHECK_THROWS_AS(observe(p, {.chains = 1, .w = Matrix({2, d})}, {mean_loss()}), ShapeError);
  CHECK_THROWS_AS(observe(p, {.chains = 3, .w = Matrix({2, d + 1})}, {mean_loss()}), ShapeError);
  CHECK_THROWS_AS(observe(p, places, {named_value("los")}), NameError);
  CHECK_THROWS_AS(observe(p, places, {mean_loss_of("none", {7})}), UsageError);
  CHECK_THROWS_AS(reweighted(p, std::vector<double>(6, 1.0)), UsageError);
  CHECK_THROWS_AS(reweighted(p, std::vector<double>(7, NAN)), UsageError);
  const LocalPosterior scalar = function(
      1, [](Graph&, Var w) { return sum(square(w)); }, 1, 1);
  CHECK_THROWS_AS(observe(scalar, {.chains = 1, .w = Matrix({1, 1})}, {row_losses()}), UsageError);
  CHECK_THROWS_AS(reweighted(scalar, std::vector<double>{1}), UsageError);
}
