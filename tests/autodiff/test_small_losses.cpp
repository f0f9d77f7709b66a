// Losses of labels that are nearly certain: the terms of the other classes are far below an ulp of the largest, and yet
// they are the loss and its gradient. Float against double, double against long double.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

constexpr std::int64_t class_count = 113, label = 40;

// The label's logit stands `gap` above the others, which spread by 3; all differences are exact in float.
std::vector<double> logits(double gap) {
  std::vector<double> x(class_count);
  for (std::int64_t i = 0; i < class_count; ++i)
    x[std::size_t(i)] = i == label ? 2.5 : 2.5 - gap - double(i * i % 13) / 4;
  return x;
}

struct Exact {
  long double loss = 0;
  std::vector<long double> slope = std::vector<long double>(class_count);
};
Exact exact(const std::vector<double>& x) {
  Exact e;
  long double others = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (i != std::size_t(label)) others += e.slope[i] = std::exp((long double)x[i] - x[label]);
  for (long double& s : e.slope) s /= 1 + others;
  e.slope[label] = -others / (1 + others);
  e.loss = std::log1p(others);
  return e;
}

template <class T>
void check_relative(T got, long double want) {
  CHECK(std::abs((long double)got / want - 1) < 8 * std::numeric_limits<T>::epsilon());
}

template <class T>
struct Row {
  Graph g;
  Var x = g.input("x", {1, class_count}), t = g.input("t", {1});
  std::vector<T> run(const std::vector<double>& at, Var y, bool fuse = true) {
    Program<T> p(g, {.fetch = {y}, .fuse = fuse});
    std::ranges::copy(at, p.input(x).begin());
    if (p.has(t)) p.input(t)[0] = T(label);
    p.run();
    return {p.view(y).begin(), p.view(y).end()};
  }
};

}  // namespace

TEST_CASE_TEMPLATE("the cross-entropy of a nearly certain label is exact, and so is its gradient", T, float, double) {
  for (double gap = 5; gap <= 30; gap += 2.5)
    for (bool fuse : {true, false}) {
      CAPTURE(gap);
      CAPTURE(fuse);
      const std::vector<double> x = logits(gap);
      const Exact e = exact(x);
      Row<T> row;
      const Var loss = mean(cross_entropy(row.x, row.t)), slope = grad(loss, {row.x})[0];
      check_relative(row.run(x, loss, fuse)[0], e.loss);
      const std::vector<T> got = row.run(x, slope, fuse);
      for (std::size_t i = 0; i < got.size(); ++i) check_relative(got[i], e.slope[i]);
      Program<T> both(row.g, {.fetch = {loss, slope}, .fuse = fuse});
      std::ranges::copy(x, both.input(row.x).begin());
      both.input(row.t)[0] = T(label);
      both.run();
      CHECK(both.scalar(loss) == row.run(x, loss)[0]);  // to the bit, in one pass with the slope and without
      CHECK(std::ranges::equal(both.view(slope), got));
    }
}

TEST_CASE_TEMPLATE("log-softmax and log-sum-exp keep what is small beside the largest", T, float, double) {
  for (double gap = 5; gap <= 30; gap += 2.5) {
    CAPTURE(gap);
    std::vector<double> x = logits(gap);
    const long double loss = exact(x).loss;
    Row<T> row;
    check_relative(row.run(x, log_softmax(row.x))[label], -loss);
    for (double& v : x) v -= 2.5;  // else the largest logit hides the rest
    check_relative(row.run(x, log_sum_exp(row.x))[0], loss);
  }
}

TEST_CASE_TEMPLATE("a label that shares the top, or is below it, has the loss of its share", T, float, double) {
  Row<T> row;
  std::vector<double> x = logits(20);
  x[7] = x[label];
  const Var loss = cross_entropy(row.x, row.t), slope = grad(sum(loss), {row.x})[0];
  check_relative(row.run(x, loss)[0], exact(x).loss);
  check_relative(row.run(x, slope)[label], exact(x).slope[label]);
  x[7] += 12;
  check_relative(row.run(x, loss)[0], exact(x).loss);
  check_relative(row.run(x, slope)[label], exact(x).slope[label]);
}
