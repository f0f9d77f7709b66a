#include <doctest/doctest.h>

#include <functional>

#include "autodiff/ops.h"
#include "interp/look/interventions.h"
#include "interp/look/site_ablation.h"
#include "tests/interp/look_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t rows = 6;
const std::string post = "layers.0.post", second = "layers.1.post", output = "layers.2.pre";

Intervention one(const std::string& site, Put put) { return {.label = "test", .site = site_from(site), .put = put}; }

Tensor<double> outputs(const Intervened& with, const std::string& name = output) {
  return value_of(with.model, with.data, name);
}

// layers.1.pre by plain loops over its weight [in, out].
Tensor<double> next_layer(const ModelPoint& model, const Tensor<double>& x, std::int64_t layer) {
  const std::string at = "layers." + std::to_string(layer);
  const Tensor<double> W = model.parameters.tensor(at + ".weight"), b = model.parameters.tensor(at + ".bias");
  Tensor<double> y({x.rows(), W.cols()});
  for (std::int64_t r = 0; r < x.rows(); ++r)
    for (std::int64_t j = 0; j < W.cols(); ++j) {
      y(r, j) = b[j];
      for (std::int64_t i = 0; i < W.rows(); ++i) y(r, j) += x(r, i) * W(i, j);
    }
  return y;
}

void check_close(const Tensor<double>& a, const Tensor<double>& b) {
  REQUIRE(a.shape == b.shape);
  for (std::int64_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-12));
}

}  // namespace

TEST_CASE("each kind puts in what it says") {
  const ModelPoint model = small_mlp();
  const Inputs data = some_rows(rows, 4), other = some_rows(rows, 9);
  const Tensor<double> before = value_of(model, data, post), there = value_of(model, other, post);
  const std::vector<std::int64_t> places = other_rows(rows, 7, 0);
  double mean = 0;
  for (std::int64_t r = 0; r < rows; ++r) mean += before(r, 1) / rows;
  const auto check = [&](Intervention i, const std::function<double(std::int64_t row)>& wanted) {
    Tensor<double> given = before;
    for (std::int64_t r = 0; r < rows; ++r) given(r, 1) = wanted(r);
    const Intervened with = with_interventions(model, data, {i}, &other);
    check_close(outputs(with, post), given);
    check_close(outputs(with), value_behind(model, data, post, given, output));
  };
  Intervention i = one(post + "[1]", Put::zero);
  check(i, [](std::int64_t) { return 0; });
  i.put = Put::mean, check(i, [&](std::int64_t) { return mean; });
  i.put = Put::patch, check(i, [&](std::int64_t r) { return there(r, 1); });
  i.put = Put::resample, i.seed = 7, check(i, [&](std::int64_t r) { return before(places[std::size_t(r)], 1); });
  i.put = Put::scale, i.factor = -2, check(i, [&](std::int64_t r) { return -2 * before(r, 1); });
  i.put = Put::numbers, i.numbers = Tensor<double>({}, 3), check(i, [](std::int64_t) { return 3; });
  i.numbers = Tensor<double>({6}, {0, 4, 0, 0, 0, 0}), check(i, [](std::int64_t) { return 4; });
  i.put = Put::add, i.factor = 0.5, check(i, [&](std::int64_t r) { return before(r, 1) + 2; });
}

TEST_CASE("numbers of a region lie in it in order") {
  const ModelPoint model = two_blocks();
  const Inputs data = some_tokens(rows, 3);
  Intervention i = one("hook_embed[1:3,4:]", Put::numbers);
  i.numbers = Tensor<double>({2, 2}, {1, 2, 3, 4});
  const Tensor<double> before = value_of(model, data, "hook_embed");
  const Tensor<double> after = outputs(with_interventions(model, data, {i}), "hook_embed");
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t p = 0; p < 4; ++p)
      for (std::int64_t d = 0; d < 6; ++d) {
        const bool inside = (p == 1 || p == 2) && d >= 4;
        CHECK(after[(r * 4 + p) * 6 + d] == (inside ? double(2 * (p - 1) + d - 3) : before[(r * 4 + p) * 6 + d]));
      }
}

TEST_CASE("an intervention behind another one sees what that did, in any order of the list") {
  const ModelPoint model = small_mlp();
  const Inputs data = some_rows(rows, 4);
  Intervention first = one(post + "[0]", Put::zero), last = one(second, Put::scale);
  last.factor = 3;
  Tensor<double> x = value_of(model, data, post);
  for (std::int64_t r = 0; r < rows; ++r) x(r, 0) = 0;
  x = next_layer(model, x, 1);
  for (double& v : x.data) v = v > 0 ? 3 * v : 0;
  const Tensor<double> wanted = next_layer(model, x, 2);
  check_close(outputs(with_interventions(model, data, {first, last})), wanted);
  check_close(outputs(with_interventions(model, data, {last, first})), wanted);
  Intervention twice = one(post + "[0:2]", Put::numbers);  // at one value: in the order given
  twice.numbers = Tensor<double>({}, 5);
  CHECK(outputs(with_interventions(model, data, {first, twice}), post)(0, 0) == 5);
  CHECK(outputs(with_interventions(model, data, {twice, first}), post)(0, 0) == 0);
}

TEST_CASE("a model with interventions is a model: it is patched, and interventions on it come on top") {
  const ModelPoint model = small_mlp();
  const Inputs data = some_rows(rows, 4), other = some_rows(rows, 9);
  const Intervened with = with_interventions(model, data, {one(post + "[0]", Put::zero)});
  const Patching p = patching(with.model, {other, with.data}, {site_from(second + "[1]")}, metric_from("logit:1"));
  Tensor<double> here = value_of(model, data, post), there = value_of(model, other, post);
  for (std::int64_t r = 0; r < rows; ++r) here(r, 0) = there(r, 0) = 0;
  Tensor<double> given = value_behind(model, data, post, here, second);
  const Tensor<double> source = value_behind(model, other, post, there, second);
  for (std::int64_t r = 0; r < rows; ++r) given(r, 1) = source(r, 1);
  const Tensor<double> logits = value_behind(model, data, second, given, output);
  double sum = 0;
  for (std::int64_t r = 0; r < rows; ++r) sum += logits(r, 1);
  CHECK(p.effects[0].metric.mean == doctest::Approx(sum / rows).epsilon(1e-12));
  const Intervened more = with_interventions(with.model, with.data, {one(post + "[1]", Put::resample)});
  CHECK(outputs(more, post)(2, 0) == 0);
  CHECK(outputs(more, post)(2, 1) == value_of(model, data, post)(other_rows(rows, 0, 0)[2], 1));
}

TEST_CASE("looks do not influence one another, and the model stays as it was") {
  const ModelPoint model = two_blocks();
  const Inputs data = some_tokens(rows, 3);
  const Tensor<double> before = value_of(model, data, "logits");
  const auto a = [&] { return outputs(with_interventions(model, data, {one("hook_embed", Put::resample)}), "logits"); };
  const auto b = [&] { return outputs(with_interventions(model, data, {one("hook_embed", Put::mean)}), "logits"); };
  const auto a1 = a().data, b1 = b().data, b2 = b().data, a2 = a().data;
  CHECK(a1 == a2);
  CHECK(b1 == b2);
  CHECK(a1 != b1);
  CHECK(value_of(model, data, "logits").data == before.data);
  const Intervened none = with_interventions(model, data, {});
  CHECK(outputs(none, "logits").data == before.data);
  CHECK(parameters_of(none.model).size() == parameters_of(model).size());
  for (std::size_t i = 0; i < parameters_of(model).size(); ++i)
    CHECK(parameters_of(none.model)[i].name == parameters_of(model)[i].name);
}

TEST_CASE("interventions that cannot be are refused") {
  const ModelPoint model = small_mlp();
  const Inputs data = some_rows(rows, 4), few = some_rows(2, 4);
  const auto with = [&](Intervention i, const Inputs* source = nullptr) {
    return with_interventions(model, data, {i}, source);
  };
  CHECK_THROWS_AS(with(one("layers.0.pots", Put::zero)), NameError);
  CHECK_THROWS_WITH_AS(with(one("loss", Put::patch)), doctest::Contains("other data"), DataError);
  CHECK_THROWS_AS(with(one(post, Put::patch), &few), DataError);
  Intervention i = one(post + "[1:4]", Put::numbers);
  i.numbers = Tensor<double>({2}, {1, 2});
  CHECK_THROWS_WITH_AS(with(i), doctest::Contains("wanted one, or [3] as the region layers.0.post[1:4]"), ShapeError);
  CHECK_THROWS_AS(with(one("layers.0.weight", Put::zero)), ShapeError);
  ModelPoint aside = model;
  aside.trace = [trace = model.trace](Graph& graph, std::int64_t n) {
    const Ends ends = trace(graph, n);
    graph.name(sum(graph["x"], {-1}), "aside");
    return ends;
  };
  CHECK_THROWS_WITH_AS(with_interventions(aside, data, {one("aside", Put::zero)}),
                       doctest::Contains("neither output nor loss depends on 'aside'"), NameError);
  CHECK_THROWS_AS(with_interventions(model, some_rows(1, 4), {one(post, Put::resample)}), UsageError);
  CHECK_THROWS_AS(put_from("noise"), UsageError);
  for (const char* name : {"zero", "mean", "resample", "patch", "numbers", "scale", "add"})
    CHECK(name_of(put_from(name)) == name);
}
