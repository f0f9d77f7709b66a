#include <doctest/doctest.h>

#include <csignal>
#include <limits>

#include "autodiff/transform.h"
#include "core/interrupt.h"
#include "core/lapack.h"
#include "small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

// The sum over samples of what was fetched, rounding included: equal only if the order of all additions is.
struct Sums {
  std::vector<double> totals;
  template <class Each>
  void fields(Each& each) {
    each(totals);
  }
  void add(const Chunk& chunk) {
    totals.resize(chunk.values.size());
    for (std::size_t i = 0; i < totals.size(); ++i)
      for (double v : chunk.values[i]) totals[i] += v;
  }
  void merge(const Sums& other) {
    for (std::size_t i = 0; i < totals.size(); ++i) totals[i] += other.totals[i];
  }
};

const SweepSpec out_and_gradient{.fetch = {"layers.0.post", "out"},
                                 .derive = [](Graph& g) { return grad(sum(square(g["out"])), {g["layers.0.pre"]}); }};

Sums sums(std::int64_t samples, const SweepOptions& options) {
  return sweep_reduce(small_model({5, 8, 3}, Kind::tanh), {{"x", random_matrix(samples, 5, "x")}}, out_and_gradient,
                      options, Sums{}, [](Sums& part, const Chunk& chunk) { part.add(chunk); });
}

Matrix outputs(const ModelPoint& model, const Matrix& x, const SweepOptions& options) {
  Matrix all({x.rows(), 3});
  sweep(model, {{"x", x}}, {.fetch = {"out"}}, options, [&](const Chunk& chunk) {
    std::copy(chunk.values[0].begin(), chunk.values[0].end(), all.row(chunk.first).begin());
  });
  return all;
}

Matrix by_hand(const ModelPoint& model, const Matrix& x) {
  auto layer = [&](const Matrix& in, std::size_t l) {
    const std::string name = "layers." + std::to_string(l);
    Matrix pre = matmul(in, model.parameters.tensor(name + ".weight"));
    const std::span<const double> bias = model.parameters[name + ".bias"];
    for (std::int64_t i = 0; i < pre.size(); ++i) pre[i] += bias[std::size_t(i % pre.cols())];
    return pre;
  };
  Matrix hidden = layer(x, 0);
  for (double& v : hidden.data) v = std::tanh(v);
  return layer(hidden, 1);
}

}  // namespace

TEST_CASE("a sweep computes every sample once, for any number of samples against the chunk") {
  const ModelPoint model = small_model({5, 8, 3}, Kind::tanh);
  for (std::int64_t samples : {1, 3, 16, 17, 100}) {
    const Matrix x = random_matrix(samples, 5, "x");
    const Matrix wanted = by_hand(model, x);
    for (std::int64_t blocks : {1, 3, 16})
      CHECK(largest_difference(outputs(model, x, {.chunk = 16, .blocks = blocks}), wanted) < 1e-13);
  }
}

TEST_CASE("results are equal to the bit for 1, 2 and 3 threads") {
  for (std::int64_t samples : {5, 203}) {
    const Sums one = sums(samples, {.chunk = 8, .blocks = 7});
    CHECK(one.totals.size() == 3);
    for (int threads : {2, 3}) CHECK(sums(samples, {.chunk = 8, .blocks = 7, .threads = threads}).totals == one.totals);
  }
}

TEST_CASE("chunks of a block come in order and blocks cover the samples in order") {
  std::vector<std::vector<std::int64_t>> firsts(4);
  sweep(small_model({5, 8, 3}, Kind::relu), {{"x", random_matrix(57, 5, "x")}}, {.fetch = {"out"}},
        {.chunk = 5, .blocks = 4, .threads = 2}, [&](const Chunk& c) { firsts[c.block].push_back(c.first); });
  CHECK(firsts == std::vector<std::vector<std::int64_t>>{{0, 5, 10}, {15, 20, 25}, {30, 35, 40}, {45, 50, 55}});
}

TEST_CASE("an input that no fetched value needs is ignored, an unknown one is an error") {
  const ModelPoint model = small_model({5, 8, 3}, Kind::relu);
  auto trace_with_labels = [&model](Graph& graph, std::int64_t rows) {
    Ends ends = model.trace(graph, rows);
    ends.loss = graph.name(cross_entropy(ends.output, graph.input("t", {rows})), "loss");
    return ends;
  };
  const ModelPoint with_labels{{trace_with_labels}, model.parameters};
  const Matrix x = random_matrix(9, 5, "x");
  const Inputs both{{"x", x}, {"t", Matrix({9})}};
  int visits = 0;
  sweep(with_labels, both, {.fetch = {"out"}}, {.chunk = 4}, [&](const Chunk&) { ++visits; });
  CHECK(visits == 3);
  CHECK_THROWS_AS(sweep(model, both, {.fetch = {"out"}}, {}, [](const Chunk&) {}), NameError);
  CHECK_THROWS_AS(sweep(with_labels, {{"x", x}}, {.fetch = {"loss"}}, {}, [](const Chunk&) {}), NameError);
}

TEST_CASE("data that cannot be swept is refused with what was given and wanted") {
  const ModelPoint model = small_model({5, 8, 3}, Kind::relu);
  auto run = [&](const Inputs& inputs, const SweepOptions& options = {}) {
    sweep(model, inputs, {.fetch = {"out"}}, options, [](const Chunk&) {});
  };
  CHECK_THROWS_WITH_AS(run({{"x", Matrix({0, 5})}}), "sweep: input 'x' of shape [0,5] holds no samples", DataError);
  CHECK_THROWS_AS(run({}), DataError);
  CHECK_THROWS_WITH_AS(run({{"t", Matrix({3})}, {"x", Matrix({4, 5})}}),
                       "sweep: input 't' holds 3 samples and input 'x' holds 4", DataError);
  CHECK_THROWS_AS(run({{"x", Matrix({4, 6})}}), ShapeError);
  CHECK_THROWS_AS(run({{"x", Matrix({4, 5})}}, {.chunk = 0}), UsageError);
  CHECK_THROWS_AS(run({{"x", Matrix({4, 5})}}, {.blocks = 0}), UsageError);
  CHECK_THROWS_AS(sweep(model, {{"x", Matrix({4, 5})}}, {}, {}, [](const Chunk&) {}), UsageError);
  std::vector<NamedTensor> tensors = named_tensors(model.parameters);
  tensors[0].value.shape = {8, 5};
  const ModelPoint transposed{model, parameters_from(tensors)};
  CHECK_THROWS_AS(sweep(transposed, {{"x", Matrix({4, 5})}}, {.fetch = {"out"}}, {}, [](const Chunk&) {}), ShapeError);
}

TEST_CASE("NaN is reported with the name of the first value that has it") {
  ModelPoint model = small_model({5, 8, 3}, Kind::tanh);
  model.parameters["layers.1.weight"][4] = std::numeric_limits<double>::quiet_NaN();
  std::string text;
  try {
    sweep(model, {{"x", random_matrix(40, 5, "x")}}, {.fetch = {"out"}}, {.chunk = 16, .threads = 2},
          [](const Chunk&) {});
  } catch (const NumericalError& e) {
    text = e.what();
  }
  CHECK(text.find("layers.1.weight") != std::string::npos);
}

TEST_CASE("progress counts all rows once and ends at the total") {
  std::vector<std::int64_t> seen;
  sums(50, {.chunk = 8, .threads = 3, .progress = [&](std::int64_t done, std::int64_t total) {
              CHECK(total == 50);
              seen.push_back(done);
            }});
  CHECK(seen.size() == 7);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(seen.back() == 50);
}

TEST_CASE("a signal stops a sweep before its next chunk") {
  watch_interrupts();
  int visits = 0;
  auto visit = [&](const Chunk&) {
    if (++visits == 2) std::raise(SIGINT);
  };
  CHECK_THROWS_AS(
      sweep(small_model({5, 8, 3}, Kind::relu), {{"x", Matrix({50, 5})}}, {.fetch = {"out"}}, {.chunk = 8}, visit),
      Interrupted);
  CHECK(visits == 2);
  watch_interrupts();  // forgets the signal
}

TEST_CASE("one-hot seeds ask for every entry by itself") {
  Graph graph;
  const Var v = graph.input("v", {2, 3});
  Program<double> program(graph, {.fetch = {one_hot_seeds(v)}});
  program.run();
  const Tensor<double> seeds = program.copy(one_hot_seeds(v));
  CHECK(seeds.shape == Shape{3, 2, 3});
  for (std::int64_t i = 0; i < seeds.size(); ++i) CHECK(seeds[i] == (i / 6 == i % 3 ? 1.0 : 0.0));
}

TEST_CASE("parameters come as named numbers in their order, and back") {
  Parameters<float> single({{"a", {2, 2}}, {"b", {3}}});
  for (std::size_t i = 0; i < 7; ++i) single.flat()[i] = float(i) / 3;
  const Parameters<double> parameters = cast<double>(single);
  const std::vector<NamedTensor> named = named_tensors(parameters);
  CHECK(named.size() == 2);
  CHECK(named[0].name == "a");
  CHECK(named[0].value.shape == Shape{2, 2});
  CHECK(named[1].value[2] == double(6.0f / 3));
  CHECK(std::ranges::equal(parameters_from(named).flat(), parameters.flat()));
}

TEST_CASE("a sweeper reads the parameters as they are at each run, and traces its model once for each number of rows") {
  ModelPoint model = small_model({5, 8, 3}, Kind::tanh);
  int traced = 0;
  model.trace = [&traced, trace = model.trace](Graph& graph, std::int64_t rows) {
    ++traced;
    return trace(graph, rows);
  };
  Sweeper sweeper(model, {.fetch = {"out"}}, {.chunk = 4});
  const Matrix x = random_matrix(9, 5, "x");
  for (double factor : {1.0, 0.5, -2.0}) {
    for (double& v : model.parameters.flat()) v *= factor;
    std::ranges::copy(model.parameters.flat(), sweeper.parameters().flat().begin());
    Matrix got({9, 3});
    sweeper.run({{"x", x}},
                [&](const Chunk& chunk) { std::ranges::copy(chunk.values[0], got.row(chunk.first).begin()); });
    CHECK(largest_difference(got, by_hand(model, x)) < 1e-13);
  }
  CHECK(traced == 2);  // for 4 rows and for 1
}

TEST_CASE("a sweep in float computes in float, reads parameters at each run, and gives doubles") {
  ModelPoint model = small_model({5, 8, 3}, Kind::tanh);
  SweepSpec spec{.fetch = {"out"}};
  spec.derive = [](Graph& graph) {
    return std::vector<Var>{graph["out"] * graph.input("signs", {graph["out"].shape()[0], 3})};
  };
  spec.made["signs"] = [](std::int64_t first, std::span<double> to) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = (first + std::int64_t(i) / 3) % 2 ? -1 : 1;
  };
  Sweeper single(model, spec, {.chunk = 4, .precision = Precision::f32}), whole(model, spec, {.chunk = 4});
  const Matrix x = random_matrix(9, 5, "x");
  for (const double factor : {1.0, 0.5}) {
    for (Sweeper* s : {&single, &whole})
      for (double& v : s->parameters().flat()) v *= factor;
    for (double& v : model.parameters.flat()) v *= factor;
    const Parameters<float> rounded = cast<float>(model.parameters);
    Runner<float> runner(model, rounded,
                         [](Graph& graph, const Ends&) { return ProgramSpec{.fetch = {graph["out"]}}; });
    Matrix far({9, 3});
    whole.run({{"x", x}},
              [&](const Chunk& chunk) { std::ranges::copy(chunk.values[0], far.row(chunk.first).begin()); });
    single.run({{"x", x}}, [&](const Chunk& chunk) {
      auto& batch = runner.run({{"x", x}}, chunk.first, chunk.rows);
      const std::span<const float> wanted = batch.program->view(batch.graph["out"]);
      CHECK(std::ranges::equal(chunk.values[0], wanted));
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::int64_t row = chunk.first + std::int64_t(i) / 3;
        CHECK(chunk.values[1][i] == (row % 2 ? -1 : 1) * chunk.values[0][i]);
        CHECK(chunk.values[0][i] == doctest::Approx(far(row, std::int64_t(i % 3))).epsilon(1e-5));
        CHECK(chunk.values[0][i] != far(row, std::int64_t(i % 3)));
      }
    });
  }
  CHECK(precision_from("f32") == Precision::f32);
  CHECK_THROWS_WITH_AS(precision_from("f16"), doctest::Contains("wanted f64 or f32"), UsageError);
}
