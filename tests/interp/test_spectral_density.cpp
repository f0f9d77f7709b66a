#include "interp/spectra/spectral_density.h"

#include <doctest/doctest.h>

#include "interp/jacobian/gauss_newton.h"
#include "operator_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t samples = 60;

struct DensitySubject {
  Operator op;
  std::vector<double> exact;  // its nonzero eigenvalues
};

// Gauss-Newton of a network with 358 parameters and 240 outputs over the data.
DensitySubject network_subject(int threads = 1) {
  const DenseNetwork network = small_network({8, 16, 10, 4}, Kind::relu);
  const Inputs inputs{{"x", random_matrix(samples, 8, "x")}};
  std::vector<double> exact = spectrum(jacobian_gram(network, inputs));
  for (double& h : exact) h *= 2.0 / samples;
  return {gauss_newton_operator(network.model, "out", inputs, {.chunk = 32, .threads = threads}), exact};
}

// Eight decades, evenly on the logarithm.
std::vector<double> eight_decades(std::int64_t n) { return log_grid(1e-8, 1, n); }

bool same(const SpectralQuadrature& a, const SpectralQuadrature& b) {
  bool equal = a.gauss.size() == b.gauss.size();
  for (std::size_t i = 0; equal && i < a.gauss.size(); ++i)
    equal = a.gauss[i].nodes == b.gauss[i].nodes && a.gauss[i].weights == b.gauss[i].weights &&
            a.radau[i].nodes == b.radau[i].nodes;
  return equal;
}

}  // namespace

TEST_CASE("soft counts of a network are the exact ones within three standard errors") {
  const DensitySubject s = network_subject();
  const SpectralQuadrature q = lanczos_quadrature(s.op, {.probes = 12, .steps = 150});
  std::vector<double> cutoffs;
  for (double relative : {1e-1, 1e-2, 1e-3, 1e-4, 1e-5}) cutoffs.push_back(relative * s.exact[0]);
  for (const EpsilonRank& wanted : epsilon_ranks(s.exact, cutoffs)) {
    const SpectralSum got = soft_count(q, wanted.cutoff);
    CHECK(std::abs(got.value - wanted.soft_count) <= 3 * got.standard_error);
    CHECK(got.standard_error > 0);
    CHECK(got.standard_error < 0.15 * wanted.soft_count);
  }
  const SpectralSum trace = spectral_sum(q, [](double h) { return h; });
  double wanted = 0;
  for (double h : s.exact) wanted += h;
  CHECK(std::abs(trace.value - wanted) <= 3 * trace.standard_error);
}

TEST_CASE("standard errors are honest: over many seeds the errors are as large as they say") {
  const std::vector<double> exact = eight_decades(100);
  const Operator op = matrix_operator(planted_matrix(exact));
  for (double cutoff : {1e-2, 1e-4}) {
    const double wanted = epsilon_ranks(exact, {cutoff})[0].soft_count;
    double squares = 0, errors = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      const SpectralSum got = soft_count(lanczos_quadrature(op, {.probes = 12, .steps = 60, .seed = seed}), cutoff);
      squares += std::pow((got.value - wanted) / got.standard_error, 2);
      errors += got.standard_error;
    }
    CHECK(std::sqrt(squares / 60) > 0.75);
    CHECK(std::sqrt(squares / 60) < 1.45);
    CHECK(errors / 60 < 1.2 * std::sqrt(2 * wanted * (1 - wanted / 100) / 12));
  }
}

TEST_CASE("standard errors fall as one over the square root of the probes") {
  const Operator op = matrix_operator(planted_matrix(eight_decades(100)));
  auto error = [&](std::int64_t probes) {
    return soft_count(lanczos_quadrature(op, {.probes = probes, .steps = 40}), 1e-4).standard_error;
  };
  const double few = error(40), many = error(640);
  CHECK(few / many > 3);
  CHECK(few / many < 5.3);
}

TEST_CASE("what too few steps leave open is said: soft counts of the same probes after all steps lie within") {
  const Operator op = matrix_operator(planted_matrix(eight_decades(100)));
  const SpectralQuadrature all = lanczos_quadrature(op, {.probes = 8, .steps = 100});
  for (double cutoff : {1e-1, 1e-3, 1e-6}) {
    const SpectralSum wanted = soft_count(all, cutoff);
    CHECK(wanted.unresolved < 1e-6);
    double before = 100;
    for (std::int64_t steps : {2, 6, 12, 24, 48}) {
      const SpectralSum few = soft_count(lanczos_quadrature(op, {.probes = 8, .steps = steps}), cutoff);
      CHECK(std::abs(few.value - wanted.value) <= few.unresolved + 1e-6);
      CHECK(few.unresolved < before);
      before = few.unresolved;
    }
  }
  CHECK(soft_count(lanczos_quadrature(op, {.probes = 8, .steps = 6}), 1e-6).unresolved > 5);
}

TEST_CASE("a sum is the mean of both rules, its error that of the probes' means, and half their distance is open") {
  const SpectralQuadrature q{
      .size = 10, .gauss = {{{2, 1}, {6, 4}}, {{3}, {10}}}, .radau = {{{2, 1, 0}, {4, 4, 2}}, {{3, 0}, {8, 2}}}};
  const SpectralSum first = spectral_sum(q, [](double h) { return h; });  // 16 and 12; 30 and 24
  CHECK(first.value == doctest::Approx((14 + 27) / 2.0));
  CHECK(first.standard_error == doctest::Approx(6.5));  // of two numbers: half their distance
  CHECK(first.unresolved == doctest::Approx((4 + 6) / 4.0));
  CHECK(spectral_sum(q, [](double h) { return -h; }).unresolved == doctest::Approx((4 + 6) / 4.0));
  const SpectralSum half = soft_count(q, 1);  // 6 and 14/3; 7.5 and 6
  CHECK(half.value == doctest::Approx((16.0 / 3 + 6.75) / 2));
  CHECK(half.unresolved == doctest::Approx((4.0 / 3 + 1.5) / 4));
}

TEST_CASE("a quadrature takes probes times steps products") {
  std::int64_t products = 0;
  const Operator op = counted(matrix_operator(planted_matrix(eight_decades(50))), products);
  lanczos_quadrature(op, {.probes = 3, .steps = 11});
  CHECK(products == 33);
}

TEST_CASE("counts above a cut-off in a gap are the numbers of eigenvalues above it") {
  std::vector<double> exact(90, 1e-6);
  std::fill_n(exact.begin(), 30, 1.0);
  const SpectralQuadrature q = lanczos_quadrature(matrix_operator(planted_matrix(exact)), {.probes = 30, .steps = 10});
  for (double cutoff : {0.1, 1e-3, 1e-5}) {
    const SpectralSum above = smooth_count(q, cutoff);
    CHECK(std::abs(above.value - 30) <= 3 * above.standard_error);
    CHECK(above.standard_error < 1.5);
  }
  CHECK(smooth_count(q, 1e-8).value == doctest::Approx(90));
  CHECK(smooth_count(q, 1e2).value < 1e-12);
  CHECK(smooth_count(q, 1, 0.1).value == doctest::Approx(smooth_count(q, 1e-3).value / 2));
}

TEST_CASE("the density integrates to the counts and lies where the eigenvalues are") {
  const DensitySubject s = network_subject();
  const SpectralQuadrature q = lanczos_quadrature(s.op, {.probes = 4, .steps = 120});
  const double low = 1e-4 * s.exact[0], high = 10 * s.exact[0];
  const SpectralDensity d = spectral_density(q, log_grid(low, high, 501));
  double integral = 0;
  for (std::size_t i = 0; i + 1 < d.grid.size(); ++i) {
    CHECK(d.standard_error[i] >= 0);
    integral += (d.density[i] + d.density[i + 1]) / 2 * std::log10(d.grid[i + 1] / d.grid[i]);
  }
  CHECK(integral == doctest::Approx(smooth_count(q, low).value).epsilon(1e-3));
  CHECK(d.density.back() < 1e-6);
  CHECK(*std::max_element(d.density.begin(), d.density.end()) > 50);
}

TEST_CASE("quadratures are equal to the bit for 1, 2 and 3 threads, over probes or over data") {
  const SpectralQuadrature one = lanczos_quadrature(network_subject().op, {.probes = 5, .steps = 20});
  for (int threads : {2, 3}) {
    CHECK(same(lanczos_quadrature(network_subject().op, {.probes = 5, .steps = 20, .threads = threads}), one));
    CHECK(same(lanczos_quadrature(network_subject(threads).op, {.probes = 5, .steps = 20}), one));
  }
  CHECK_FALSE(same(lanczos_quadrature(network_subject().op, {.probes = 5, .steps = 20, .seed = 1}), one));
}

TEST_CASE("grids are even on the logarithm and senseless requests are refused") {
  const std::vector<double> grid = log_grid(1e-2, 1, 3);
  CHECK(grid[0] == 1e-2);
  CHECK(grid[1] == doctest::Approx(0.1));
  CHECK(grid[2] == doctest::Approx(1));
  CHECK_THROWS_AS(log_grid(0, 1, 3), UsageError);
  CHECK_THROWS_AS(log_grid(1, 1, 3), UsageError);
  CHECK_THROWS_AS(log_grid(1, 2, 1), UsageError);
  const Operator op = matrix_operator(planted_matrix({2, 1}));
  CHECK_THROWS_AS(lanczos_quadrature(op, {.probes = 1}), UsageError);
  CHECK_THROWS_AS(lanczos_quadrature(op, {.steps = 1}), UsageError);
  const SpectralQuadrature q = lanczos_quadrature(op, {.probes = 2, .steps = 2});
  CHECK_THROWS_AS(soft_count(q, 0), UsageError);
  CHECK_THROWS_AS(smooth_count(q, NAN), UsageError);
  CHECK_THROWS_AS(smooth_count(q, 1, 0), UsageError);
  CHECK_THROWS_AS(spectral_density(q, {-1}), UsageError);
}
