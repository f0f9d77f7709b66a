// The loss of several copies at once, which has a kernel of its own: each lane is what it is alone.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "core/rng.h"

using namespace basin;

namespace {

constexpr std::int64_t rows = 3, classes = 5;

struct Traced {
  Graph graph;
  Var logits, labels, loss, slope;
  Traced() {
    logits = graph.input("x", {rows, classes}), labels = graph.input("t", {rows});
    loss = mean(cross_entropy(logits, labels));
    slope = grad(loss, {logits})[0];
  }
  template <class T>
  Program<T> program() {
    return Program<T>(graph, {.fetch = {loss}, .flat = {slope}});
  }
};

bool same(double a, double b) { return a == b || std::abs(a - b) <= 1e-6 * (1 + std::abs(b)); }

}  // namespace

TEST_CASE_TEMPLATE("cross-entropy of lanes and its slope are those of each lane alone, infinite logits too", T, float,
                   double) {
  constexpr int lanes = Pack<T>::lanes;
  constexpr T inf = std::numeric_limits<T>::infinity();
  Traced traced;
  auto packs = traced.program<Pack<T>>();
  auto one = traced.program<T>();
  std::vector<Pack<T>> x(rows * classes), t(rows);
  Rng rng(1, "lanes");
  for (Pack<T>& logit : x)
    for (T& own : logit.lane) own = T(3 * rng.normal());
  for (Pack<T>& label : t)
    for (T& own : label.lane) own = T(rng.below(classes));
  for (std::int64_t i = 0; i < classes; ++i) x[std::size_t(i)].lane[1] = -inf;
  x[2].lane[3] = inf, x[4].lane[3] = inf, x[7].lane[4] = -inf;
  t[0].lane[2] = 1, x[1].lane[2] = 40;  // nearly certain
  packs.feed("x", x), packs.feed("t", t);
  packs.run();
  for (int l = 0; l < lanes; ++l) {
    std::vector<T> own_x, own_t;
    for (const Pack<T>& logit : x) own_x.push_back(logit.lane[l]);
    for (const Pack<T>& label : t) own_t.push_back(label.lane[l]);
    one.feed("x", own_x), one.feed("t", own_t);
    one.run();
    CAPTURE(l);
    CHECK(same(packs.view(traced.loss)[0].lane[l], one.view(traced.loss)[0]));
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(same(packs.flat()[i].lane[l], one.flat()[i]));
  }
  t[1].lane[5] = classes;
  packs.feed("t", t);
  CHECK_THROWS_WITH_AS(packs.run(), doctest::Contains("element 1 of 't' = input [3] is 5"), DataError);
}
