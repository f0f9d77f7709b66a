#include "interp/look/path_integral.h"

#include <doctest/doctest.h>

#include "tests/interp/path_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t midpoints = 100'000;

// relu(w.x + b) summed with weights: one unit for each row of w, its last entry b.
struct Unit {
  double out;
  std::vector<double> w;
  double b;
};
ModelPoint units(std::vector<Unit> all) {
  return expression(std::int64_t(all[0].w.size()), [=](Var x) {
    Var sum_of_units;
    for (const Unit& u : all) {
      Var pre = column(x, 0) * u.w[0] + u.b;
      for (std::size_t i = 1; i < u.w.size(); ++i) pre = pre + column(x, std::int64_t(i)) * u.w[i];
      const Var term = relu(pre) * u.out;
      sum_of_units = sum_of_units ? sum_of_units + term : term;
    }
    return sum_of_units;
  });
}

// Two hidden layers in plain loops: output 0, its gradient to x and which units fire.
struct PlainNet {
  explicit PlainNet(const ModelPoint& model) : model_(model) {}
  struct At {
    double value = 0;
    std::vector<double> gradient;
    std::vector<bool> fires;
  };
  At at(std::vector<double> f) const {
    At all;
    std::vector<Matrix> weights;
    std::vector<std::vector<bool>> masks;
    for (int l = 0; l < 3; ++l) {
      const std::string prefix = "layers." + std::to_string(l) + ".";
      const Matrix& w = weights.emplace_back(model_.parameters.tensor(prefix + "weight"));
      const auto bias = model_.parameters[prefix + "bias"];
      std::vector<double> next(bias.begin(), bias.end());
      for (std::size_t i = 0; i < f.size(); ++i)
        for (std::size_t j = 0; j < next.size(); ++j) next[j] += f[i] * w(std::int64_t(i), std::int64_t(j));
      auto& mask = masks.emplace_back();
      for (double& v : next) {
        mask.push_back(l == 2 || v > 0);
        if (l < 2) all.fires.push_back(v > 0), v = std::max(v, 0.0);
      }
      f = next;
    }
    all.value = f[0];
    all.gradient.assign(f.size(), 0);
    all.gradient[0] = 1;
    for (int l = 2; l >= 0; --l) {
      const Matrix& w = weights[std::size_t(l)];
      std::vector<double> before(std::size_t(w.rows()), 0);
      for (std::int64_t i = 0; i < w.rows(); ++i)
        for (std::int64_t j = 0; j < w.cols(); ++j)
          if (masks[std::size_t(l)][std::size_t(j)]) before[std::size_t(i)] += w(i, j) * all.gradient[std::size_t(j)];
      all.gradient = before;
    }
    return all;
  }
  const ModelPoint& model_;
};

struct Fine {
  std::vector<double> values;
  std::int64_t kinks = 0;
};
Fine by_midpoints(const PlainNet& net, std::span<const double> from, std::span<const double> to) {
  Fine fine{std::vector<double>(from.size(), 0)};
  std::vector<bool> last;
  for (std::int64_t k = 0; k < midpoints; ++k) {
    std::vector<double> x(from.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = from[i] + (double(k) + 0.5) / double(midpoints) * (to[i] - from[i]);
    const auto at = net.at(x);
    for (std::size_t i = 0; i < x.size(); ++i) fine.values[i] += (to[i] - from[i]) * at.gradient[i] / double(midpoints);
    fine.kinks += k > 0 && at.fires != last;
    last = at.fires;
  }
  return fine;
}

bool same(const PathIntegral& a, const PathIntegral& b) {
  return a.values.data == b.values.data && a.residual == b.residual && a.before == b.before && a.after == b.after &&
         a.kinks == b.kinks;
}

}  // namespace

TEST_CASE("one unit: what lies behind its kink counts, in closed form") {
  // 2a - b - 1/2 on the way from 0 to (1, 1/2) is 0 at 1/3 of it.
  const PathIntegral one = exact_of(units({{3, {2, -1}, -0.5}}), straight({0, 0}, {1, 0.5}));
  CHECK(one.values[0] == doctest::Approx(3 * 2 * 1 * (2.0 / 3)));
  CHECK(one.values[1] == doctest::Approx(3 * -1 * 0.5 * (2.0 / 3)));
  CHECK(one.before[0] == 0);
  CHECK(one.after[0] == doctest::Approx(3));
  CHECK(std::abs(one.residual[0]) < 1e-14);
  CHECK(one.kinks[0] == 1);
}

TEST_CASE("kinks in the middle, at the ends, at one place and along the whole path") {
  SUBCASE("in the middle, where the first run lands") {
    const PathIntegral p = exact_of(units({{1, {1}, -0.5}}), straight({0}, {1}));
    CHECK(p.values[0] == doctest::Approx(0.5));
    CHECK(p.kinks[0] == 1);
  }
  SUBCASE("at both ends: none inside") {
    const PathIntegral p = exact_of(units({{1, {1}, 0}, {1, {1}, -1}}), straight({0}, {1}));
    CHECK(p.values[0] == doctest::Approx(1));
    CHECK(p.kinks[0] == 0);
  }
  SUBCASE("two units at one place are one kink, three places three") {
    const PathIntegral p =
        exact_of(units({{1, {1}, -0.3}, {5, {-2}, 0.6}, {1, {1}, -0.7}, {1, {1}, -0.71}}), straight({0}, {1}));
    CHECK(p.kinks[0] == 3);
    CHECK(p.values[0] == doctest::Approx(0.7 - 5 * 0.6 + 0.3 + 0.29));
  }
  SUBCASE("a unit that stays at 0 does not bend, and has slope 0") {
    const PathIntegral p = exact_of(units({{1, {1, -1}, 0}, {1, {1, 0}, 0.5}}), straight({0, 0}, {1, 1}));
    CHECK(p.kinks[0] == 0);
    CHECK(p.values[0] == doctest::Approx(1));
    CHECK(p.values[1] == 0);
  }
  SUBCASE("nor does a unit that rounding moves") {
    // 0.1 x + 0.2 y - 0.3 z along x = y = z, from -0.5 to 0.5; beside it x + 0.2.
    const ModelPoint model = expression(3, [](Var x) {
      Graph& g = *x.graph;
      const Var pre = matmul(x, g.constant(Matrix({3, 2}, {0.1, 1, 0.2, 0, -0.3, 0})));
      return sum(relu(pre + g.constant(Tensor<double>({2}, {0, 0.2}))), {-1});
    });
    const PathIntegral p = exact_of(model, straight({-0.5, -0.5, -0.5}, {0.5, 0.5, 0.5}));
    CHECK(p.kinks[0] == 1);
    CHECK(std::abs(p.residual[0]) < 1e-15);
  }
  SUBCASE("a path of no length") {
    const PathIntegral p = exact_of(units({{1, {1}, -0.5}}), straight({0.5}, {0.5}));
    CHECK(p.values[0] == 0);
    CHECK(p.kinks[0] == 0);
  }
}

TEST_CASE("a narrow bump: the exact integral is complete where 32 and 50 Gauss points miss it") {
  // From 0 up to 1 within 1e-4 of x + y = 0.9, down to 0.3 within 1e-4 behind it.
  const double steep = 1e4;
  const ModelPoint bump =
      units({{steep, {1, 1}, -0.9}, {-1.7 * steep, {1, 1}, -0.9001}, {0.7 * steep, {1, 1}, -0.9002}});
  const Path path = straight({0, 0}, {1.5, 0.5});
  const PathIntegral exact = exact_of(bump, path);
  CHECK(exact.values[0] == doctest::Approx(0.3 * 0.75));
  CHECK(exact.values[1] == doctest::Approx(0.3 * 0.25));
  CHECK(exact.kinks[0] == 3);
  CHECK(std::abs(exact.residual[0]) < 1e-9);  // slopes of 1e4
  for (const int points : {32, 50}) {
    const PathIntegral missed = integrate(bump, {{"x", path.to}}, path, m, points);
    CHECK(std::abs(missed.values[0]) < 1e-9);
    CHECK(missed.residual[0] == doctest::Approx(-0.3));
  }
}

TEST_CASE("on a random network: 1e5 midpoints in plain loops, and kinks counted by signs there") {
  const ModelPoint model = small_model(widths, Kind::relu);
  const Inputs data = some_inputs(4);
  const Path path = path_from_zero(model, data, "x");
  const PathIntegral exact = integrate_exactly(model, data, path, entry_of("out", 0));
  const PathIntegral coarse = integrate(model, data, path, entry_of("out", 0), 50);
  CHECK(exact.largest_residual() < 1e-13);
  CHECK(coarse.largest_residual() > 1e-3);
  const PlainNet net(model);
  for (std::int64_t r = 0; r < 4; ++r) {
    const Fine fine = by_midpoints(net, path.from.row(r), path.to.row(r));
    CHECK(largest_difference(exact.values.row(r), fine.values) < 1e-4);
    CHECK(exact.kinks[std::size_t(r)] == fine.kinks);
    CHECK(fine.kinks > 3);
    CHECK(exact.after[std::size_t(r)] == doctest::Approx(net.at({path.to.row(r).begin(), path.to.row(r).end()}).value));
  }
}

TEST_CASE("at a hidden layer the integral is over what lies behind it") {
  const ModelPoint model = small_model(widths, Kind::relu);
  const Inputs data = some_inputs(3), other = {{"x", random_matrix(3, 5, "path/other")}};
  const Path path = path_from_other(model, data, other, "layers.0.post");
  const PathIntegral exact = integrate_exactly(model, data, path, entry_of("out", 1));
  CHECK(exact.largest_residual() < 1e-13);
  const PathIntegral quadrature = integrate(model, data, path, entry_of("out", 1), 2000);
  CHECK(largest_difference(exact.values.data, quadrature.values.data) < 2e-3);
  CHECK(largest_difference(exact.before, quadrature.before) < 1e-13);
  const Tensor<double> out = value_of_rows(model, data, "out"), out_other = value_of_rows(model, other, "out");
  for (std::int64_t r = 0; r < 3; ++r) {
    CHECK(exact.after[std::size_t(r)] == doctest::Approx(out(r, 1)));
    CHECK(exact.before[std::size_t(r)] == doctest::Approx(out_other(r, 1)));
  }
}

TEST_CASE("smooth networks: the quadrature converges to 1e5 midpoints of the derivative") {
  const ModelPoint model = expression(2, [](Var x) { return tanh(column(x, 0)) * exp(column(x, 1)); });
  const Path path = straight({0.2, -0.3}, {1.5, 0.9});
  double sums[2] = {};
  for (std::int64_t k = 0; k < midpoints; ++k) {
    const double t = (double(k) + 0.5) / double(midpoints), a = 0.2 + 1.3 * t, b = -0.3 + 1.2 * t;
    sums[0] += 1.3 * std::exp(b) / (std::cosh(a) * std::cosh(a)) / double(midpoints);
    sums[1] += 1.2 * std::tanh(a) * std::exp(b) / double(midpoints);
  }
  const PathIntegral p = integrate(model, {{"x", path.to}}, path, m, 16);
  CHECK(std::abs(p.values[0] - sums[0]) < 1e-9);
  CHECK(std::abs(p.values[1] - sums[1]) < 1e-9);
  CHECK(std::abs(p.residual[0]) < 1e-12);
  CHECK(p.kinks.empty());
  const PathIntegral one = integrate(model, {{"x", path.to}}, path, m, 1);  // the gradient in the middle
  CHECK(one.values[1] == doctest::Approx(1.2 * std::tanh(0.85) * std::exp(0.3)));
  CHECK(one.residual[0] == doctest::Approx(one.values[0] + one.values[1] -
                                           (std::tanh(1.5) * std::exp(0.9) - std::tanh(0.2) * std::exp(-0.3))));
}

TEST_CASE("every op that bends: against midpoints of differences of plain arithmetic") {
  const auto plain = [](const double* x) {
    const double largest = std::max({x[0], x[1], x[2]}), smallest = std::min({x[0], x[1], x[2]});
    return std::abs(x[0] - 0.3) + 2 * std::clamp(x[1], -0.2, 0.5) + 3 * std::max(x[0], x[2]) - 4 * std::min(x[1], 0.1) +
           5 * largest + 6 * smallest + (x[2] > 0.25 ? 7 * (x[2] - 0.25) : 0) +
           std::max(0.0, std::abs(largest - 0.45) - 0.2);
  };
  const ModelPoint model = expression(3, [](Var x) {
    Graph& g = *x.graph;
    const Var a = column(x, 0), b = column(x, 1), c = column(x, 2), largest = max(x, {-1});
    return abs(a - 0.3) + 2 * clamp(b, -0.2, 0.5) + 3 * maximum(a, c) - 4 * minimum(b, g.constant(0.1)) + 5 * largest +
           6 * reshape(min(x, {-1}, true), {x.shape()[0]}) +
           where(greater(c, g.constant(0.25)), 7 * (c - 0.25), 0 * c) + relu(abs(largest - 0.45) - 0.2);
  });
  const double from[] = {-1, 1.2, 0.1}, to[] = {1.3, -0.9, 0.4};
  const PathIntegral p = exact_of(model, straight({from, from + 3}, {to, to + 3}));
  CHECK(std::abs(p.residual[0]) < 1e-13);
  const double h = 1e-7;
  for (int i = 0; i < 3; ++i) {
    double sum_of_slopes = 0;
    for (std::int64_t k = 0; k < midpoints; ++k) {
      double x[3];
      for (int j = 0; j < 3; ++j) x[j] = from[j] + (double(k) + 0.5) / double(midpoints) * (to[j] - from[j]);
      x[i] += h;
      const double up = plain(x);
      x[i] -= 2 * h;
      sum_of_slopes += (up - plain(x)) / (2 * h) / double(midpoints);
    }
    CHECK(std::abs(p.values[i] - (to[i] - from[i]) * sum_of_slopes) < 1e-3);
  }
}

TEST_CASE("a jump is no part of the integral and is what its residual says") {
  const ModelPoint model =
      expression(1, [](Var x) { return where(step(column(x, 0) - 0.25), 2 + 3 * column(x, 0), column(x, 0)); });
  const PathIntegral p = exact_of(model, straight({0}, {1}));
  CHECK(p.values[0] == doctest::Approx(0.25 + 3 * 0.75));
  CHECK(p.residual[0] == doctest::Approx(-(2 + 3 * 0.25 - 0.25)));
}

TEST_CASE("the same bits for any number of threads") {
  const ModelPoint model = small_model(widths, Kind::relu);
  const Inputs data = some_inputs(40);
  const Path path = path_from_mean(model, data, "x");
  const auto exact = [&](int threads) {
    return integrate_exactly(model, data, path, entry_of("out", 0), {.threads = threads});
  };
  const auto quadrature = [&](int threads) {
    return integrate(model, data, path, entry_of("out", 0), 8, {.chunk = 7, .threads = threads});
  };
  for (const int threads : {2, 3}) {
    CHECK(same(exact(1), exact(threads)));
    CHECK(same(quadrature(1), quadrature(threads)));
  }
  CHECK(exact(1).largest_residual() < 1e-13);
}
