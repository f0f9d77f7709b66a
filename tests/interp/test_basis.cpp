// Identities of interaction bases (docs/theory.md §5.3): what must hold for any network.
#include <doctest/doctest.h>

#include "autodiff/transform.h"
#include "interp/edges/edges.h"
#include "tests/interp/basis_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

// All x of a node layer, [n, d].
Matrix node_values(const FoldedModel& model, std::int64_t layer, const Matrix& x) {
  Matrix all({x.rows(), model.width(layer)});
  SweepSpec spec;
  spec.derive = [&](Graph& graph) { return std::vector<Var>{model.node(graph, layer)}; };
  sweep(model.model(), {{"x", x}}, spec, {},
        [&](const Chunk& chunk) { std::ranges::copy(chunk.values[0], all.data.begin() + chunk.first * all.cols()); });
  return all;
}

// J of a section, or of all from it on, at each sample: [n, targets, d], by reverse sweeps.
std::vector<Matrix> jacobians(const FoldedModel& model, std::int64_t layer, const Matrix& x, bool to_output) {
  std::vector<Matrix> all(x.rows());
  SweepSpec spec;
  spec.derive = [&](Graph& graph) {
    const Var at = model.node(graph, layer);
    const Var to = to_output ? model.through(graph, layer, at) : model.section(graph, layer, at);
    return vjp({to}, {one_hot_seeds(to)}, {at});
  };
  sweep(model.model(), {{"x", x}}, spec, {}, [&](const Chunk& chunk) {
    const Shape& s = chunk.shapes[0];
    for (std::int64_t row = 0; row < chunk.rows; ++row) {
      Matrix& J = all[chunk.first + row] = Matrix({s[0], s[2]});
      for (std::int64_t i = 0; i < s[0]; ++i)
        std::copy_n(chunk.values[0].begin() + (i * s[1] + row) * s[2], s[2], J.row(i).begin());
    }
  });
  return all;
}

double identity_error(const Matrix& a, const std::vector<double>& diagonal) {
  Matrix wanted({a.rows(), a.cols()});
  for (std::int64_t i = 0; i < a.rows(); ++i) wanted(i, i) = diagonal[i];
  return off(a, wanted);
}

constexpr Var (*smooth_or_not[])(Var) = {relu, gelu, gelu_tanh, tanh};

}  // namespace

TEST_CASE("a folded model has the values of the plain one, and output = J x for relu networks") {
  for (const auto act : smooth_or_not) {
    const FoldedModel model = random_model({5, 7, 6, 3}, 1, act);
    const Matrix x = normal_rows(40, 5, 2);
    for (std::int64_t l = 0; l < 3; ++l) {
      SweepSpec spec;
      spec.derive = [&](Graph& graph) {
        return std::vector<Var>{model.section(graph, l, model.node(graph, l)), model.node(graph, l + 1),
                                model.through(graph, l, model.node(graph, l)), model.node(graph, 3)};
      };
      sweep(model.model(), {{"x", x}}, spec, {}, [&](const Chunk& chunk) {
        CHECK(off(chunk.table(0), chunk.table(1)) < 1e-15);
        CHECK(off(chunk.table(2), chunk.table(3)) < 1e-14);
      });
      if (act != relu) continue;
      const Matrix at = node_values(model, l, x), out = node_values(model, 3, x);
      const std::vector<Matrix> J = jacobians(model, l, x, true);
      for (std::int64_t s = 0; s < x.rows(); ++s)
        for (std::int64_t i = 0; i < 3; ++i) {
          double sum = 0;
          for (std::int64_t j = 0; j < at.cols(); ++j) sum += J[s](i, j) * at(s, j);
          CHECK(sum == doctest::Approx(out(s, i)).epsilon(1e-11));
        }
    }
  }
}

TEST_CASE("features are uncorrelated with variances lambda, and their Jacobians orthonormal") {
  for (const bool to_output : {false, true}) {
    const FoldedModel model = random_model({5, 7, 6, 3}, 3);
    const Matrix x = normal_rows(200, 5, 4);
    const std::vector<Basis> bases =
        interaction_bases(model, {{"x", x}}, {.kind = to_output ? BasisKind::ib : BasisKind::lib, .center = false});
    for (std::int64_t l = 0; l < 3; ++l) {
      const Basis& b = bases[l];
      CAPTURE(l);
      const Matrix features = matmul(node_values(model, l, x), b.C);
      Matrix second = matmul(features, features, true, false);
      for (double& v : second.data) v /= 200;
      CHECK(identity_error(second, b.lambda) < 1e-10);
      const Matrix target = to_output ? bases[3].C : bases[l + 1].C;
      Matrix JJ({b.features(), b.features()});
      for (const Matrix& J : jacobians(model, l, x, to_output)) {
        const Matrix hat = matmul(matmul(target, J, true, false), b.C_pinv, false, true);
        const Matrix square = matmul(hat, hat, true, false);
        for (std::int64_t i = 0; i < JJ.size(); ++i) JJ[i] += square[i] / 200;
      }
      CHECK(identity_error(JJ, std::vector<double>(b.features(), 1.0)) < 1e-10);
      // Lambda is the nonzero spectrum of G M, found without a rotation: that of G^1/2 M G^1/2 by its own path.
      const Eigh g = eigh(b.gram);
      Matrix root = g.vectors;
      for (std::int64_t i = 0; i < root.rows(); ++i)
        for (std::int64_t j = 0; j < root.cols(); ++j) root(i, j) *= std::sqrt(std::max(0.0, g.values[j]));
      const std::vector<double> spectrum = eigh(matmul(matmul(root, b.M, true, false), root), false).values;
      for (std::int64_t i = 0; i < b.features(); ++i) CHECK(spectrum[i] == doctest::Approx(b.lambda[i]).epsilon(1e-10));
      CHECK(off(matmul(b.C_pinv, b.C), identity(b.features())) < 1e-9);
    }
  }
}

TEST_CASE("centred: the constant comes first and all other features have mean 0") {
  const FoldedModel model = random_model({5, 7, 6, 3}, 5, gelu);
  const Matrix x = normal_rows(150, 5, 6);
  for (const BasisKind kind : {BasisKind::lib, BasisKind::ib, BasisKind::pca})
    for (const Basis& b : interaction_bases(model, {{"x", x}}, {.kind = kind})) {
      if (b.layer == "output") continue;
      REQUIRE(b.constant == 0);
      std::int64_t layer = 0;
      while (model.layers()[layer].name != b.layer) ++layer;
      const Matrix f = matmul(node_values(model, layer, x), b.C);
      for (std::int64_t j = 0; j < f.cols(); ++j) {
        double mean = 0, worst = 0;
        for (std::int64_t s = 0; s < f.rows(); ++s) mean += f(s, j) / double(f.rows());
        for (std::int64_t s = 0; s < f.rows(); ++s) worst = std::max(worst, std::abs(f(s, j) - f(0, j)));
        if (j == 0)
          CHECK(worst < 1e-12 * std::abs(mean));
        else
          CHECK(std::abs(mean) < 1e-12 * (1 + worst));
      }
    }
}

TEST_CASE("closed forms and the engine agree for all kinds, rules and activations") {
  const std::vector<Quadrature> rules{{}, {Rule::trapezoid, 3}, {Rule::gauss_legendre, 2}};
  for (const auto act : smooth_or_not)
    for (const Quadrature& rule : rules)
      for (const BasisKind kind : {BasisKind::lib, BasisKind::ib}) {
        const FoldedModel model = random_model({4, 6, 5, 3}, 7, act);
        const Inputs x{{"x", normal_rows(90, 4, 8)}};
        BasisOptions options{.kind = kind, .rules = {rule}};
        const std::vector<Basis> closed = interaction_bases(model, x, options);
        options.by_engine = true;
        const std::vector<Basis> engine = interaction_bases(model, x, options);
        const std::vector<Matrix> E = interaction_edges(model, closed, x, {.rules = {rule}});
        const std::vector<Matrix> E_engine = interaction_edges(model, closed, x, {.rules = {rule}, .by_engine = true});
        for (std::int64_t l = 0; l < 3; ++l) {
          CHECK(off(closed[l].M, engine[l].M) < 1e-10);
          CHECK(off(matmul(closed[l].C, closed[l].C, false, true), matmul(engine[l].C, engine[l].C, false, true)) <
                1e-10);
          CHECK(off(E[l], E_engine[l]) < 1e-10);
        }
      }
}

TEST_CASE("truncation is absolute, or relative to the largest") {
  const FoldedModel model = random_model({5, 7, 6, 3}, 35);
  Matrix x = normal_rows(200, 5, 36);
  for (double& v : x.data) v *= 1e-6;
  const auto kept = [&](bool relative) {
    return interaction_bases(model, {{"x", x}}, {.truncation = {.threshold = 1e-10, .relative = relative}})[0].W.cols();
  };
  CHECK(kept(true) == 6);
  CHECK(kept(false) == 1);
}

TEST_CASE("bases and edges are equal to the bit for any number of threads") {
  const FoldedModel model = random_model({6, 9, 8, 3}, 11);
  const Inputs x{{"x", normal_rows(2000, 6, 12)}};
  BasisOptions options;
  options.sweep.threads = 1;
  EdgeOptions edge_options;
  const std::vector<Basis> one = interaction_bases(model, x, options);
  const std::vector<Matrix> E = interaction_edges(model, one, x, edge_options);
  for (const int threads : {2, 3}) {
    options.sweep.threads = edge_options.sweep.threads = threads;
    const std::vector<Basis> many = interaction_bases(model, x, options);
    const std::vector<Matrix> F = interaction_edges(model, one, x, edge_options);
    for (std::int64_t l = 0; l < 3; ++l) {
      CHECK(one[l].C.data == many[l].C.data);
      CHECK(E[l].data == F[l].data);
    }
  }
}

TEST_CASE("node layers that do not separate, and operations without a rule, are refused by name") {
  ModelPoint skip;
  skip.trace = [](Graph& graph, std::int64_t rows) {
    const Var x = graph.input("x", {rows, 3}), w = graph.parameter("w", {3, 3});
    const Var h = graph.name(relu(dense(x, w)), "h");
    return Ends{graph.name(h + x, "out"), {}};
  };
  Graph graph;
  skip.trace(graph, 1);
  skip.parameters = Parameters<double>(graph.parameters());
  CHECK_THROWS_WITH_AS(FoldedModel(skip, {{"h", "h"}, {"out", "out"}}), doctest::Contains("depends on the data"),
                       UsageError);
  CHECK_THROWS_WITH_AS(FoldedModel(skip, {{"x", "x"}}), doctest::Contains("two or more"), UsageError);
  CHECK_THROWS_WITH_AS(FoldedModel(skip, {{"out", "out"}, {"h", "h"}}), doctest::Contains("before"), UsageError);
  CHECK_THROWS_AS(FoldedModel(skip, {{"x", "x"}, {"no", "no"}}), NameError);
  ModelPoint rule;
  rule.trace = [](Graph& g, std::int64_t rows) { return Ends{g.name(sin(g.input("x", {rows, 3})), "out"), {}}; };
  CHECK_THROWS_WITH_AS(FoldedModel(rule, {{"x", "x"}, {"out", "out"}}), doctest::Contains("no rule"), UsageError);
}

TEST_CASE("quadrature: names, points and what they integrate exactly") {
  for (const char* name : {"gradient", "trapezoid:0", "trapezoid:5", "gauss-legendre:0", "gauss-legendre:30"})
    CHECK(quadrature_from(name).name() == name);
  for (const char* name : {"", "simpson:3", "trapezoid", "trapezoid:", "trapezoid:-1", "gauss-legendre:2x"})
    CHECK_THROWS_AS(quadrature_from(name), UsageError);
  for (int n : {0, 1, 4, 12, 40}) {
    double sum = 0, power = 0;
    for (const PathPoint& p : path_points({Rule::gauss_legendre, n})) {
      sum += p.weight;
      power += p.weight * std::pow(p.at, 2 * n + 1);
    }
    CHECK(sum == doctest::Approx(1).epsilon(1e-14));
    CHECK(power == doctest::Approx(1.0 / (2 * n + 2)).epsilon(1e-13));
  }
  double integral = 0;
  for (const PathPoint& p : path_points({Rule::gauss_legendre, 50}))
    integral += p.weight * (std::exp(p.at) + std::pow(p.at, std::sin(p.at)));
  CHECK(integral == doctest::Approx(2.5096861280).epsilon(1e-7));
}
