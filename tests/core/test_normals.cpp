// The map from words to normal numbers: its formula, its tails counted word by word, and the same bits from all
// vectors.
#include "core/normals.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "core/philox.h"

using namespace basin;

namespace {

constexpr std::uint32_t edge_words[] = {0,          1,          2,          3,          0x1fffffff, 0x20000000,
                                        0x3fffffff, 0x40000000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001,
                                        0xbfffffff, 0xc0000000, 0xdfffffff, 0xe0000000, 0xfffffffe, 0xffffffff};

// Every edge with every edge, then as many words of philox.
template <class U>
std::pair<std::vector<U>, std::vector<U>> words() {
  std::vector<U> radius, angle;
  const auto wide = [](std::uint32_t w) { return sizeof(U) == 4 ? U(w) : U(std::uint64_t(w) << 32 | w); };
  for (std::uint32_t r : edge_words)
    for (std::uint32_t a : edge_words) radius.push_back(wide(r)), angle.push_back(wide(a));
  const std::size_t edges = radius.size(), blocks = 512 * philox_group;
  radius.resize(edges + blocks * 8 / sizeof(U));
  angle.resize(radius.size());
  philox_rows({1, 2}, 0, blocks, radius.data() + edges, angle.data() + edges);
  return {radius, angle};
}

std::pair<double, double> exact(std::uint32_t radius, std::uint32_t angle) {
  const double u = (radius + 0.5) * 0x1p-32, v = 1 - u;  // both exact
  const double r = std::sqrt(-2 * (u < 0.5 ? std::log(u) : std::log1p(-v)));
  const double a = (double(std::int32_t(angle << 2)) + 2) * 0x1p-33 * std::numbers::pi;
  const std::pair z(angle >> 31 ? -r * std::cos(a) : r * std::cos(a), r * std::sin(a));
  return angle >> 30 & 1 ? std::pair(z.second, z.first) : z;
}

std::pair<double, double> exact(std::uint64_t radius, std::uint64_t angle) {
  using Higher = long double;
  const double r = std::sqrt(-2 * std::log(1 - double(radius >> 11) * 0x1p-53));
  const Higher a = 2 * std::numbers::pi_v<Higher> * Higher(angle >> 11) * 0x1p-53;
  return {r * double(std::cos(a)), r * double(std::sin(a))};
}

float radius_of(std::uint32_t word) {
  const std::uint32_t angle = 0;  // pi 2^-32: its cosine is 1
  float pair[2];
  normal_pairs(&word, &angle, 1, 1.0f, pair);
  return pair[0];
}

}  // namespace

TEST_CASE("pairs follow their formula") {
  const auto check = [](auto unit, double relative, double absolute) {
    using T = decltype(unit);
    const auto [radius, angle] = words<std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>();
    std::vector<T> z(2 * radius.size());
    normal_pairs(radius.data(), angle.data(), radius.size(), unit, z.data());
    int wrong = 0;
    for (std::size_t i = 0; i < radius.size(); ++i) {
      const auto [x, y] = exact(radius[i], angle[i]);
      wrong += !(std::abs(z[2 * i] - x) <= relative * std::abs(x) + absolute);
      wrong += !(std::abs(z[2 * i + 1] - y) <= relative * std::abs(y) + absolute);
    }
    CHECK(wrong == 0);
  };
  check(1.0f, 4e-7, 0);
  check(1.0, 1e-15, 1e-17);  // pi has 64 bits in the formula
}

TEST_CASE("all vectors and all pieces give the same bits") {
  const auto check = [](auto scale) {
    using T = decltype(scale);
    const auto [radius, angle] = words<std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>();
    std::vector<T> baseline(2 * radius.size()), z(baseline.size());
    normal_pairs(radius.data(), angle.data(), radius.size(), scale, baseline.data(), Vectors::baseline);
    normal_pairs(radius.data(), angle.data(), radius.size(), scale, z.data());
    CHECK(z == baseline);
    for (std::size_t i = 0, n = 1; i < radius.size(); i += n, n = n % 37 + 1) {
      n = std::min(n, radius.size() - i);
      normal_pairs(radius.data() + i, angle.data() + i, n, scale, z.data() + 2 * i);
    }
    CHECK(z == baseline);
  };
  check(0.3f);
  check(0.3);
}

TEST_CASE("53 bits make a uniform") {
  const auto [radius, angle] = words<std::uint64_t>();
  int wrong = 0;
  for (std::uint64_t bits : radius) wrong += uniform53(bits) != double(bits >> 11) * 0x1p-53;
  CHECK(wrong == 0);
}

TEST_CASE("as many radii of floats lie beyond a bound as the law wants") {
  CHECK(radius_of(0) == doctest::Approx(std::sqrt(66 * std::numbers::ln2)).epsilon(1e-6));
  CHECK(radius_of(0xffffffff) == doctest::Approx(0x1p-16).epsilon(1e-6));
  for (double bound : {1e-4, 0.01, 0.5, 1.0, 1.1774, 2.0, 3.0, 4.0, 5.0, 5.5, 6.0, 6.5}) {
    std::uint64_t beyond = 0, end = std::uint64_t(1) << 32;  // radii fall as words grow
    while (beyond < end) {
      const std::uint64_t middle = (beyond + end) / 2;
      (radius_of(std::uint32_t(middle)) > bound ? beyond : end) =
          radius_of(std::uint32_t(middle)) > bound ? middle + 1 : middle;
    }
    const double expected = 0x1p32 * std::exp(-bound * bound / 2);
    CAPTURE(bound);
    // Half a word, and the rounding of the radius: d log P = r dr.
    CHECK(std::abs(double(beyond) - expected) <= 0.5 + expected * bound * bound * 2e-7);
  }
}
