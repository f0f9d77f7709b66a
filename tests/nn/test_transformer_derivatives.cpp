// Derivatives of whole transformers, held against finite differences and against each other.
#include <doctest/doctest.h>

#include "autodiff/lift.h"
#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "tests/autodiff/filled.h"
#include "tests/largest_difference.h"
#include "tests/nn/golden_transformers.h"

using namespace basin;
using namespace basin::nn;
using Numbers = std::vector<double>;

namespace {

constexpr const char* smooth_variants[] = {"full", "pre", "parallel", "attention_only"};  // without kinks

// The mean loss of a golden transformer as a function of its flat parameter vector.
struct Traced {
  explicit Traced(const std::string& name)
      : golden(name), ends(golden.model.trace(graph, golden.rows())), theta(graph.parameter_values()) {
    loss = mean(ends.loss);
    gradient = grad(loss, theta);
  }

  Program<double> program(const std::vector<Var>& of) {
    Program<double> p(graph, {.fetch = of}, golden.parameters.bindings(graph));
    for (const char* input : {"tokens", "t"})
      if (p.has(graph[input])) p.feed(input, golden.arrays.at(input).data);
    return p;
  }

  static Numbers numbers(Program<double>& p, const std::vector<Var>& of) {
    p.run();
    Numbers all;
    for (const Var v : of) all.insert(all.end(), p.view(v).begin(), p.view(v).end());
    return all;
  }

  // d of / dt at theta + t along, t = 0, by a five-point rule.
  Numbers difference_along(Program<double>& p, const std::vector<Var>& of, const Numbers& along) {
    constexpr double h = 1e-4;
    const std::span<double> flat = golden.parameters.flat();
    const Numbers before(flat.begin(), flat.end());
    const auto at = [&](double t) {
      for (std::size_t i = 0; i < flat.size(); ++i) flat[i] = before[i] + t * along[i];
      return numbers(p, of);
    };
    Numbers p1 = at(h), m1 = at(-h), p2 = at(2 * h), m2 = at(-2 * h);
    std::ranges::copy(before, flat.begin());
    for (std::size_t i = 0; i < p1.size(); ++i) p1[i] = (8 * (p1[i] - m1[i]) - (p2[i] - m2[i])) / (12 * h);
    return p1;
  }

  GoldenTransformer golden;
  Graph graph;
  Ends ends;
  std::vector<Var> theta, gradient;
  Var loss;
};

Numbers direction_of(std::size_t n, int which) {
  Numbers along(n);
  for (std::int64_t i = 0; double& v : along) v = testing::number(which + 3 * i++);
  return along;
}

// H times each of `along`, carried together in one sweep.
std::vector<Numbers> hessian_products(Traced& net, const std::vector<Numbers>& along) {
  const auto count = std::int64_t(along.size());
  std::vector<Var> seeds;
  for (const Var v : net.theta) seeds.push_back(net.graph.anonymous_input(Shape{count} + v.shape()));
  const std::vector<Var> products = hvp(net.loss, net.theta, seeds);
  Program<double> p = net.program(products);
  for (std::size_t i = 0, offset = 0; i < seeds.size(); ++i) {
    const std::size_t size = net.theta[i].shape().numel();
    for (std::int64_t k = 0; k < count; ++k)
      std::copy_n(along[k].begin() + std::ptrdiff_t(offset), size,
                  p.input(seeds[i]).begin() + k * std::ptrdiff_t(size));
    offset += size;
  }
  p.run();
  std::vector<Numbers> each(count);
  for (const Var v : products) {
    const std::size_t size = p.view(v).size() / std::size_t(count);
    for (std::int64_t k = 0; k < count; ++k) {
      const auto part = p.view(v).subspan(k * size, size);
      each[k].insert(each[k].end(), part.begin(), part.end());
    }
  }
  return each;
}

double dot(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

TEST_CASE("the gradient of every parameter is what finite differences give") {
  for (const char* name : {"full", "attention_only"}) {
    CAPTURE(std::string(name));
    Traced net(name);
    Program<double> gradient = net.program(net.gradient), loss = net.program({net.loss});
    const Numbers got = Traced::numbers(gradient, net.gradient);
    Numbers want, unit(got.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      unit[i] = 1;
      want.push_back(net.difference_along(loss, {net.loss}, unit)[0]);
      unit[i] = 0;
    }
    CHECK(largest_difference(got, want, beside_one) < 1e-8);
  }
}

TEST_CASE("products with the Hessian are differences of the gradient, and symmetric, seeds in front") {
  for (const char* name : smooth_variants) {
    CAPTURE(std::string(name));
    Traced net(name);
    Program<double> gradient = net.program(net.gradient);
    const std::size_t n = Traced::numbers(gradient, net.gradient).size();
    const std::vector<Numbers> along{direction_of(n, 1), direction_of(n, 2), direction_of(n, 5)};
    const std::vector<Numbers> products = hessian_products(net, along);
    for (std::size_t k = 0; k < along.size(); ++k) {
      const Numbers want = net.difference_along(gradient, net.gradient, along[k]);
      CHECK(largest_difference(products[k], want, beside_one) < 1e-6);
      CHECK(largest_difference(products[k], hessian_products(net, {along[k]})[0], beside_one) < 1e-12);
      for (std::size_t j = 0; j < k; ++j)
        CHECK(dot(along[j], products[k]) == doctest::Approx(dot(along[k], products[j])).epsilon(1e-10));
    }
  }
}

TEST_CASE("gradients of each sample, by copies of the parameters, are those of the samples alone") {
  for (const char* name : {"full", "modadd"}) {
    CAPTURE(std::string(name));
    const GoldenTransformer golden(name);
    const std::int64_t rows = golden.rows();
    Graph g;
    const Ends row = golden.model.trace(g, 1);  // one row, of which there will be as many copies as samples
    const std::vector<Var> theta = g.parameter_values(), alone = grad(sum(row.loss), theta);
    std::vector<Var> inputs{g["tokens"], g["t"]}, copies;
    for (const Var v : inputs) copies.push_back(g.anonymous_input(Shape{rows} + v.shape()));
    for (const Var v : theta) inputs.push_back(v), copies.push_back(expand(v, Shape{rows} + v.shape()));
    const Var losses = lift({row.loss}, inputs, copies)[0];
    const std::vector<Var> each = grad(sum(losses), {copies.begin() + 2, copies.end()});
    Program<double> p(g, {.fetch = each}, golden.parameters.bindings(g));
    Program<double> q(g, {.fetch = alone}, golden.parameters.bindings(g));
    p.feed(copies[0], golden.arrays.at("tokens").data), p.feed(copies[1], golden.arrays.at("t").data);
    p.run();
    for (std::int64_t r = 0; r < rows; ++r) {
      for (const char* input : {"tokens", "t"}) {
        const std::span<const double> all = golden.arrays.at(input).data;
        q.feed(input, all.subspan(r * all.size() / rows, all.size() / rows));
      }
      q.run();
      for (std::size_t i = 0; i < theta.size(); ++i) {
        const std::size_t size = theta[i].shape().numel();
        CHECK(largest_difference(p.view(each[i]).subspan(r * size, size), q.view(alone[i]), beside_one) < 1e-12);
      }
    }
  }
}
