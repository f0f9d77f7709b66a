#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "interp/look/logit_lens.h"
#include "tests/interp/look_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t lens_rows = 5;

// The logits of a stream [places, d]: final norm with scale and shift, unembedding, by plain loops.
Tensor<double> unembedded(const ModelPoint& model, const Tensor<double>& stream) {
  const auto parameter = [&](const char* name) { return model.parameters.tensor(name); };
  const Tensor<double> w = parameter("ln_final.w"), b = parameter("ln_final.b"), W = parameter("unembed.W_U"),
                       b_U = parameter("unembed.b_U");
  const std::int64_t d = stream.cols();
  Tensor<double> logits({stream.rows(), W.cols()});
  for (std::int64_t i = 0; i < stream.rows(); ++i) {
    double mean = 0, variance = 0;
    for (const double x : stream.row(i)) mean += x / double(d);
    for (const double x : stream.row(i)) variance += (x - mean) * (x - mean) / double(d);
    for (std::int64_t c = 0; c < W.cols(); ++c) {
      logits(i, c) = b_U[c];
      for (std::int64_t k = 0; k < d; ++k)
        logits(i, c) += ((stream(i, k) - mean) / std::sqrt(variance + 1e-5) * w[k] + b[k]) * W(k, c);
    }
  }
  return logits;
}

std::vector<double> softmax_of(std::span<const double> row) {
  double sum = 0;
  for (const double x : row) sum += std::exp(x);
  std::vector<double> p;
  for (const double x : row) p.push_back(std::exp(x) / sum);
  return p;
}

// The positions that the model's logits are of.
Tensor<double> stream_of(const ModelPoint& model, const Inputs& data, const std::string& name, bool last) {
  const Tensor<double> all = value_of(model, data, name);
  if (!last || all.shape[1] == 1) return {{all.rows(), all.cols()}, all.data};
  Tensor<double> some({lens_rows, all.cols()});
  for (std::int64_t r = 0; r < lens_rows; ++r)
    std::ranges::copy(all.row(r * all.shape[1] + all.shape[1] - 1), some.row(r).begin());
  return some;
}

}  // namespace

TEST_CASE("every layer is seen through the final norm and the unembedding") {
  for (const bool last : {false, true}) {
    const ModelPoint model = two_blocks(last);
    const Inputs data = some_tokens(lens_rows, 6, last);
    const std::vector<std::string> stream = residual_stream(model);
    CHECK(stream == std::vector<std::string>{"blocks.0.hook_resid_pre", "blocks.0.hook_resid_mid",
                                             "blocks.0.hook_resid_post", "blocks.1.hook_resid_mid",
                                             "blocks.1.hook_resid_post"});
    const LogitLens lens = logit_lens(model, data, stream, {.sweep = {.chunk = 2}, .top = 2});
    const Tensor<double> own = unembedded(model, stream_of(model, data, stream.back(), last));
    REQUIRE(lens.layers.size() == stream.size());
    for (std::size_t l = 0; l < stream.size(); ++l) {
      const Tensor<double> logits = unembedded(model, stream_of(model, data, stream[l], last));
      double loss = 0, right = 0, agree = 0, kl = 0;
      std::vector<double> mass(5);
      for (std::int64_t i = 0; i < logits.rows(); ++i) {
        const auto p = softmax_of(own.row(i)), q = softmax_of(logits.row(i));
        const auto label = std::size_t(data.at("t")[i]), said = std::size_t(std::ranges::max_element(q) - q.begin());
        loss -= std::log(q[label]), right += said == label;
        agree += said == std::size_t(std::ranges::max_element(p) - p.begin());
        for (std::size_t c = 0; c < 5; ++c) kl += p[c] * std::log(p[c] / q[c]), mass[c] += q[c];
      }
      const double n = double(logits.rows());
      const LensLayer& layer = lens.layers[l];
      CHECK(layer.loss == doctest::Approx(loss / n).epsilon(1e-10));
      CHECK(layer.accuracy == right / n);
      CHECK(layer.agreement == agree / n);
      CHECK(layer.kl == doctest::Approx(kl / n).epsilon(1e-9));
      REQUIRE(layer.top.size() == 2);
      CHECK(layer.top[0].token == std::ranges::max_element(mass) - mass.begin());
      CHECK(layer.top[0].probability == doctest::Approx(*std::ranges::max_element(mass) / n));
      CHECK(layer.top[1].probability <= layer.top[0].probability);
    }
    CHECK(lens.residual < 1e-13);
    CHECK(lens.layers.back().kl < 1e-14);
    CHECK(lens.layers[0].kl > 1e-3);
  }
}

TEST_CASE("the same bits for any number of threads") {
  const ModelPoint model = two_blocks();
  const Inputs data = some_tokens(50, 6);
  const auto numbers = [&](int threads) {
    std::vector<double> all;
    for (const LensLayer& l :
         logit_lens(model, data, residual_stream(model), {.sweep = {.chunk = 4, .threads = threads}}).layers)
      all.insert(all.end(), {l.loss, l.accuracy, l.kl, l.top[0].probability});
    return all;
  };
  CHECK(numbers(2) == numbers(1));
  CHECK(numbers(3) == numbers(1));
}

TEST_CASE("lenses that cannot be are refused") {
  const Inputs data = some_tokens(lens_rows, 6);
  CHECK_THROWS_AS(logit_lens(two_blocks(), data, {"blocks.0.hook_resid_pre"}), UsageError);
  CHECK_THROWS_AS(logit_lens(two_blocks(), data, {"blocks.0.hook_resid_pre", "blocks.1.mlp.hook_post"}), ShapeError);
  CHECK_THROWS_AS(logit_lens(two_blocks(), data, {"blocks.0.hook_resid_pre", "blocks.2.hook_resid_pre"}), NameError);
  CHECK_THROWS_AS(residual_stream(small_mlp()), UsageError);
}
