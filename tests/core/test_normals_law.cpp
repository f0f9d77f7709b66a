// A hundred million floats of one seed against the normal law. Every bound is five standard errors.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/rng.h"

using namespace basin;

namespace {

constexpr int batch = 4096, batches = 24576;
constexpr double n = double(batch) * batches;
constexpr int lags = 3, bins = 1200;
constexpr double bin_end = 6;

double beyond(double x) { return std::erfc(x / std::numbers::sqrt2) / 2; }  // P(Z > x)

struct Sums {
  std::array<double, 6> power{};          // z^1 .. z^6
  std::array<double, lags> product{};     // z_i z_(i + lag)
  std::array<double, lags> of_squares{};  // (z_i^2 - 1) (z_(i + lag)^2 - 1)
  std::array<std::int64_t, bins + 2> count{};
};

void add_moments(Sums& s, const std::vector<float>& z) {
  constexpr int lanes = 8;
  double sum[6][lanes] = {};
  for (int i = 0; i < batch; i += lanes)
    for (int l = 0; l < lanes; ++l) {
      const double x = z[i + l], x2 = x * x, x3 = x2 * x;
      const double power[] = {x, x2, x3, x2 * x2, x2 * x3, x3 * x3};
      for (int k = 0; k < 6; ++k) sum[k][l] += power[k];
    }
  for (int k = 0; k < 6; ++k)
    for (double part : sum[k]) s.power[k] += part;
}

// Every second number, so that lag 1 is within pairs.
void add_products(Sums& s, const std::vector<float>& z) {
  for (int lag = 1; lag <= lags; ++lag) {
    constexpr int lanes = 8;
    float product[lanes] = {}, squares[lanes] = {};
    for (int i = 0; i + 2 * lanes + lag <= batch; i += 2 * lanes)
      for (int l = 0; l < lanes; ++l) {
        const float a = z[i + 2 * l], b = z[i + 2 * l + lag];
        product[l] += a * b;
        squares[l] += (a * a - 1) * (b * b - 1);
      }
    for (float part : product) s.product[lag - 1] += part;
    for (float part : squares) s.of_squares[lag - 1] += part;
  }
}

void add_counts(Sums& s, const std::vector<float>& z) {
  for (float x : z)
    ++s.count[std::size_t(std::clamp((x + float(bin_end)) * float(bins / (2 * bin_end)) + 1, 0.0f, bins + 1.0f))];
}

const Sums& sums() {
  static const Sums all = [] {
    Sums s;
    Rng rng(1, "law");
    std::vector<float> z(batch);
    for (int b = 0; b < batches; ++b) {
      rng.fill_normal(z);
      add_moments(s, z);
      add_products(s, z);
      add_counts(s, z);
    }
    return s;
  }();
  return all;
}

}  // namespace

TEST_CASE("moments of floats up to the sixth") {
  const double even[] = {1, 1, 3, 15, 105, 945, 10395};  // E z^(2 k)
  for (int k = 1; k <= 6; ++k) {
    const double mean = k % 2 ? 0 : even[k / 2], error = std::sqrt((even[k] - mean * mean) / n);
    CAPTURE(k);
    CHECK(std::abs(sums().power[k - 1] / n - mean) < 5 * error);
  }
}

TEST_CASE("tails of floats at 3, 4 and 5, on either side") {
  for (int bound : {3, 4, 5}) {
    const int edge = int((bound + bin_end) * bins / (2 * bin_end)) + 1;
    const auto& count = sums().count;
    double above = 0, below = 0;
    for (int i = edge; i < bins + 2; ++i) above += double(count[i]), below += double(count[bins + 1 - i]);
    CAPTURE(bound);
    const double expected = n * beyond(bound), error = std::sqrt(expected);
    CHECK(std::abs(above - expected) < 5 * error);
    CHECK(std::abs(below - expected) < 5 * error);
  }
}

TEST_CASE("the distribution of floats is nowhere far from the normal one") {
  double seen = 0, distance = 0;
  for (int i = 0; i <= bins; ++i) {
    seen += double(sums().count[i]);
    distance = std::max(distance, std::abs(seen / n - beyond(bin_end - i * 2 * bin_end / bins)));
  }
  CHECK(distance * std::sqrt(n) < 2.5);  // Kolmogorov: beyond with probability 7e-6
}

TEST_CASE("floats of a pair and of neighbouring pairs are independent, their squares too") {
  const double products = n / 2 * (batch - 16.0) / batch;  // about: the last ones of a batch have no neighbour
  for (int lag = 1; lag <= lags; ++lag) {
    CAPTURE(lag);
    CHECK(std::abs(sums().product[lag - 1]) < 5 * std::sqrt(products));
    CHECK(std::abs(sums().of_squares[lag - 1]) < 5 * std::sqrt(4 * products));
  }
}

TEST_CASE("no pair of floats comes twice, and no number of a pair determines the other") {
  std::vector<float> z(2'000'000);
  Rng(2, "law").fill_normal(z);
  std::vector<std::uint64_t> pairs;
  for (std::size_t i = 0; i < z.size(); i += 2)
    pairs.push_back(std::bit_cast<std::uint64_t>(std::array{z[i], z[i + 1]}));
  std::sort(pairs.begin(), pairs.end());
  CHECK(std::adjacent_find(pairs.begin(), pairs.end()) == pairs.end());
  // Sixty-four sectors of the plane, each as often as the others.
  std::array<double, 64> sector{};
  for (std::size_t i = 0; i < z.size(); i += 2)
    ++sector[std::size_t((std::atan2(z[i], z[i + 1]) / std::numbers::pi + 1) * 32) % 64];
  for (double c : sector) CHECK(std::abs(c - 1e6 / 64) < 5 * std::sqrt(1e6 / 64));
  CHECK(std::find(z.begin(), z.end(), 0.0f) == z.end());
}
