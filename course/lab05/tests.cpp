// Tests of lab 05. Shapes and sizes come from the student's name, and what is right is known exactly for all of them.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "common/course.h"
#include "core/lapack.h"
#include "lab.h"

using basin::Matrix;
using basin::Rng;

namespace {

// wᵀ A w with A = Qᵀ diag(h) Q, so that the axes of the ellipse lie askew.
struct Ellipse {
  double h1, h2, angle;
  double operator()(std::span<const double> w) const {
    const double u = std::cos(angle) * w[0] + std::sin(angle) * w[1],
                 v = std::cos(angle) * w[1] - std::sin(angle) * w[0];
    return h1 * u * u + h2 * v * v;
  }
};

Ellipse some_ellipse(Rng& rng) { return {rng.uniform(1.0, 1.5), rng.uniform(6.0, 9.0), rng.uniform(0.5, 1.0)}; }

// V of κ w1² w2² as it is defined: for each w1 the length of the w2 that are allowed, added up by the midpoint rule in
// log w1.
double cross_by_quadrature(double kappa, double epsilon) {
  const int n = 200000;
  const double t = std::sqrt(epsilon / kappa), low = std::log(1e-12), width = -low / n;
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double w1 = std::exp(low + (i + 0.5) * width);
    sum += w1 * width * std::min(1.0, t / w1);
  }
  return std::log(4 * sum);
}

// Counts of a loss whose V goes as ε^lambda, without the student's sampler: a share u^lambda... of even u is below.
lab::Counts counts_of_power(double lambda, std::int64_t samples, const std::vector<double>& epsilons, Rng& rng) {
  lab::Counts counts{{2, 1}, epsilons, std::vector<std::int64_t>(epsilons.size()), samples};
  for (std::int64_t s = 0; s < samples; ++s) {
    const double loss = std::pow(rng.uniform(), 1 / lambda);
    for (std::size_t i = 0; i < epsilons.size(); ++i) counts.below[i] += loss < epsilons[i];
  }
  return counts;
}

double distance_in_errors(const lab::Measured& m, double exact) { return std::abs(m.value - exact) / m.error; }

}  // namespace

TEST_CASE("[2] points fall below ε as often as the area of an ellipse says, and each is looked at once") {
  Rng rng = lab::student_rng("lab05 count");
  const Ellipse ellipse = some_ellipse(rng);
  const double h = rng.uniform(1.2, 1.6);
  const std::vector<double> epsilons{0.9, 0.3, 0.1};
  const std::int64_t samples = 200000;
  std::int64_t looks = 0;
  const lab::Loss loss = [&](std::span<const double> w) { return ++looks, ellipse(w); };
  const lab::Counts counts = lab::count_below(loss, {2, h}, epsilons, samples, rng);
  CHECK_MESSAGE(looks == samples, "the loss was called ", looks, " times for ", samples,
                " points; all ε share the same points, so each is looked at once");
  REQUIRE(counts.below.size() == epsilons.size());
  CHECK(counts.samples == samples);
  CHECK_MESSAGE(counts.epsilons == epsilons, "the epsilons belong to the counts: copy them");
  CHECK_MESSAGE((counts.box.dimension == 2 && counts.box.half_width == h), "the box belongs to the counts: copy it");
  for (std::size_t i = 0; i < epsilons.size(); ++i) {
    const double area = std::numbers::pi * epsilons[i] / std::sqrt(ellipse.h1 * ellipse.h2), p = area / (4 * h * h);
    const double expected = p * double(samples), deviation = std::sqrt(expected * (1 - p));
    CHECK_MESSAGE(std::abs(double(counts.below[i]) - expected) < 5 * deviation, "below ε = ", epsilons[i], " are ",
                  counts.below[i], " points, wanted ", expected, " ± ", deviation,
                  "; is the box [-h, h] in every coordinate, and not [0, h] or [-1, 1]?");
  }
}

TEST_CASE("[1] the same generator gives the same counts, and another one gives others") {
  Rng seed = lab::student_rng("lab05 repeat");
  const Ellipse ellipse = some_ellipse(seed);
  const std::vector<double> epsilons{0.5, 0.4, 0.3, 0.2, 0.1};
  Rng a = seed.stream("a"), again = seed.stream("a"), b = seed.stream("b");
  const auto first = lab::count_below(ellipse, {2, 1}, epsilons, 20000, a).below;
  CHECK_MESSAGE(first == lab::count_below(ellipse, {2, 1}, epsilons, 20000, again).below,
                "two runs with one generator differ: draw from the rng that is given, and from nothing else");
  CHECK_MESSAGE(first != lab::count_below(ellipse, {2, 1}, epsilons, 20000, b).below,
                "two generators gave the same counts: draw from the rng that is given");
  for (std::size_t i = 0; i + 1 < first.size(); ++i)
    CHECK_MESSAGE(first[i] >= first[i + 1], "fewer points are below a larger ε, which cannot be");
}

TEST_CASE("[1] log V and its error are those of a share of the box") {
  Rng rng = lab::student_rng("lab05 volumes");
  const double h = rng.uniform(0.5, 2.0);
  const std::int64_t samples = 10000 + std::int64_t(rng.below(1000)), hits = 40 + std::int64_t(rng.below(20));
  const lab::Counts counts{{3, h}, {0.5, 0.1, 0.01}, {samples / 2, hits, 0}, samples};
  const auto v = lab::log_volumes(counts);
  REQUIRE(v.size() == 3);
  for (std::size_t i = 0; i < 2; ++i) {
    const double n = double(samples), c = double(counts.below[i]);
    const double wanted = 3 * std::log(2 * h) + std::log(c / n);
    CHECK_MESSAGE(v[i].value == doctest::Approx(wanted), "log V is ", v[i].value, ", wanted ", wanted,
                  "; the box has a volume of (2h)^d");
    // The count has the variance n p (1 - p), and its logarithm that over the square of n p.
    const double error = std::sqrt(n * (c / n) * (1 - c / n)) / c;
    CHECK_MESSAGE(v[i].error == doctest::Approx(error), "the error of log V is ", v[i].error, ", wanted ", error,
                  "; half of all points leave a smaller one than 1 / sqrt(count)");
  }
  CHECK_MESSAGE((std::isinf(v[2].value) && v[2].value < 0 && std::isinf(v[2].error)),
                "where no point is below, log V is -infinity, and the error infinity; it is ", v[2].value, " ± ",
                v[2].error);
}

TEST_CASE("[1] slopes are 2 Δ log V / Δ log ε, whatever the spacing of ε") {
  Rng rng = lab::student_rng("lab05 slopes");
  for (const double lambda : {0.5, 1.0, rng.uniform(0.3, 0.9)}) {
    const std::vector<double> epsilons{0.5, 0.25, 0.02};
    const lab::Counts counts = counts_of_power(lambda, 100000, epsilons, rng);
    const auto n_eff = lab::slopes(counts);
    REQUIRE(n_eff.size() == 2);
    for (const lab::Measured& m : n_eff)
      CHECK_MESSAGE(distance_in_errors(m, 2 * lambda) < 5, "N_eff is ", m.value, " ± ", m.error, ", wanted ",
                    2 * lambda, " for V = ε^", lambda, "; is the factor 2 there, and are both logarithms natural?");
  }
  const auto empty = lab::slopes({{2, 1}, {0.1, 0.01}, {5, 0}, 100});
  REQUIRE(empty.size() == 1);
  CHECK_MESSAGE((std::isnan(empty[0].value) && std::isinf(empty[0].error)),
                "where no point is below the smaller ε the slope is NaN, with an infinite error");
}

TEST_CASE("[1] the error of a slope is how far slopes spread over repeats") {
  Rng rng = lab::student_rng("lab05 errors");
  const std::vector<double> epsilons{0.1, 0.07, 0.05};  // neighbours: most points are below both
  double sum = 0, squares = 0, said = 0;
  const int repeats = 400;
  for (int r = 0; r < repeats; ++r) {
    const lab::Measured m = lab::slopes(counts_of_power(0.5, 2000, epsilons, rng)).at(0);
    sum += m.value, squares += m.value * m.value, said += m.error / repeats;
  }
  const double spread = std::sqrt((squares - sum * sum / repeats) / (repeats - 1));
  CHECK_MESSAGE(said / spread > 0.8, "the error says ", said, ", but slopes spread by ", spread, ": it is too small");
  CHECK_MESSAGE(said / spread < 1.25, "the error says ", said, ", but slopes spread only by ", spread,
                ": the points below the smaller ε are counted at both ends, so the two counts rise and fall together");
}

TEST_CASE("[1] the volume of the cross is the integral that defines it") {
  Rng rng = lab::student_rng("lab05 cross");
  for (const double ratio : {1e-8, 1e-4, rng.uniform(0.01, 0.1), 0.9, 1.0, rng.uniform(1.5, 3.0)}) {
    const double kappa = rng.uniform(0.5, 4.0), exact = cross_by_quadrature(kappa, ratio * kappa);
    const double v = lab::log_volume_of_cross(kappa, ratio * kappa);
    CHECK_MESSAGE(v == doctest::Approx(exact).epsilon(1e-5), "log V at κ = ", kappa, " and ε = ", ratio * kappa, " is ",
                  v, ", wanted ", exact,
                  ratio > 1 ? "; for ε > κ all of the box is below" : "; is the logarithm there, 1 + log 1/t?");
  }
}

TEST_CASE("[1] N_eff of the cross is the slope of its volume, 0 for large ε and nearly 1 for tiny ones") {
  Rng rng = lab::student_rng("lab05 cross slope");
  const double kappa = rng.uniform(0.5, 4.0);
  for (const double log_ratio : {-20.0, -9.0, -4.0, rng.uniform(-3.0, -1.0), 1.0}) {
    const double h = 1e-4, epsilon = kappa * std::exp(log_ratio);
    const double up = cross_by_quadrature(kappa, epsilon * std::exp(h)),
                 down = cross_by_quadrature(kappa, epsilon / std::exp(h));
    const double exact = (up - down) / h, v = lab::n_eff_of_cross(kappa, epsilon);
    CHECK_MESSAGE(std::abs(v - exact) < 1e-3, "N_eff at κ = ", kappa, " and ε = ", epsilon, " is ", v, ", wanted ",
                  exact, "; the logarithm in V has a slope too");
  }
  CHECK_MESSAGE(lab::n_eff_of_cross(kappa, kappa * 1e-200) == doctest::Approx(0.99568).epsilon(1e-4),
                "at ε = κ 1e-200 it is still below 1");
}

TEST_CASE("[1] the Hessian of a quadratic is its matrix, and that of the cross is 0") {
  Rng rng = lab::student_rng("lab05 hessian");
  const std::int64_t d = 3;
  Matrix A({d, d});
  for (double& a : A.data) a = rng.normal();
  A = basin::matmul(A, A, true);  // AᵀA
  const lab::Loss quadratic = [&](std::span<const double> w) {
    double sum = 0;
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j < d; ++j) sum += 0.5 * w[std::size_t(i)] * A(i, j) * w[std::size_t(j)];
    return sum;
  };
  const Matrix H = lab::hessian(quadratic, d, 1e-3),
               zero = lab::hessian([](std::span<const double> w) { return w[0] * w[0] * w[1] * w[1]; }, 2, 1e-3);
  REQUIRE(H.shape == A.shape);
  REQUIRE(zero.size() == 4);
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < d; ++j)
      CHECK_MESSAGE(std::abs(H(i, j) - A(i, j)) < 1e-6, "entry (", i, ", ", j, ") is ", H(i, j), ", wanted ", A(i, j),
                    i == j ? "; along the diagonal the step is 2h" : "; both weights move at once off the diagonal");
  for (const double x : zero.data)
    CHECK_MESSAGE(std::abs(x) < 1e-5, "the cross has a Hessian of 0 at its centre, not ", x);
}

TEST_CASE("[1] the limit of N_eff for products and sums of powers") {
  Rng rng = lab::student_rng("lab05 limit");
  const double a = 2 + 2 * double(rng.below(3)), b = 2 + 2 * double(rng.below(3));
  // By the slope of basin's closed form at an ε of 1e-300, which is 0.01 away at most.
  const std::vector<int> k{int(a) / 2, int(b) / 2};
  const double near_zero = basin::interp::n_eff_crossing(k, 1, 1e-300), product = lab::limit_of_product({a, b});
  CHECK_MESSAGE(std::abs(product - near_zero) < 0.01, "|w1|^", a, " |w2|^", b, " has ", product, ", wanted ", near_zero,
                " and a little more");
  CHECK_MESSAGE(lab::limit_of_product({2, 2, 2, 2}) == doctest::Approx(1),
                "w1² w2² w3² w4²: one weight near 0 is enough");
  // A sum of equal powers is below ε in ε^(1/p) times a shape, so N_eff is 2 d / p at every ε.
  CHECK_MESSAGE(lab::limit_of_sum({2, 2, 2}) == doctest::Approx(3), "three squares: each weight counts once");
  CHECK_MESSAGE(lab::limit_of_sum({4, 4}) == doctest::Approx(1), "two quartics: each weight counts half");
  CHECK_MESSAGE(lab::limit_of_sum({a, 8}) == doctest::Approx(2 / a + 0.25), "each weight has its own power");
}
