#include "interp/jacobian/model_spectrum.h"

#include <doctest/doctest.h>

#include "autodiff/ops.h"
#include "core/lapack.h"
#include "interp/jacobian/model_jacobian.h"
#include "nn/transformer.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t rows = 36, vocabulary = 7;

// 413 parameters. A neuron whose bias is far below 0 is dead.
ModelPoint transformer(double bias = 0) {
  const Model model = nn::transformer({.d_model = 6,
                                       .n_heads = 2,
                                       .d_head = 3,
                                       .d_mlp = 10,
                                       .d_vocab = vocabulary,
                                       .d_vocab_out = vocabulary,
                                       .n_ctx = 3,
                                       .last_position = true});
  ModelPoint point{model};
  point.parameters = Parameters<double>(parameters_of(model));
  point.parameters.start(5);
  point.parameters["blocks.0.mlp.b_in"][0] += bias;
  return point;
}

Inputs pairs(std::int64_t n) {
  Inputs data{{"tokens", Tensor<double>({n, 3})}};
  for (std::int64_t i = 0; i < n; ++i)
    data["tokens"][3 * i] = double(i % 6), data["tokens"][3 * i + 1] = double(i / 6), data["tokens"][3 * i + 2] = 6;
  return data;
}

// By LAPACK alone, on all of J.
std::vector<double> plain(const ModelPoint& model, const Inputs& data) {
  return singular_values(ModelJacobian(model, data).jacobian_at(model.parameters.flat()));
}

void check_spectrum(const ModelPoint& model, const Inputs& data) {
  const std::vector<double> want = plain(model, data);
  const JacobianSpectrum got = model_spectrum(model, data);
  const RankDecision rank = decide_rank(want);
  CHECK(got.rows == rows_of(data, "test") * vocabulary);
  CHECK(got.parameters == model.parameter_count());
  REQUIRE(got.singular_values.size() == want.size());
  CHECK(largest_difference(got.singular_values, want) < 1e-10 * want[0]);
  CHECK(rank.decided());
  CHECK(got.rank.rank == rank.rank);
  CHECK(got.rank.decided());
  CHECK(got.free_directions() == model.parameter_count() - rank.rank);
}

}  // namespace

TEST_CASE("singular values and rank of a transformer's Jacobian are LAPACK's, tall or wide, with dead neurons or not") {
  check_spectrum(transformer(), pairs(rows));
  check_spectrum(transformer(), pairs(7));
  check_spectrum(transformer(-1000), pairs(rows));
  const auto free = [](double bias) { return model_spectrum(transformer(bias), pairs(rows)).free_directions(); };
  CHECK(free(-1000) == free(0) + 13 - 1);  // a dead neuron's 6 + 1 + 6 numbers, where one that fires has a scale
}

TEST_CASE("the spectrum does not depend on threads, and a network of constants has rank 0") {
  const auto values = [](int threads) {
    return model_spectrum(transformer(), pairs(rows), {.threads = threads}).singular_values;
  };
  CHECK(values(1) == values(3));
  ModelPoint constant = transformer();
  constant.trace = [trace = constant.trace](Graph& graph, std::int64_t n) {
    return Ends{trace(graph, n).output * 0.0, {}};
  };
  CHECK(model_spectrum(constant, pairs(4)).rank.rank == 0);
  CHECK(model_spectrum(constant, pairs(4)).singular_values.size() == 28);
}
