// Values and gradients against PyTorch's (tests/golden/make_torch.py).
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "autodiff/einsum.h"
#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "core/npz.h"
#include "tests/largest_difference.h"

using namespace basin;

namespace {

using Arrays = std::map<std::string, Tensor<double>>;
using Make = std::function<Var(const std::vector<Var>&)>;

const Arrays& golden() {
  static const Arrays arrays = read_npz(BASIN_SOURCE_DIR "/tests/golden/torch/ops.npz");
  return arrays;
}

template <class T>
double distance(std::span<const T> got, const Tensor<double>& want) {
  return largest_difference(got, want.data, beside_one);
}

// The value of make(inputs) and the gradient of sum(cotangent * value) for all but the last `constants` inputs.
template <class T>
void check_golden(const std::string& name, const std::vector<std::string>& inputs, std::size_t constants, Make make,
                  double tolerance) {
  CAPTURE(name);
  auto stored = [&](const std::string& key) -> const Tensor<double>& { return golden().at(name + "." + key); };
  Graph g;
  std::vector<Var> vars;
  for (const auto& key : inputs) vars.push_back(g.input(key, stored(key).shape));
  const Var value = make(vars), cotangent = g.input("cotangent", value.shape());
  REQUIRE(value.shape() == stored("value").shape);
  const std::vector<Var> wrt(vars.begin(), vars.end() - std::ptrdiff_t(constants));
  const std::vector<Var> gradients = grad(sum(cotangent * value), wrt);
  std::vector<Var> fetch = gradients;
  fetch.push_back(value);
  Program<T> p(g, {.fetch = fetch});
  for (const auto& key : inputs) p.feed(key, cast<T>(stored(key)).data);
  p.feed(cotangent, cast<T>(stored("cotangent")).data);
  p.run();
  CHECK(distance(p.view(value), stored("value")) < tolerance);
  for (std::size_t i = 0; i < wrt.size(); ++i)
    CHECK_MESSAGE(distance(p.view(gradients[i]), stored("d_" + inputs[i])) < tolerance, "gradient of ", inputs[i]);
}

void check_both(const std::string& name, const std::vector<std::string>& inputs, std::size_t constants, Make make) {
  check_golden<double>(name, inputs, constants, make, 1e-13);
  check_golden<float>(name, inputs, constants, make, 2e-6);
}

Var causal_attention(Var q, Var k, Var v, Var mask) {
  Var scores = matmul(q, k, false, true) / std::sqrt(double(q.shape().back()));
  return matmul(softmax(where(mask, scores, q.graph->constant(-1e30))), v);
}

}  // namespace

TEST_CASE("dense has PyTorch's values and gradients") {
  check_both("dense", {"x", "w", "b"}, 0, [](const auto& in) { return dense(in[0], in[1], in[2]); });
}

TEST_CASE("softmax has PyTorch's values and gradients") {
  check_both("softmax", {"x"}, 0, [](const auto& in) { return softmax(in[0]); });
}

TEST_CASE("cross_entropy with whole-number labels has PyTorch's values and gradients") {
  check_both("cross_entropy", {"input", "target"}, 1, [](const auto& in) { return mean(cross_entropy(in[0], in[1])); });
}

TEST_CASE("layer_norm has PyTorch's values and gradients") {
  check_both("layer_norm", {"x"}, 0, [](const auto& in) { return layer_norm(in[0]); });
}

TEST_CASE("both forms of gelu have PyTorch's values and gradients") {
  check_both("gelu", {"input"}, 0, [](const auto& in) { return gelu(in[0]); });
  check_both("gelu_tanh", {"x"}, 0, [](const auto& in) { return gelu_tanh(in[0]); });
}

TEST_CASE("a causal attention head has PyTorch's values and gradients") {
  check_both("attention", {"q", "k", "v", "mask"}, 1,
             [](const auto& in) { return causal_attention(in[0], in[1], in[2], in[3]); });
}

TEST_CASE("elementwise ops have PyTorch's values and gradients") {
  check_both("silu", {"x"}, 0, [](const auto& in) { return silu(in[0]); });
  check_both("softplus", {"x"}, 0, [](const auto& in) { return softplus(in[0]); });
  check_both("sin", {"x"}, 0, [](const auto& in) { return sin(in[0]); });
  check_both("cos", {"x"}, 0, [](const auto& in) { return cos(in[0]); });
  check_both("abs", {"x"}, 0, [](const auto& in) { return abs(in[0]); });
  check_both("rsqrt", {"x"}, 0, [](const auto& in) { return rsqrt(in[0]); });
  check_both("maximum", {"a", "b"}, 0, [](const auto& in) { return maximum(in[0], in[1]); });
  check_both("minimum", {"a", "b"}, 0, [](const auto& in) { return minimum(in[0], in[1]); });
}

TEST_CASE("losses of rows have PyTorch's values and gradients") {
  check_both("cross_entropy_rows", {"x", "labels"}, 1, [](const auto& in) { return cross_entropy(in[0], in[1]); });
  check_both("mse_rows", {"x", "t"}, 0, [](const auto& in) { return mse(in[0], in[1]); });
}

TEST_CASE("ops along an axis have PyTorch's values and gradients") {
  check_both("log_softmax", {"x"}, 0, [](const auto& in) { return log_softmax(in[0]); });
  check_both("max", {"x"}, 0, [](const auto& in) { return max(in[0], {-2}); });
  check_both("min", {"x"}, 0, [](const auto& in) { return min(in[0], {-1}, true); });
  check_both("cumsum", {"x"}, 0, [](const auto& in) { return cumsum(in[0], -2); });
  check_both("pick", {"x", "index"}, 1, [](const auto& in) { return pick(in[0], in[1]); });
}

TEST_CASE("einsum of attention scores has PyTorch's values and gradients") {
  check_both("einsum", {"q", "k"}, 0, [](const auto& in) { return einsum("bqhd,bkhd->bhqk", in[0], in[1]); });
}
