#include <doctest/doctest.h>

#include <memory>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "tests/count_allocations.h"

using namespace basin;
using basin::testing::AllocationCounter;

namespace {

Var some_of_everything(Var x, Var labels) {  // x [6,4]
  Var heads = permute(reshape(x, {6, 2, 2}), {-2, -3, -1});
  Var scores = softmax(matmul(heads, heads, false, true));
  Var mixed = sum(matmul(scores, heads), {-3});
  Var table = take_rows(concat({x, pad(mixed, -1, 1, 1)}, -2), labels);
  Var y = gelu(layer_norm(table)) + where(step(x), exp(tanh(x)), reshape(log_sum_exp(x), {6, 1}));
  return mean(cross_entropy(slice(y, -1, 0, 3), labels) + mse(y, sigmoid(y)));
}

}  // namespace

TEST_CASE("the counter counts") {
  AllocationCounter counter;
  auto p = std::make_unique<double[]>(100);
  CHECK(counter.stop() == 1);
}

TEST_CASE_TEMPLATE("a run allocates nothing, in its first call too", T, double, Pack<double>, Pack<float>) {
  for (bool fuse : {true, false})
    for (Memory memory : {Memory::keep, Memory::reuse}) {
      Graph g;
      Var x = g.input("x", {6, 4}), labels = g.input("labels", {6});
      Var loss = some_of_everything(x, labels), gradient = grad(loss, {x})[0];
      Var product = hvp(loss, {x}, {g.input("direction", {6, 4})})[0];
      Program<T> p(g, {.fetch = {loss, product}, .flat = {gradient}, .memory = memory, .fuse = fuse});
      for (std::int64_t i = 0; T & v : p.input("x")) v = ScalarOf<T>(0.1 * double(++i % 7) - 0.3);
      for (std::int64_t i = 0; T & v : p.input("labels")) v = ScalarOf<T>(++i % 3);
      const std::vector<T> direction(24, T(1));
      AllocationCounter counter;
      p.feed(g["direction"], std::span<const T>(direction));
      p.run();
      const T last = p.scalar(loss);
      const bool finite = scalars(&last)[lanes_of<T> - 1] > 0 && p.flat().size() == 24;
      p.require_finite();
      CHECK(counter.stop() == 0);
      CHECK(finite);
    }
}
