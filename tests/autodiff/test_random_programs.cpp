// Random graphs: however a program is planned (fused or not, sharing memory or not, with inner values fed, with values
// fetched apart or into one flat vector), its numbers are the same.
#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "tests/largest_difference.h"

using namespace basin;
using Numbers = std::vector<double>;

namespace {

// Values of one shape, [rows, cols] with lengths 1 to 4, a third of them square; beside them values that broadcast
// against it. Sums go along both axes, constants are not all 1, and logits meet two sets of labels: what a fusion must
// tell apart.
class RandomGraph {
 public:
  explicit RandomGraph(std::uint64_t seed)
      : random_(seed), rows_(1 + pick(4)), cols_(seed % 3 == 0 ? rows_ : 1 + pick(4)), shape_{rows_, cols_} {
    for (const char* name : {"labels", "other labels"}) labels_.push_back(g.input(name, {rows_}));
    for (const Shape& thin : {Shape{cols_}, Shape{1, cols_}, Shape{rows_, 1}, Shape{1, 1}, Shape{}})
      thin_.push_back(input(thin));
    for (int i = 0; i < 2; ++i) pool_.push_back(input(shape_));
    pool_.push_back(layer(any()));
    const int steps = 4 + pick(12);
    for (int i = 0; i < steps; ++i) pool_.push_back(grow());
    set_outputs();
  }

  int pick(int n) { return int(random_() % std::uint64_t(n)); }
  Var any() { return pool_[pick(int(pool_.size()))]; }
  Var thin() { return thin_[pick(int(thin_.size()))]; }

  // The numbers of `outputs`, some of them through the flat vector; `fed` are inner values with their numbers.
  Numbers run(ProgramSpec spec, std::size_t n_flat, const std::vector<Tensor<double>>& fed = {}) {
    spec.flat.assign(outputs.begin(), outputs.begin() + std::ptrdiff_t(n_flat));
    spec.fetch.assign(outputs.begin() + std::ptrdiff_t(n_flat), outputs.end());
    Program<double> p(g, spec);
    for (std::size_t i = 0; i < fed.size(); ++i) p.feed(spec.feed[i], fed[i].data);
    for (Var v : inputs_)
      if (p.has(v))
        for (std::int64_t i = 0; double& x : p.input(v)) x = std::sin(double(++i) * 1.3 + v.id);
    for (std::int64_t k = 0; Var v : labels_) {
      if (p.has(v))
        for (std::int64_t i = 0; double& x : p.input(v)) x = double((2 * ++i + k) % cols_);
      ++k;
    }
    p.run(), p.run();
    Numbers all(p.flat().begin(), p.flat().end());
    for (Var v : spec.fetch) all.insert(all.end(), p.view(v).begin(), p.view(v).end());
    return all;
  }

  Graph g;
  Var loss;
  std::vector<Var> outputs;

 private:
  void set_outputs() {
    const Var logits = any(), last = pool_.back();
    loss = mean(mse(any(), last)) + mean(square(last));
    const int own = pick(2);
    loss = loss + 0.1 * mean(cross_entropy(logits, labels_[own]));
    switch (pick(4)) {
      case 0: loss = loss + 0.2 * mean(cross_entropy(logits, labels_[pick(2)])); break;
      case 1: loss = loss + sum(mean(any(), {-1}) * cross_entropy(logits, labels_[pick(2)])); break;
      case 2: loss = loss + 0.3 * sum(mse(logits, last)) + mean(square(mse(logits, any()))); break;
      default: break;
    }
    std::vector<Var> wrt = params_;
    wrt.push_back(any()), wrt.push_back(thin());
    // First the slope of a loss whose value is not computed, beside that of a loss with other labels.
    outputs = grad(mean(cross_entropy(logits, labels_[1 - own])), wrt);
    for (Var v : grad(loss, wrt)) outputs.push_back(v);
    for (std::int64_t seeds : {1, 2}) {
      const auto more = vjp({last}, {input({seeds, rows_, cols_})}, wrt);
      outputs.insert(outputs.end(), more.begin(), more.end());
    }
    outputs.push_back(jvp({loss}, {params_[0]}, {input(params_[0].shape())})[0]);
    outputs.push_back(loss);
    for (int i = 0; i < 2; ++i) outputs.push_back(any());
  }
  Var input(const Shape& shape) {
    inputs_.push_back(g.anonymous_input(shape));
    return inputs_.back();
  }
  Var parameter(const Shape& shape) {
    params_.push_back(input(shape));
    return params_.back();
  }
  Var layer(Var x) {
    const Var pre = dense(x, parameter({cols_, cols_}), parameter({cols_}));
    switch (pick(4)) {
      case 0: return tanh(pre);
      case 1: return relu(pre);
      case 2: return sigmoid(pre);
      default: return pre;
    }
  }
  // What the backward pass of an activation or of mse looks like, or nearly.
  Var slope(Var ct, Var y) {
    constexpr double constants[] = {1, 1, 2, -0.5};
    switch (pick(4)) {
      case 0: return ct * step(y);
      case 1: return ct * (constants[pick(4)] - square(tanh(y)));
      case 2: return ct * (1.0 - square(tanh(y)));
      default: return thin() * (ct - y);
    }
  }
  // Ops of one or two values, kept small.
  Var plain(Var x, Var y) {
    switch (pick(12)) {
      case 0: return silu(x);
      case 1: return softplus(x);
      case 2: return sin(x) + cos(y);
      case 3: return abs(x) + sign(y) * x;
      case 4: return rsqrt(1.0 + square(x));
      case 5: return maximum(x, y);
      case 6: return minimum(x, thin());
      case 7: return greater(x, y) * y;
      case 8: return 0.5 * cumsum(x, -1 - pick(2));
      case 9: return 0.2 * log_softmax(x) * exp(tanh(y));
      case 10: return max(x, {-1 - pick(2)}, true) * tanh(y);
      default: return x + place(basin::pick(y, labels_[0]), labels_[1], cols_) * stop_gradient(x);
    }
  }
  Var grow() {
    const Var x = any(), y = any();
    switch (pick(17)) {
      case 12:
      case 13:
      case 14:
      case 15: return plain(x, y);
      case 0:
      case 1: return layer(x);
      case 2: return slope(x, y);
      case 3: return slope(thin(), y);
      case 4: return slope(x, thin()) + 0.1 * y;
      case 5:
      case 6: {
        const Var z = slope(x, y);
        return 0.5 * z + 0.1 * sum(z, {-1 - pick(2)}, true);
      }
      case 7: return relu(x) + y;
      case 8: return softmax(x) * sum(y, {-2}, true);
      case 9: return reshape(tanh(reshape(x, {rows_ * cols_})), shape_);
      case 10: return x + reshape(transpose(reshape(tanh(y), {cols_, rows_})), shape_);
      case 11: return layer_norm(x, 0.1) * parameter({cols_});
      default: return 0.5 * (x - y);
    }
  }

  std::mt19937_64 random_;
  std::int64_t rows_, cols_;
  Shape shape_;
  std::vector<Var> labels_, pool_, thin_, params_, inputs_;
};

void check_equal(const Numbers& got, const Numbers& want) { CHECK(largest_difference(got, want, beside_one) < 1e-11); }

}  // namespace

TEST_CASE("a program's numbers do not depend on how it is planned") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    RandomGraph r(seed);
    const Numbers plain = r.run({.fetch = {}, .fuse = false}, 0);
    for (double v : plain) REQUIRE(std::isfinite(v));
    for (bool fuse : {true, false})
      for (Memory memory : {Memory::keep, Memory::reuse, Memory::automatic})
        for (std::size_t n_flat : {std::size_t(0), r.outputs.size() / 2, r.outputs.size()})
          check_equal(r.run({.fetch = {}, .memory = memory, .fuse = fuse}, n_flat), plain);
  }
}

TEST_CASE("feeding inner values with their own numbers changes nothing, however a program is planned") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    RandomGraph r(seed);
    const Numbers plain = r.run({.fetch = {}, .fuse = false}, 0);
    const Var inner = r.outputs.back();
    const Tensor<double> numbers(inner.shape(), Numbers(plain.end() - inner.shape().numel(), plain.end()));
    for (bool fuse : {true, false})
      for (Memory memory : {Memory::keep, Memory::reuse, Memory::automatic})
        check_equal(r.run({.fetch = {}, .feed = {inner}, .memory = memory, .fuse = fuse}, 3, {numbers}), plain);
  }
}
