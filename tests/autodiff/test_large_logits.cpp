// softmax, its logarithm, log-sum-exp and cross-entropy where exp alone would overflow or vanish, and where logits are
// infinite: values and two derivatives against closed forms that need no shift, p_i = 1 / sum_j exp(x_j - x_i).
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

using Row = std::vector<double>;
constexpr double inf = std::numeric_limits<double>::infinity();

struct Expected {  // of one row x, with cotangent w and direction d
  Row p, softmax_slope, softmax_product, lse_product;
  double lse;
};

double dot(const Row& a, const Row& b) {
  double total = 0;
  for (std::size_t i = 0; i < a.size(); ++i) total += a[i] * b[i];
  return total;
}

Expected expected(const Row& x, const Row& w, const Row& d) {
  Expected e{Row(x.size()), Row(x.size()), Row(x.size()), Row(x.size()), 0};
  std::size_t largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double inverse = 0;
    for (double other : x) inverse += std::exp(other - x[i]);
    e.p[i] = 1 / inverse;
    if (x[i] > x[largest]) largest = i;
  }
  e.lse = x[largest] - std::log(e.p[largest]);
  const double wp = dot(w, e.p), dp = dot(d, e.p);
  for (std::size_t i = 0; i < x.size(); ++i) e.lse_product[i] = e.p[i] * (d[i] - dp);
  const double change = dot(w, e.lse_product);
  for (std::size_t i = 0; i < x.size(); ++i) {
    e.softmax_slope[i] = e.p[i] * (w[i] - wp);
    e.softmax_product[i] = e.lse_product[i] * (w[i] - wp) - e.p[i] * change;
  }
  return e;
}

const std::vector<Row> large_rows{{1000, 999, 998.5, -1000}, {-1000, -1001, -1003, -999.5}, {1000, -1000, 0, 0.25},
                                  {89, 88.5, 88.75, 3},      {-104, -105, -103, -110},      {1e30, -1e30, 1e30, 7},
                                  {720, 718, 0.5, -745},     {0.5, -0.25, 1.5, 0},          {1000, 1000, 1000, 1000}};
const Row w{0.5, -1.25, 2, 0.75}, d{1, 0.5, -1.5, 0.25};

template <class T>
struct OneRow {
  Graph g;
  Var x = g.input("x", {4}), weights = g.input("w", {4}), direction = g.input("d", {4}), label = g.input("label", {});

  // The value of `make(x)`, the gradient of sum(w * value) and its Hessian along d, each as one row.
  std::array<Row, 3> run(const Row& at, Var y, double label_value = 0, bool fuse = true) {
    const Var f = y.shape().rank() ? sum(weights * y) : y;
    const Var slope = grad(f, {x})[0], product = hvp(f, {x}, {direction})[0];
    Program<T> p(g, {.fetch = {y, slope, product}, .fuse = fuse});
    auto feed = [&](Var v, const Row& from) {
      if (p.has(v)) std::copy(from.begin(), from.end(), p.input(v).begin());
    };
    feed(x, at), feed(weights, w), feed(direction, d), feed(label, {label_value});
    p.run();
    auto row = [&](Var v) { return Row(p.view(v).begin(), p.view(v).end()); };
    return {row(y), row(slope), row(product)};
  }
};

template <class T>
void check_close(const Row& got, const Row& want) {
  REQUIRE(got.size() == want.size());
  const double tolerance = sizeof(T) == 4 ? 2e-6 : 1e-14;
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK_MESSAGE((got[i] == want[i] || std::abs(got[i] - want[i]) <= tolerance * (1 + std::abs(want[i]))), got[i],
                  " wanted ", want[i], " at ", i);
}

bool finite(const Row& row) {
  return std::all_of(row.begin(), row.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

TEST_CASE_TEMPLATE("softmax of large and mixed logits", T, float, double) {
  for (const Row& row : large_rows) {
    CAPTURE(row[0]);
    OneRow<T> one;
    const Expected e = expected(row, w, d);
    const auto [value, slope, product] = one.run(row, softmax(one.x));
    check_close<T>(value, e.p), check_close<T>(slope, e.softmax_slope), check_close<T>(product, e.softmax_product);
  }
}

TEST_CASE_TEMPLATE("log-softmax of large and mixed logits", T, float, double) {
  const double total = w[0] + w[1] + w[2] + w[3];
  for (const Row& row : large_rows) {
    CAPTURE(row[0]);
    OneRow<T> one;
    const Expected e = expected(row, w, d);
    Row log_p(4), want(4), second(4);
    for (std::size_t i = 0; i < 4; ++i) {
      log_p[i] = e.p[i] > 1e-300 ? std::log(e.p[i]) : row[i] - e.lse;
      want[i] = w[i] - total * e.p[i];
      second[i] = -total * e.lse_product[i];
    }
    const auto [value, slope, product] = one.run(row, log_softmax(one.x));
    check_close<T>(value, log_p), check_close<T>(slope, want), check_close<T>(product, second);
  }
}

TEST_CASE_TEMPLATE("log-softmax of infinite logits is the logarithm of softmax", T, float, double) {
  for (const auto& [row, p] :
       {std::pair{Row{-inf, -inf, -inf, -inf}, Row{0, 0, 0, 0}},
        std::pair{Row{-inf, 1000, -inf, 1000}, Row{0, 0.5, 0, 0.5}},
        std::pair{Row{3, inf, -inf, 1e30}, Row{0, 1, 0, 0}}, std::pair{Row{inf, 2, inf, -1000}, Row{0.5, 0, 0.5, 0}}}) {
    OneRow<T> one;
    const auto [value, slope, product] = one.run(row, log_softmax(one.x));
    const double total = w[0] + w[1] + w[2] + w[3];
    for (std::size_t i = 0; i < 4; ++i) {
      check_close<T>({value[i]}, {std::log(p[i])});
      CHECK(slope[i] == doctest::Approx(w[i] - total * p[i]));
    }
    CHECK(finite(product));
  }
  OneRow<T> one;
  const Row mixed = one.run({0, std::numeric_limits<double>::quiet_NaN(), 1, -inf}, log_softmax(one.x))[0];
  for (double v : mixed) CHECK(std::isnan(v));
}

TEST_CASE_TEMPLATE("log-sum-exp of large and mixed logits", T, float, double) {
  for (const Row& row : large_rows) {
    CAPTURE(row[0]);
    OneRow<T> one;
    const Expected e = expected(row, w, d);
    const auto [value, slope, product] = one.run(row, log_sum_exp(one.x));
    check_close<T>(value, {e.lse}), check_close<T>(slope, e.p), check_close<T>(product, e.lse_product);
  }
}

TEST_CASE_TEMPLATE("cross-entropy of large and mixed logits, alone and with its slope", T, float, double) {
  for (const Row& row : large_rows)
    for (std::size_t label = 0; label < 4; ++label)
      for (bool fuse : {true, false}) {
        CAPTURE(row[0]);
        OneRow<T> one;
        const Expected e = expected(row, w, d);
        Row want = e.p;
        want[label] -= 1;
        const auto [value, slope, product] = one.run(row, cross_entropy(one.x, one.label), double(label), fuse);
        check_close<T>(value, {e.p[label] > 1e-300 ? -std::log(e.p[label]) : e.lse - row[label]}),
            check_close<T>(slope, want);
        check_close<T>(product, e.lse_product);
      }
}

TEST_CASE_TEMPLATE("a row of -inf alone: softmax 0, log-sum-exp -inf, derivatives 0", T, float, double) {
  const Row masked(4, -inf), zeros(4, 0.0);
  OneRow<T> one;
  const auto [p, p_slope, p_product] = one.run(masked, softmax(one.x));
  CHECK(p == zeros);
  CHECK(p_slope == zeros);
  CHECK(p_product == zeros);
  const auto [lse, lse_slope, lse_product] = one.run(masked, log_sum_exp(one.x));
  CHECK(lse == Row{-inf});
  CHECK(lse_slope == zeros);
  CHECK(lse_product == zeros);
  for (bool fuse : {true, false}) {
    const auto [loss, slope, product] = one.run(masked, cross_entropy(one.x, one.label), 2, fuse);
    CHECK(loss == Row{inf});  // -log of a probability 0
    CHECK(slope == Row{0, 0, -1, 0});
    CHECK(product == zeros);
  }
}

TEST_CASE_TEMPLATE("logits of -inf count nothing beside finite ones", T, float, double) {
  const Row row{-inf, 1000, -inf, 999.5}, two{1000, 999.5};
  const Expected e = expected(two, {w[1], w[3]}, {d[1], d[3]});
  auto spread = [](const Row& r) { return Row{0, r[0], 0, r[1]}; };
  OneRow<T> one;
  const auto [p, p_slope, p_product] = one.run(row, softmax(one.x));
  check_close<T>(p, spread(e.p)), check_close<T>(p_slope, spread(e.softmax_slope));
  check_close<T>(p_product, spread(e.softmax_product));
  const auto [lse, lse_slope, lse_product] = one.run(row, log_sum_exp(one.x));
  check_close<T>(lse, {e.lse}), check_close<T>(lse_slope, spread(e.p));
  check_close<T>(lse_product, spread(e.lse_product));
  for (bool fuse : {true, false}) {
    const auto [loss, slope, product] = one.run(row, cross_entropy(one.x, one.label), 3, fuse);
    check_close<T>(loss, {e.lse - 999.5}), check_close<T>(slope, {0, e.p[0], 0, e.p[1] - 1});
    check_close<T>(product, spread(e.lse_product));
    const auto [at_mask, mask_slope, mask_product] = one.run(row, cross_entropy(one.x, one.label), 0, fuse);
    CHECK(at_mask == Row{inf});
    check_close<T>(mask_slope, {-1, e.p[0], 0, e.p[1]}), check_close<T>(mask_product, spread(e.lse_product));
  }
}

TEST_CASE_TEMPLATE("logits of +inf share a row among them, and log-sum-exp is +inf", T, float, double) {
  OneRow<T> one;
  for (const auto& [row, p] :
       {std::pair{Row{3, inf, -inf, 1e30}, Row{0, 1, 0, 0}}, std::pair{Row{inf, 2, inf, -1000}, Row{0.5, 0, 0.5, 0}}}) {
    const auto [value, slope, product] = one.run(row, softmax(one.x));
    CHECK(value == p);
    CHECK(finite(slope));
    CHECK(finite(product));
    const auto [lse, lse_slope, lse_product] = one.run(row, log_sum_exp(one.x));
    CHECK(lse == Row{inf});
    CHECK(lse_slope == p);
    CHECK(finite(lse_product));
    for (bool fuse : {true, false})
      for (int label = 0; label < 4; ++label) {
        const auto [loss, gradient, second] = one.run(row, cross_entropy(one.x, one.label), label, fuse);
        check_close<T>(loss, {-std::log(p[std::size_t(label)])});
        CHECK(finite(gradient));
        CHECK(finite(second));
      }
  }
}

TEST_CASE_TEMPLATE("NaN among logits is not lost, whatever else the row holds", T, float, double) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (double other : {0.0, -inf, inf, 1000.0})
    for (std::size_t at = 0; at < 4; ++at) {
      OneRow<T> one;
      Row row(4, other);
      row[at] = nan;
      CHECK(std::isnan(one.run(row, softmax(one.x))[0][at]));
      CHECK(std::isnan(one.run(row, log_sum_exp(one.x))[0][0]));
      for (bool fuse : {true, false}) CHECK(std::isnan(one.run(row, cross_entropy(one.x, one.label), 1, fuse)[0][0]));
    }
}
