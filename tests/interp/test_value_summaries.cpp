#include "interp/sweep/value_summaries.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/ops.h"

using namespace basin;
using namespace basin::interp;

namespace {

// y = ReLU(a x) and a loss ½ |y|² for each row; a = 2.
ModelPoint scaled() {
  ModelPoint model;
  model.trace = [](Graph& graph, std::int64_t rows) {
    const Var x = graph.input("x", {rows, 2}), a = graph.input("a", {2});
    const Var y = relu(x * a);
    graph.name(y, "y");
    graph.name(0.5 * sum(square(y), {-1}), "loss");
    return Ends{y, {}};
  };
  model.parameters = parameters_from({{"a", Tensor<double>({2}, {2, 2})}});
  return model;
}

}  // namespace

TEST_CASE("values and loss gradients are summed up over all rows, whatever the chunks") {
  const Matrix x({3, 2}, {1, -1, 2, 0, 0.5, -3});  // y: 2 0, 4 0, 1 0; d loss / d y = y
  for (const std::int64_t chunk : {1, 2, 256}) {
    const auto all = value_summaries(scaled(), {{"x", x}}, {"x", "y"}, "loss", {.chunk = chunk});
    REQUIRE(all.size() == 4);
    CHECK(all[0].name == "x");
    CHECK(all[0].root_mean_square == doctest::Approx(std::sqrt((1 + 1 + 4 + 0.25 + 9) / 6)));
    CHECK(all[0].share_of_zeros == doctest::Approx(1.0 / 6));
    CHECK(all[1].shape.str() == "[3,2]");
    CHECK(all[1].root_mean_square == doctest::Approx(std::sqrt(21.0 / 6)));
    CHECK(all[1].share_of_zeros == 0.5);
    CHECK_FALSE(all[1].gradient);
    CHECK(all[2].gradient);
    CHECK(all[2].name == "x");
    CHECK(all[2].root_mean_square == doctest::Approx(2 * std::sqrt(21.0 / 6)));
    CHECK(all[3].root_mean_square == doctest::Approx(all[1].root_mean_square));
  }
  CHECK_THROWS_AS(value_summaries(scaled(), {{"x", x}}, {"z"}, "loss"), NameError);
}
