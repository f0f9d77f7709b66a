// Random graphs: however a program is planned (fused or not, sharing memory or not, with inner values fed, with values
// fetched apart or into one flat vector), its numbers are the same.
#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;
using Numbers = std::vector<double>;

namespace {

class RandomGraph {
 public:
  explicit RandomGraph(std::uint64_t seed) : random_(seed) {
    labels_ = g.input("labels", {4});
    for (int i = 0; i < 2; ++i) pool_.push_back(input({4, 3}));
    const int steps = 4 + pick(12);
    for (int i = 0; i < steps; ++i) pool_.push_back(grow());
    loss = mse(any(), pool_.back()) + 0.1 * cross_entropy(any(), labels_) + mean(square(pool_.back()));
    std::vector<Var> wrt = params_;
    wrt.push_back(any());
    outputs = grad(loss, wrt);
    for (std::int64_t seeds : {1, 2}) {
      const auto more = vjp({pool_.back()}, {input({seeds, 4, 3})}, wrt);
      outputs.insert(outputs.end(), more.begin(), more.end());
    }
    outputs.push_back(jvp({loss}, {params_[0]}, {input(params_[0].shape())})[0]);
    outputs.push_back(loss);
    for (int i = 0; i < 2; ++i) outputs.push_back(any());
  }

  int pick(int n) { return int(random_() % std::uint64_t(n)); }
  Var any() { return pool_[pick(int(pool_.size()))]; }

  // The numbers of `outputs`, some of them through the flat vector; `fed` are inner values with their numbers.
  Numbers run(ProgramSpec spec, std::size_t n_flat, const std::vector<Tensor<double>>& fed = {}) {
    spec.flat.assign(outputs.begin(), outputs.begin() + std::ptrdiff_t(n_flat));
    spec.fetch.assign(outputs.begin() + std::ptrdiff_t(n_flat), outputs.end());
    Program<double> p(g, spec);
    for (std::size_t i = 0; i < fed.size(); ++i) p.feed(spec.feed[i], fed[i].data);
    for (Var v : inputs_)
      if (p.has(v))
        for (std::int64_t i = 0; double& x : p.input(v)) x = std::sin(double(++i) * 1.3 + v.id);
    if (p.has(labels_)) p.feed(labels_, Numbers{2, 0, 1, 1});
    p.run(), p.run();
    Numbers all(p.flat().begin(), p.flat().end());
    for (Var v : spec.fetch) all.insert(all.end(), p.view(v).begin(), p.view(v).end());
    return all;
  }

  Graph g;
  Var loss;
  std::vector<Var> outputs;

 private:
  Var input(const Shape& shape) {
    inputs_.push_back(g.anonymous_input(shape));
    return inputs_.back();
  }
  Var parameter(const Shape& shape) {
    params_.push_back(input(shape));
    return params_.back();
  }
  Var grow() {
    const Var x = any(), y = any();
    switch (params_.empty() ? 0 : pick(13)) {
      case 0: return tanh(dense(x, parameter({3, 3}), parameter({3})));
      case 1: return relu(dense(x, parameter({3, 3}), parameter({3})));
      case 2: return sigmoid(dense(x, parameter({3, 3}), parameter({3})));
      case 3: return dense(x, parameter({3, 3}), parameter({3}));
      case 4: return x * step(y);
      case 5: return x * (1.0 - square(y));
      case 6: return tanh(x);
      case 7: return relu(x) + y;
      case 8: return softmax(x) * sum(y, {-2}, true);
      case 9: return reshape(tanh(reshape(x, {2, 6})), {4, 3});
      case 10: return x + reshape(permute(reshape(y, {2, 2, 3}), {-2, -3, -1}), {4, 3});
      case 11: return layer_norm(x) * parameter({3});
      default: return 0.5 * (x - y);
    }
  }

  std::mt19937_64 random_;
  Var labels_;
  std::vector<Var> pool_, params_, inputs_;
};

void check_equal(const Numbers& got, const Numbers& want) {
  REQUIRE(got.size() == want.size());
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, std::abs(got[i] - want[i]) / (1 + std::abs(want[i])));
  CHECK(worst < 1e-11);
}

}  // namespace

TEST_CASE("a program's numbers do not depend on how it is planned") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    RandomGraph r(seed);
    const Numbers plain = r.run({.fetch = {}, .fuse = false}, 0);
    for (double v : plain) REQUIRE(std::isfinite(v));
    for (bool fuse : {true, false})
      for (bool reuse : {true, false})
        for (std::size_t n_flat : {std::size_t(0), r.outputs.size() / 2, r.outputs.size()})
          check_equal(r.run({.fetch = {}, .reuse_memory = reuse, .fuse = fuse}, n_flat), plain);
  }
}

TEST_CASE("feeding inner values with their own numbers changes nothing, however a program is planned") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    RandomGraph r(seed);
    const Numbers plain = r.run({.fetch = {}, .fuse = false}, 0);
    const Var inner = r.outputs.back();
    const Tensor<double> numbers(inner.shape(), Numbers(plain.end() - inner.shape().numel(), plain.end()));
    for (bool fuse : {true, false})
      for (bool reuse : {true, false})
        check_equal(r.run({.fetch = {}, .feed = {inner}, .reuse_memory = reuse, .fuse = fuse}, 3, {numbers}), plain);
  }
}
