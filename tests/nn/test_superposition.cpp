// The toy model of superposition: its graph, its derivatives, its data.
#include "nn/superposition.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "core/rng.h"
#include "nn/config.h"
#include "nn/evaluate.h"
#include "nn/superposition_loss.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::nn;
using Numbers = std::vector<double>;

namespace {

// The mean loss on some rows as a function of a flat parameter vector, with its gradient and Hessian products.
struct Traced {
  explicit Traced(const SuperpositionSpec& spec, std::int64_t rows)
      : model(superposition(spec)), theta(parameters_of(model)), ends(model.trace(graph, rows)) {
    Rng rng(3, "test superposition");
    rng.fill_uniform(theta.flat(), -1, 1);
    along.resize(theta.flat().size());
    rng.fill_uniform(std::span(along), -1, 1);
    x = Numbers(std::size_t(rows * spec.features));
    rng.fill_uniform(std::span(x), 0, 1);
    const std::vector<Var> values = graph.parameter_values();
    for (const Var v : values) seeds.push_back(graph.anonymous_input(v.shape()));
    gradient = grad(mean(ends.loss), values);
    products = hvp(mean(ends.loss), values, seeds);
  }

  Numbers run(const std::vector<Var>& of) {
    Program<double> p(graph, {.fetch = of}, theta.bindings(graph));
    p.feed("x", x);
    for (std::size_t i = 0, offset = 0; i < seeds.size(); offset += std::size_t(seeds[i++].shape().numel()))
      if (p.has(seeds[i])) p.feed(seeds[i], std::span(along).subspan(offset, std::size_t(seeds[i].shape().numel())));
    p.run();
    Numbers all;
    for (const Var v : of) all.insert(all.end(), p.view(v).begin(), p.view(v).end());
    return all;
  }

  // d of / dt at theta + t along, t = 0, by a five-point rule.
  Numbers difference(const std::vector<Var>& of, double h = 1e-4) {
    const auto at = [&](double t) {
      for (std::size_t i = 0; i < along.size(); ++i) theta.flat()[i] += t * along[i];
      Numbers values = run(of);
      for (std::size_t i = 0; i < along.size(); ++i) theta.flat()[i] -= t * along[i];
      return values;
    };
    Numbers p1 = at(h);
    const Numbers m1 = at(-h), p2 = at(2 * h), m2 = at(-2 * h);
    for (std::size_t i = 0; i < p1.size(); ++i) p1[i] = (8 * (p1[i] - m1[i]) - (p2[i] - m2[i])) / (12 * h);
    return p1;
  }

  Model model;
  Parameters<double> theta;
  Graph graph;
  Ends ends;
  Numbers along, x;
  std::vector<Var> seeds, gradient, products;
};

}  // namespace

TEST_CASE("the toy model has these names and shapes, and its loss is a sum over features") {
  Traced net({.features = 3, .hidden = 2, .importance = 0.5}, 4);
  std::map<std::string, std::string> shapes;
  for (const auto& [name, id] : net.graph.names()) shapes[name] = net.graph.node(id).shape.str();
  CHECK(shapes == std::map<std::string, std::string>{{"x", "[4,3]"},
                                                     {"W", "[2,3]"},
                                                     {"b", "[3]"},
                                                     {"hidden", "[4,2]"},
                                                     {"pre", "[4,3]"},
                                                     {"out", "[4,3]"},
                                                     {"loss", "[4]"}});
  const Tensor<double> W = net.theta.tensor("W"), b = net.theta.tensor("b");
  const Numbers losses = net.run({net.ends.loss});
  for (std::int64_t row = 0; row < 4; ++row) {
    double wanted = 0;
    for (std::int64_t i = 0; i < 3; ++i) {
      double pre = b[i];
      for (std::int64_t j = 0; j < 3; ++j)
        for (std::int64_t h = 0; h < 2; ++h) pre += W(h, i) * W(h, j) * net.x[std::size_t(3 * row + j)];
      wanted += std::pow(0.5, double(i)) * std::pow(net.x[std::size_t(3 * row + i)] - std::max(0.0, pre), 2);
    }
    CHECK(losses[std::size_t(row)] == doctest::Approx(wanted).epsilon(1e-12));
  }
}

TEST_CASE("gradient and Hessian products of the toy model are differences of loss and gradient") {
  for (const SuperpositionSpec& spec :
       {SuperpositionSpec{}, SuperpositionSpec{.features = 9, .hidden = 4, .importance = 0.7}}) {
    Traced net(spec, 7);
    const Numbers gradient = net.run(net.gradient), slope = net.difference({mean(net.ends.loss)});
    double along = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) along += gradient[i] * net.along[i];
    CHECK(along == doctest::Approx(slope[0]).epsilon(1e-8));
    CHECK(largest_difference(net.run(net.products), net.difference(net.gradient), beside_one) < 1e-6);
  }
}

TEST_CASE(
    "the closed form is the mean over the law: loss and gradient on an even grid come near, the finer the nearer") {
  for (const std::int64_t parts : {50, 500}) {
    Traced net({.features = 5, .hidden = 3}, 5 * parts);
    for (std::int64_t row = 0; row < 5 * parts; ++row)
      for (std::int64_t i = 0; i < 5; ++i)
        net.x[std::size_t(5 * row + i)] = i == row % 5 ? (double(row / 5) + 0.5) / double(parts) : 0.0;
    for (double& bias : net.theta["b"]) bias /= 4;
    const PopulationLoss exact = population_loss(superposition_point(net.theta.flat(), 5, 3));
    const double near = 2 / double(parts * parts);
    CHECK(std::abs(net.run({mean(net.ends.loss)})[0] - exact.loss) < near);
    CHECK(largest_difference(net.run(net.gradient), exact.gradient, beside_one) < 5 * near);
  }
}

TEST_CASE("one feature at a time: each as often, its sizes spread evenly over [0, 1]") {
  const Dataset data = feature_data({.features = 6, .samples = 600, .seed = 4});
  REQUIRE(data.x.shape == Shape{600, 6});
  CHECK(data.y.data == data.x.data);
  for (std::int64_t i = 0; i < 6; ++i) {
    double sum = 0, squares = 0;
    std::set<std::int64_t> parts;
    for (std::int64_t row = 0; row < 600; ++row) {
      const double a = data.x(row, i);
      if (a == 0) continue;
      CHECK(row % 6 == i);
      sum += a, squares += a * a, parts.insert(std::int64_t(100 * a));
    }
    CHECK(parts.size() >= 99);  // rounding to float may carry one over an edge
    CHECK(sum / 100 == doctest::Approx(0.5).epsilon(0.005));
    CHECK(squares / 100 == doctest::Approx(1.0 / 3).epsilon(0.01));
  }
  CHECK(feature_data({.samples = 600, .seed = 4}).x.data == data.x.data);
  CHECK(feature_data({.samples = 600, .seed = 5}).x.data != data.x.data);
}

TEST_CASE("sparse features are 0 as often as the sparsity says, else uniform") {
  const Dataset data = feature_data({.law = FeatureLaw::sparse, .features = 4, .samples = 20000, .sparsity = 0.7});
  double there = 0, sum = 0;
  for (const float a : data.x.data) there += a > 0, sum += a;
  CHECK(there / 80000 == doctest::Approx(0.3).epsilon(0.02));
  CHECK(sum / there == doctest::Approx(0.5).epsilon(0.02));
  CHECK(feature_data({.law = FeatureLaw::sparse, .sparsity = 1}).x.data == std::vector<float>(4096 * 6));
}

TEST_CASE("a superposition model is rebuilt from its config") {
  const SuperpositionSpec spec{.features = 8, .hidden = 3, .importance = 0.9, .start = 0.1};
  const Model model = superposition(spec), again = model_from(model.config);
  CHECK(again.config == model.config);
  Parameters<double> a(parameters_of(model)), b(parameters_of(again));
  a.start(2), b.start(2);
  CHECK(std::ranges::equal(a.flat(), b.flat()));
}

TEST_CASE("wrong specs, laws and configs of the toy model are refused with what was wanted") {
  CHECK_THROWS_WITH_AS(superposition({.features = 0}), "superposition: features is 0; wanted 1 to 4096", UsageError);
  CHECK_THROWS_WITH_AS(superposition({.hidden = -1}), "superposition: hidden is -1; wanted 1 to 4096", UsageError);
  CHECK_THROWS_WITH_AS(superposition({.importance = 0}),
                       "superposition: importance is 0; wanted a number above 0, up to 1", UsageError);
  CHECK_THROWS_AS(superposition({.start = -1}), UsageError);
  CHECK_THROWS_AS(feature_data({.samples = 0}), UsageError);
  CHECK_THROWS_WITH_AS(feature_data({.sparsity = 1.5}), "superposition: sparsity is 1.5; wanted 0 to 1", UsageError);
  CHECK_THROWS_WITH_AS(feature_law_from("two"), "superposition: law 'two' given; wanted one or sparse", UsageError);
  auto config = superposition({}).config;
  config["hidden"] = "0";
  CHECK_THROWS_WITH_AS(superposition_from(config),
                       "the config of a superposition model: superposition: hidden is 0; wanted 1 to 4096", DataError);
  config.erase("importance");
  CHECK_THROWS_AS(superposition_from(config), DataError);
}
