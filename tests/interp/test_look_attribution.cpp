#include "interp/look/attribution.h"

#include <doctest/doctest.h>

#include "nn/transformer.h"
#include "tests/interp/small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t attributed_rows = 4, positions = 3, heads = 2, d_head = 3;
const std::vector<std::string> names{"hook_embed", "blocks.0.attn.hook_z", "blocks.0.hook_resid_mid",
                                     "blocks.0.mlp.hook_post"};
const RowMetric logit = entry_of("logits", 1);

ModelPoint transformer() {
  const Model model = nn::transformer({.d_model = 6,
                                       .n_heads = heads,
                                       .d_head = d_head,
                                       .d_mlp = 8,
                                       .d_vocab = 5,
                                       .d_vocab_out = 5,
                                       .n_ctx = positions,
                                       .activation = nn::Activation::gelu,
                                       .last_position = true});
  ModelPoint point{model, Parameters<double>(parameters_of(model))};
  point.parameters.start(3);
  return point;
}

Inputs tokens(std::int64_t step) {
  Inputs data{{"tokens", Tensor<double>({attributed_rows, positions})}};
  for (std::int64_t i = 0; i < attributed_rows * positions; ++i) data["tokens"][i] = double((step * i * i + i) % 5);
  return data;
}

// Logit 1 of each row of a run in which a value is given.
std::vector<double> fed(const ModelPoint& model, const Inputs& data, const std::string& name,
                        const Tensor<double>& value) {
  Graph graph;
  model.trace(graph, attributed_rows);
  Program<double> program(graph, {.fetch = {graph["logits"]}, .feed = {graph[name]}}, model.parameters.bindings(graph));
  if (program.has(graph["tokens"])) program.feed("tokens", data.at("tokens").data);
  program.feed(name, value.data);
  program.run();
  std::vector<double> all;
  for (std::int64_t r = 0; r < attributed_rows; ++r) all.push_back(program.view("logits")[std::size_t(r * 5 + 1)]);
  return all;
}

// d/dε of m(h + ε Δ) at 0, of each row.
std::vector<double> slope(const ModelPoint& model, const Inputs& data, const std::string& name, const Tensor<double>& h,
                          const Tensor<double>& delta) {
  const double e = 1e-5;
  Tensor<double> up = h, down = h;
  for (std::int64_t i = 0; i < h.size(); ++i) up[i] += e * delta[i], down[i] -= e * delta[i];
  std::vector<double> all = fed(model, data, name, up);
  const std::vector<double> less = fed(model, data, name, down);
  for (std::size_t r = 0; r < all.size(); ++r) all[r] = (all[r] - less[r]) / (2 * e);
  return all;
}

Tensor<double> difference(const Tensor<double>& a, const Tensor<double>& b) {
  Tensor<double> d = a;
  for (std::int64_t i = 0; i < d.size(); ++i) d[i] -= b[i];
  return d;
}

ModelPoint squares() {
  return {{[](Graph& graph, std::int64_t n) {
            const Var x = graph.input("x", {n, 2});
            graph.name(sum(square(graph.name(x + 0.0 * x, "h")), {-1}), "m");
            return Ends{};
          }},
          Parameters<double>()};
}
const RowMetric m = [](Graph& graph) { return graph["m"]; };

}  // namespace

TEST_CASE("attribution patching is the slope of m towards the clean activation, by differences of fed runs") {
  const ModelPoint model = transformer();
  const Inputs clean = tokens(1), corrupt = tokens(2);
  for (const GradientAt at : {GradientAt::corrupt, GradientAt::clean}) {
    const Inputs& there = at == GradientAt::corrupt ? corrupt : clean;
    const Attributions all = attribution_patching(model, clean, corrupt, names, logit, at);
    REQUIRE(all.at.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Tensor<double> h_clean = value_of_rows(model, clean, names[i]);
      const Tensor<double> h_corrupt = value_of_rows(model, corrupt, names[i]);
      const Tensor<double>& h = at == GradientAt::corrupt ? h_corrupt : h_clean;
      const Tensor<double> delta = difference(h_clean, h_corrupt);
      REQUIRE(all.at[i].name == names[i]);
      REQUIRE(all.at[i].values.shape == h.shape);
      const std::vector<double> expected = slope(model, there, names[i], h, delta);
      CHECK(largest_difference(summed_but(all.at[i].values, {}).data, expected) < 1e-8);
      for (std::size_t r = 0; r < attributed_rows; ++r)
        CHECK(all.residual(i)[r] == doctest::Approx(expected[r] - (all.clean[r] - all.corrupt[r])).epsilon(1e-6));
    }
    CHECK(largest_difference(all.clean, fed(model, clean, names[2], value_of_rows(model, clean, names[2]))) < 1e-14);
    CHECK(largest_difference(all.corrupt, fed(model, corrupt, names[2], value_of_rows(model, corrupt, names[2]))) <
          1e-14);
  }
}

TEST_CASE("by head and by position: the slope along that part alone") {
  const ModelPoint model = transformer();
  const Inputs clean = tokens(1), corrupt = tokens(2);
  const Attributions all = attribution_patching(model, clean, corrupt, names, logit);
  const Tensor<double> heads_alone = summed_but(all.at[1].values, {1}), embed = summed_but(all.at[0].values, {0});
  REQUIRE(heads_alone.shape == Shape{attributed_rows, heads});
  REQUIRE(embed.shape == Shape{attributed_rows, positions});
  for (std::size_t i = 0; i < 2; ++i) {
    const Tensor<double> h = value_of_rows(model, corrupt, names[i]);
    const Tensor<double> whole = difference(value_of_rows(model, clean, names[i]), h);
    for (std::int64_t part = 0; part < 2; ++part) {
      Tensor<double> delta = whole;
      const std::int64_t size = i == 0 ? 6 : d_head, parts = i == 0 ? positions : heads;
      for (std::int64_t k = 0; k < delta.size(); ++k)
        if (k / size % parts != part) delta[k] = 0;
      const std::vector<double> expected = slope(model, corrupt, names[i], h, delta);
      for (std::int64_t r = 0; r < attributed_rows; ++r)
        CHECK(std::abs((i == 0 ? embed : heads_alone)(r, part) - expected[std::size_t(r)]) < 1e-8);
    }
  }
}

TEST_CASE("with the gradient averaged along the path the sum is what the fed clean activation changes") {
  const ModelPoint model = transformer();
  const Inputs clean = tokens(1), corrupt = tokens(2);
  for (const std::string& name : names) {
    const PathIntegral p = integrated_attribution_patching(model, clean, corrupt, name, logit, 24);
    const std::vector<double> patched = fed(model, corrupt, name, value_of_rows(model, clean, name));
    const std::vector<double> before = fed(model, corrupt, name, value_of_rows(model, corrupt, name));
    const Tensor<double> sums = summed_but(p.values, {});
    for (std::size_t r = 0; r < attributed_rows; ++r) CHECK(std::abs(sums.data[r] - (patched[r] - before[r])) < 1e-6);
    CHECK(p.largest_residual() < 1e-6);
  }
}

TEST_CASE("squares: h² at the clean and the corrupt end, averaged, and times the activation") {
  const Inputs clean{{"x", {{1, 2}, {3, 5}}}}, corrupt{{"x", {{1, 2}, {1, -1}}}};
  const auto at = [&](GradientAt end) { return attribution_patching(squares(), clean, corrupt, {"h", "x"}, m, end); };
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(at(GradientAt::corrupt).at[i].values.data == std::vector<double>{2 * 2, 6 * -2});
    CHECK(at(GradientAt::clean).at[i].values.data == std::vector<double>{2 * 6, 6 * 10});
    CHECK(gradient_times_activation(squares(), clean, {"h", "x"}, m).at[i].values.data == std::vector<double>{18, 50});
  }
  CHECK(at(GradientAt::corrupt).residual(0) == std::vector<double>{4 - 12 - (34 - 2)});
  const PathIntegral p = integrated_attribution_patching(squares(), clean, corrupt, "h", m, 2);
  CHECK(p.values[0] == doctest::Approx(9 - 1));
  CHECK(p.values[1] == doctest::Approx(25 - 1));
}

TEST_CASE("on a linear network the first order is all there is") {
  const ModelPoint model = small_model({4, 6, 5, 2}, Kind::linear);
  const Inputs clean{{"x", random_matrix(7, 4, "clean")}}, corrupt{{"x", random_matrix(7, 4, "corrupt")}};
  const Attributions all =
      attribution_patching(model, clean, corrupt, {"x", "layers.0.pre", "layers.1.pre"}, entry_of("out", 1));
  for (std::size_t i = 0; i < 3; ++i)
    for (const double residual : all.residual(i)) CHECK(std::abs(residual) < 1e-13);
}

TEST_CASE("attributions have the same bits for any number of threads") {
  const ModelPoint model = small_model({4, 6, 5, 2}, Kind::relu);
  const Inputs clean{{"x", random_matrix(50, 4, "clean")}}, corrupt{{"x", random_matrix(50, 4, "corrupt")}};
  const auto at = [&](int threads) {
    return attribution_patching(model, clean, corrupt, {"x", "layers.1.post"}, entry_of("out", 0), GradientAt::corrupt,
                                {.chunk = 8, .threads = threads});
  };
  for (const int threads : {2, 3})
    for (std::size_t i = 0; i < 2; ++i) CHECK(at(threads).at[i].values.data == at(1).at[i].values.data);
}

TEST_CASE("sums keep the axes that are named, in their order") {
  Tensor<double> t({2, 2, 3});
  for (std::int64_t i = 0; i < 12; ++i) t[i] = double(i);
  CHECK(summed_but(t, {}).data == std::vector<double>{15, 51});
  CHECK(summed_but(t, {0}).data == std::vector<double>{3, 12, 21, 30});
  CHECK(summed_but(t, {1}).data == std::vector<double>{3, 5, 7, 15, 17, 19});
  CHECK(summed_but(t, {1, 0}).data == t.data);
  for (const std::vector<int>& bad : {std::vector{2}, {-1}, {0, 0}}) CHECK_THROWS_AS(summed_but(t, bad), UsageError);
}

TEST_CASE("bad names and unlike data are refused") {
  const ModelPoint model = small_model({4, 6, 2}, Kind::relu);
  const Inputs data{{"x", random_matrix(3, 4, "clean")}}, fewer{{"x", random_matrix(2, 4, "corrupt")}};
  const RowMetric out = entry_of("out", 0);
  CHECK_THROWS_WITH_AS(attribution_patching(model, data, data, {}, out), doctest::Contains("no names given"),
                       UsageError);
  CHECK_THROWS_WITH_AS(attribution_patching(model, data, fewer, {"x"}, out),
                       doctest::Contains("3 clean rows and 2 corrupt"), DataError);
  CHECK_THROWS_AS(attribution_patching(model, data, data, {"layers.9.post"}, out), NameError);
  CHECK_THROWS_WITH_AS(attribution_patching(model, data, data, {"layers.0.bias"}, out),
                       doctest::Contains("wanted [rows"), ShapeError);
  CHECK_THROWS_WITH_AS(attribution_patching(model, data, data, {"layers.1.pre"}, entry_of("layers.0.post", 0)),
                       doctest::Contains("does not depend on 'layers.1.pre'"), UsageError);
  CHECK_THROWS_WITH_AS(attribution_patching(transformer(), tokens(1), tokens(2), {"tokens"}, logit),
                       doctest::Contains("looked up as an index"), UsageError);
}
