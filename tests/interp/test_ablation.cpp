// Ablations of features and edges against plain loops.
#include <doctest/doctest.h>

#include "autodiff/transform.h"
#include "interp/edges/ablation.h"
#include "interp/edges/edges.h"
#include "interp/edges/masked_section.h"
#include "tests/interp/basis_cases.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

std::vector<double> times(std::span<const double> row, const Matrix& a) {
  std::vector<double> out(a.cols());
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < a.cols(); ++j) out[j] += row[i] * a(i, j);
  return out;
}

std::vector<double> with_constant(std::span<const double> row) {
  std::vector<double> x(row.begin(), row.end());
  x.push_back(1);
  return x;
}

// A relu network in plain loops, x with its constant, which projections may change.
std::vector<double> section(const std::vector<Matrix>& layers, std::size_t l, const std::vector<double>& x) {
  std::vector<double> p = times(x, layers[l]);
  if (l + 1 == layers.size()) return p;
  for (double& v : p) v = std::max(v, 0.0);
  p.push_back(std::max(x.back(), 0.0));
  return p;
}

std::vector<double> through(const std::vector<Matrix>& layers, std::size_t l, std::vector<double> x) {
  for (; l < layers.size(); ++l) x = section(layers, l, x);
  return x;
}

struct Small {
  std::vector<Matrix> layers = random_layers({4, 6, 5, 3}, 21);
  FoldedModel model = folded_model(network_of(layers, relu));
  Matrix x = normal_rows(70, 4, 22);
  Inputs inputs{{"x", x}};
  Scoring labels{ScoreKind::cross_entropy, Tensor<double>({70})};

  Small() {
    for (std::int64_t i = 0; i < 70; ++i) labels.targets[i] = double(i % 3);
  }
  double loss(const std::vector<double>& out, std::int64_t sample) const {
    double sum = 0;
    for (const double v : out) sum += std::exp(v);
    return std::log(sum) - out[std::size_t(labels.targets[sample])];
  }
};

}  // namespace

TEST_CASE("schedules are those of the method's authors") {
  const auto ablated = [](const Schedule& s, std::int64_t n) {
    std::vector<std::int64_t> all;
    for (const std::int64_t kept : s.of(n)) all.insert(all.begin(), n - kept);
    return all;
  };
  CHECK(ablated({.base = 2, .every = 3}, 24) == std::vector<std::int64_t>{24, 23, 22, 21, 20, 18, 14, 6, 0});
  const std::vector<std::int64_t> paper = Schedule{.base = 1.05, .every = 10}.of(129);
  CHECK(paper.size() == 48);
  for (const std::int64_t kept : {0, 11, 13, 39, 42, 63, 67, 87, 92, 107, 113, 119, 125, 129})
    CHECK(std::ranges::count(paper, kept) == 1);
  for (const std::int64_t kept : {12, 14, 126, 128}) CHECK(std::ranges::count(paper, kept) == 0);
  CHECK(Schedule{.kind = Schedule::Kind::linear, .points = 5}.of(8) == std::vector<std::int64_t>{8, 6, 4, 2, 0});
  CHECK(schedule_from("points:3,1").of(9) == std::vector<std::int64_t>{9, 3, 1, 0});
  CHECK(schedule_from("exponential:1.05:10").of(129) == paper);
  for (const char* text : {"", "linear", "linear:", "linear:1", "linear:2.5", "linear:3,4", "exponential:1:3",
                           "exponential:2", "exponential:2:", "exponential:nan:1", "points:", "points:1,x",
                           "points:5;6", "points:1 2", "points:1x2", "points:5,", "points:,5", "points:-1", "cubic:3"})
    CHECK_THROWS_AS(schedule_from(text), UsageError);
}

TEST_CASE("schedules of any settings have at most n + 1 numbers") {
  CHECK(schedule_from("exponential:1e300:0").of(100) == std::vector<std::int64_t>{100, 1, 0});
  CHECK(schedule_from("exponential:2:9000000000000000000").of(3).size() == 4);
  CHECK(schedule_from("linear:9000000000000000000").of(3) == std::vector<std::int64_t>{3, 2, 1, 0});
  CHECK(schedule_from("linear:5").of(0) == std::vector<std::int64_t>{0});
  CHECK(Schedule{.kind = Schedule::Kind::linear, .points = 21}.of(std::int64_t(1) << 60).size() == 21);
}

TEST_CASE("bisection ends at a number that holds where one fewer does not") {
  for (std::int64_t border = 0; border <= 60; ++border) {
    const Bisection b = fewest(
        60, 1, [&](std::int64_t kept) { return kept >= border ? 1.0 : 0.5; }, [](double s) { return s == 1; });
    CHECK(b.required == border);
    CHECK(b.tried.size() <= 8);
  }
}

TEST_CASE("what is required of a curve of which nothing holds is more than was tried") {
  const Scoring loss{ScoreKind::cross_entropy, {}};
  const AblationCurve curve{.base = 1, .points = {{5, 3}, {2, 4}, {0, 1}}};
  CHECK(curve.required(loss, 3) == 0);
  CHECK(curve.required(loss, 2) == 5);
  CHECK(curve.required(loss, 1) == 6);
}

TEST_CASE("outputs that are no numbers have no score") {
  const Matrix outputs({1, 2}, {NAN, 1});
  for (const ScoreKind kind : {ScoreKind::accuracy, ScoreKind::cross_entropy})
    CHECK_THROWS_WITH_AS(Scoring(kind, Tensor<double>({8})).sum(7, outputs),
                         doctest::Contains("output 0 of sample 7 is nan"), NumericalError);
  CHECK_THROWS_AS(Scoring(ScoreKind::mse, Tensor<double>({1, 2})).sum(0, outputs), NumericalError);
}

TEST_CASE("a curve begins with all edges that there are, also where the truncation dropped some") {
  const Small s;
  const std::vector<Basis> bases =
      interaction_bases(s.model, s.inputs, {.truncation = {.threshold = 0.05, .relative = true}});
  const std::vector<Matrix> E = interaction_edges(s.model, bases, s.inputs);
  EdgeAblation ablation(s.model, bases, 1, E[1], s.inputs, s.labels);
  REQUIRE(ablation.edges() < ablation.edges_untruncated());
  const AblationCurve curve = ablation.curve({.schedule = {.kind = Schedule::Kind::linear, .points = 3}});
  CHECK(curve.points.front().kept == ablation.edges());
  CHECK(curve.points.back().kept == 0);
}

TEST_CASE("ablating nodes projects x, and the rest of the network runs on") {
  const Small s;
  for (const BasisKind kind : {BasisKind::lib, BasisKind::pca}) {
    const std::vector<Basis> bases = interaction_bases(s.model, s.inputs, {.kind = kind});
    for (std::int64_t l = 0; l < 3; ++l) {
      const AblationCurve curve = node_ablation(s.model, bases, l, s.inputs, s.labels,
                                                {.schedule = {.kind = Schedule::Kind::linear, .points = 4}});
      const Basis& b = bases[l];
      for (const AblationPoint& point : curve.points) {
        double wanted = 0;
        for (std::int64_t i = 0; i < 70; ++i) {
          std::vector<double> at = with_constant(s.x.row(i));
          for (std::int64_t before = 0; before < l; ++before) at = section(s.layers, std::size_t(before), at);
          std::vector<double> f = times(at, b.C);
          for (std::int64_t j = point.kept; j < std::ssize(f); ++j) f[std::size_t(j)] = 0;
          if (point.kept < b.features()) at = times(f, b.C_pinv);
          wanted += s.loss(through(s.layers, std::size_t(l), at), i) / 70;
        }
        CHECK(point.score == doctest::Approx(wanted).epsilon(1e-10));
      }
      CHECK(curve.points.front().score == curve.base);
      const Bisection few = fewest_nodes(s.model, bases, l, s.inputs, s.labels, 0.05);
      CHECK(s.labels.holds(few.score, curve.base, 0.05));
      const auto with = [&](std::int64_t kept) {
        return node_ablation(s.model, bases, l, s.inputs, s.labels,
                             {.schedule = {.kind = Schedule::Kind::points, .kept = {kept}}})
            .points[1]
            .score;
      };
      if (few.required > 1) CHECK_FALSE(s.labels.holds(with(few.required - 1), curve.base, 0.05));
    }
  }
}

TEST_CASE("ablating edges computes each feature from its own inputs") {
  const Small s;
  const std::vector<Basis> bases = interaction_bases(s.model, s.inputs, {});
  const std::vector<Matrix> E = interaction_edges(s.model, bases, s.inputs);
  for (std::int64_t l = 0; l < 3; ++l) {
    EdgeAblation ablation(s.model, bases, l, E[l], s.inputs, s.labels, {.chunk = 16, .threads = 2});
    const Basis &from = bases[l], &to = bases[l + 1];
    for (const std::int64_t kept : {0, 3, 11}) {
      const Matrix mask = ablation.mask(kept);
      double wanted = 0;
      std::int64_t counted = 0;
      for (std::int64_t i = 0; i < mask.rows(); ++i)
        for (std::int64_t j = 1; j < mask.cols(); ++j) counted += mask(i, j) != 0;
      CHECK(counted == std::min(kept, ablation.edges()));
      for (std::int64_t i = 0; i < 70; ++i) {
        std::vector<double> at = with_constant(s.x.row(i));
        for (std::int64_t before = 0; before < l; ++before) at = section(s.layers, std::size_t(before), at);
        const std::vector<double> f = times(at, from.C);
        std::vector<double> next;
        for (std::int64_t out = 0; out < to.features(); ++out) {
          std::vector<double> seen = f;
          for (std::int64_t j = 0; j < mask.cols(); ++j) seen[std::size_t(j)] *= mask(out, j);
          next.push_back(times(section(s.layers, std::size_t(l), times(seen, from.C_pinv)), to.C)[std::size_t(out)]);
        }
        wanted += s.loss(through(s.layers, std::size_t(l + 1), times(next, to.C_pinv)), i) / 70;
      }
      CHECK(ablation.score(mask) == doctest::Approx(wanted).epsilon(1e-10));
    }
    CHECK(ablation.score(ablation.mask(ablation.edges())) == doctest::Approx(ablation.base()).epsilon(1e-10));
    const Bisection b = ablation.bisect(0.01);
    CHECK(s.labels.holds(b.score, ablation.base(), 0.01));
    if (b.required > 0)
      CHECK_FALSE(s.labels.holds(ablation.score(ablation.mask(b.required - 1)), ablation.base(), 0.01));
  }
}

TEST_CASE("edges with signs are kept by their size") {
  const Small s;
  const std::vector<Basis> bases = interaction_bases(s.model, s.inputs, {});
  std::vector<Matrix> E = interaction_edges(s.model, bases, s.inputs);
  EdgeAblation plain(s.model, bases, 0, E[0], s.inputs, s.labels);
  for (std::int64_t i = 0; i < E[0].size(); i += 2) E[0][i] = -E[0][i];
  EdgeAblation with_signs(s.model, bases, 0, E[0], s.inputs, s.labels);
  for (const std::int64_t kept : {0, 1, 5, 11}) {
    CHECK(with_signs.mask(kept).data == plain.mask(kept).data);
    CHECK(with_signs.smallest_kept(kept) == plain.smallest_kept(kept));
  }
}

TEST_CASE("masked sections: products and runs of the whole section agree for any activation") {
  for (const auto act : {relu, gelu, tanh}) {
    const FoldedModel model = folded_model(network_of(random_layers({4, 6, 5, 3}, 23), act));
    const Inputs inputs{{"x", normal_rows(50, 4, 24)}};
    const std::vector<Basis> bases = interaction_bases(model, inputs, {});
    for (std::int64_t l = 0; l < 3; ++l) {
      const Basis &from = bases[l], &to = bases[l + 1];
      const Matrix features = normal_rows(9, from.features(), 25);
      Matrix mask({to.features(), from.features()});
      Rng rng(26, "test/mask");
      for (double& v : mask.data) v = rng.uniform() < 0.4;
      const Matrix fast = MaskedSection(model, l, from.C_pinv, to.C).run(features, mask);
      Matrix slow({9, to.features()});
      for (std::int64_t i = 0; i < mask.rows(); ++i) {
        Matrix seen = features;
        for (std::int64_t x = 0; x < 9; ++x)
          for (std::int64_t j = 0; j < mask.cols(); ++j) seen(x, j) *= mask(i, j);
        Graph graph;
        model.model().trace(graph, 9);
        const Var out = matmul(model.section(graph, l, matmul(graph.constant(seen), graph.constant(from.C_pinv))),
                               graph.constant(to.C));
        Program<double> program(graph, {.fetch = {out}}, model.model().parameters.bindings(graph));
        program.run();
        for (std::int64_t x = 0; x < 9; ++x) slow(x, i) = program.view(out)[x * slow.cols() + i];
      }
      CHECK(off(fast, slow) < 1e-12);
    }
  }
}

TEST_CASE("what does not fit is refused") {
  const Small s;
  const std::vector<Basis> bases = interaction_bases(s.model, s.inputs, {});
  const std::vector<Matrix> E = interaction_edges(s.model, bases, s.inputs);
  Scoring wrong = s.labels;
  wrong.targets[5] = 3;
  CHECK_THROWS_WITH_AS(node_ablation(s.model, bases, 0, s.inputs, wrong), doctest::Contains("sample 5 is 3"),
                       DataError);
  wrong.targets = Tensor<double>({69});
  CHECK_THROWS_AS(node_ablation(s.model, bases, 0, s.inputs, wrong), DataError);
  CHECK_THROWS_AS(node_ablation(s.model, bases, 3, s.inputs, s.labels), UsageError);
  CHECK_THROWS_AS(EdgeAblation(s.model, bases, 1, E[0], s.inputs, s.labels), ShapeError);
  Matrix no_number = E[1];
  no_number(1, 2) = NAN;
  CHECK_THROWS_WITH_AS(EdgeAblation(s.model, bases, 1, no_number, s.inputs, s.labels),
                       doctest::Contains("the edge from feature 2 to feature 1 is nan"), NumericalError);
  EdgeAblation ablation(s.model, bases, 0, E[0], s.inputs, s.labels);
  CHECK_THROWS_AS(ablation.score(Matrix({1, 1})), ShapeError);
}

TEST_CASE("bases, edges and ablations in float are those in double to the digits of float") {
  const Small s;
  const SweepOptions single{.chunk = 16, .threads = 2, .precision = Precision::f32};
  const std::vector<Basis> bases = interaction_bases(s.model, s.inputs, {.truncation = {1e-6, true}});
  const std::vector<Basis> rough = interaction_bases(s.model, s.inputs, {.truncation = {1e-6, true}, .sweep = single});
  const std::vector<Matrix> E = interaction_edges(s.model, bases, s.inputs),
                            near = interaction_edges(s.model, bases, s.inputs, {.sweep = single}),
                            by_engine =
                                interaction_edges(s.model, bases, s.inputs, {.by_engine = true, .sweep = single});
  for (std::int64_t l = 0; l < 3; ++l) {
    REQUIRE(rough[l].features() == bases[l].features());
    for (std::size_t i = 0; i < bases[l].lambda.size(); ++i)
      CHECK(rough[l].lambda[i] == doctest::Approx(bases[l].lambda[i]).epsilon(1e-4));
    const double largest = std::ranges::max(E[l].data);
    CHECK(largest_difference(near[l], E[l]) < 1e-5 * largest);
    CHECK(largest_difference(by_engine[l], E[l]) < 1e-5 * largest);
    CHECK(largest_difference(by_engine[l], E[l]) > 0);
    EdgeAblation whole(s.model, bases, l, E[l], s.inputs, s.labels),
        fast(s.model, bases, l, E[l], s.inputs, s.labels, single);
    for (const std::int64_t kept : {0, 3, 11}) {
      const double score = fast.score(whole.mask(kept));
      CHECK(score == doctest::Approx(whole.score(whole.mask(kept))).epsilon(1e-5));
      CHECK(score != whole.score(whole.mask(kept)));
    }
    AblationOptions nodes;
    nodes.schedule = schedule_from("linear:4");
    const AblationCurve exact = node_ablation(s.model, bases, l, s.inputs, s.labels, nodes);
    nodes.sweep = single;
    const AblationCurve curve = node_ablation(s.model, bases, l, s.inputs, s.labels, nodes);
    for (std::size_t i = 0; i < curve.points.size(); ++i)
      CHECK(curve.points[i].score == doctest::Approx(exact.points[i].score).epsilon(1e-5));
  }
}
