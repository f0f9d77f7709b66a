#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/rng.h"

using namespace basin;

namespace {

std::vector<std::uint32_t> words(Rng rng, int n) {
  std::vector<std::uint32_t> out(n);
  for (auto& w : out) w = rng.next_u32();
  return out;
}

// Mean, variance, third and fourth moment.
std::array<double, 4> moments(const std::vector<double>& x) {
  std::array<double, 4> m{};
  for (double v : x) m[0] += v / double(x.size());
  for (double v : x)
    for (int p = 2; p <= 4; ++p) m[p - 1] += std::pow(v - m[0], p) / double(x.size());
  return m;
}

}  // namespace

TEST_CASE("philox gives the published known answers") {
  using Counter = std::array<std::uint32_t, 4>;
  std::uint32_t ones = 0xffffffff;
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({ones, ones, ones, ones}, {ones, ones}) == Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is philox of its block number and hashed name under the seed") {
  Rng rng(0x1122334455667788, "foobar");
  CHECK(rng.state().stream == 0x85944171f73967e8);  // published FNV-1a value
  for (std::uint32_t block = 0; block < 3; ++block)
    for (std::uint32_t word : philox4x32({block, 0, 0xf73967e8, 0x85944171}, {0x55667788, 0x11223344}))
      CHECK(rng.next_u32() == word);
  Rng far(RngState{7, 9, std::uint64_t(5) << 34});  // block 5 * 2^32: the block number's upper word counts
  CHECK(far.next_u32() == philox4x32({0, 5, 9, 0}, {7, 0})[0]);
}

TEST_CASE("streams differ by name and seed, and a child is its path") {
  auto a = words(Rng(1, "init"), 64);
  CHECK(a == words(Rng(1, "init"), 64));
  CHECK(a != words(Rng(1, "shuffle"), 64));
  CHECK(a != words(Rng(2, "init"), 64));
  CHECK(words(Rng(1, "chain").stream("3"), 64) == words(Rng(1, "chain/3"), 64));
  Rng parent(1, "chain");
  parent.normal();
  auto state = parent.state();
  CHECK(words(parent.stream("3"), 64) == words(Rng(1, "chain/3"), 64));
  CHECK(parent.state() == state);
}

TEST_CASE("a restored state goes on with the same bits from every position in a block") {
  for (int drawn = 0; drawn < 9; ++drawn) {
    Rng rng(3, "resume");
    words(rng, 0);
    for (int i = 0; i < drawn; ++i) rng.next_u32();
    Rng restored(rng.state());
    CHECK(restored.next_u64() == rng.next_u64());
    CHECK(restored.normal() == rng.normal());
    CHECK(restored.permutation(20) == rng.permutation(20));
    CHECK(restored.state() == rng.state());
  }
}

TEST_CASE("a 64-bit number is two words, the low one first") {
  Rng a(4, "x"), b(4, "x");
  std::uint64_t lower = a.next_u32(), upper = a.next_u32();
  CHECK(b.next_u64() == (upper << 32 | lower));
}

TEST_CASE("uniforms are multiples of 2^-53 in [0,1) with the right moments") {
  Rng rng(5, "uniform");
  std::vector<double> x(200000);
  rng.fill_uniform(x, 0, 1);
  CHECK(*std::min_element(x.begin(), x.end()) >= 0);
  CHECK(*std::max_element(x.begin(), x.end()) < 1);
  CHECK(std::all_of(x.begin(), x.end(), [](double v) { return v * 0x1p53 == std::floor(v * 0x1p53); }));
  auto m = moments(x);
  CHECK(std::abs(m[0] - 0.5) < 4 * std::sqrt(1 / 12.0 / 200000));
  CHECK(std::abs(m[1] - 1 / 12.0) < 0.001);
  Rng a(5, "uniform"), b(5, "uniform");
  CHECK(a.uniform(-3, 5) == -3 + 8 * b.uniform());
}

TEST_CASE("normals have the moments and tails of the normal distribution") {
  Rng rng(6, "normal");
  std::vector<double> x(200000);
  SUBCASE("filled") { rng.fill_normal(x); }
  SUBCASE("one by one") {
    for (double& v : x) v = rng.normal();
  }
  auto m = moments(x);
  CHECK(std::abs(m[0]) < 0.01);
  CHECK(std::abs(m[1] - 1) < 0.02);
  CHECK(std::abs(m[2]) < 0.03);
  CHECK(std::abs(m[3] - 3) < 0.1);
  double beyond_two = double(std::count_if(x.begin(), x.end(), [](double v) { return std::abs(v) > 2; }));
  CHECK(std::abs(beyond_two / 200000 - 0.0455) < 0.002);
}

TEST_CASE("the two numbers of a normal pair are uncorrelated") {
  Rng rng(6, "pairs");
  std::vector<double> x(100000);
  rng.fill_normal(x);
  double products = 0;
  for (std::size_t i = 0; i < x.size(); i += 2) products += x[i] * x[i + 1];
  CHECK(std::abs(products / 50000) < 4 / std::sqrt(50000.0));
}

TEST_CASE("a float fill is the double fill rounded, and fills of odd length are prefixes") {
  std::vector<double> wide(7), shorter(6);
  std::vector<float> narrow(7);
  Rng(8, "w").fill_normal(wide, 0.1);
  Rng(8, "w").fill_normal(narrow, 0.1);
  Rng(8, "w").fill_normal(shorter, 0.1);
  for (int i = 0; i < 7; ++i) CHECK(narrow[i] == float(wide[i]));
  CHECK(std::equal(shorter.begin(), shorter.end(), wide.begin()));
  CHECK(wide[0] == 0.1 * Rng(8, "w").normal());
  Rng(8, "w").fill_uniform(wide, -2, 2);
  Rng(8, "w").fill_uniform(narrow, -2, 2);
  for (int i = 0; i < 7; ++i) CHECK(narrow[i] == float(wide[i]));
}

TEST_CASE("below is even over its range, also where 2^64 is far from a multiple") {
  Rng rng(9, "below");
  std::array<int, 6> count{};
  for (int i = 0; i < 60000; ++i) ++count[rng.below(6)];
  for (int c : count) CHECK(std::abs(c - 10000) < 400);
  CHECK(rng.below(1) == 0);
  std::uint64_t n = 3ull << 62;  // a plain remainder would hit the lowest third twice as often
  int lowest_third = 0;
  for (int i = 0; i < 9000; ++i) {
    std::uint64_t r = rng.below(n);
    REQUIRE(r < n);
    lowest_third += r < n / 3;
  }
  CHECK(std::abs(lowest_third - 3000) < 200);
  CHECK_THROWS_AS(rng.below(0), UsageError);
}

TEST_CASE("a permutation has every number once, and all orders are equally likely") {
  Rng rng(10, "shuffle");
  auto p = rng.permutation(1000);
  std::vector<std::int64_t> counting(1000);
  std::iota(counting.begin(), counting.end(), 0);
  CHECK(p != counting);
  std::sort(p.begin(), p.end());
  CHECK(p == counting);
  std::array<int, 6> count{};
  for (int i = 0; i < 6000; ++i) {
    auto q = rng.permutation(3);
    ++count[q[0] * 2 + (q[1] > q[2])];
  }
  for (int c : count) CHECK(std::abs(c - 1000) < 150);
  CHECK(rng.permutation(0).empty());
  CHECK_THROWS_AS(rng.permutation(-1), UsageError);
}

TEST_CASE("the first numbers of a stream never change between versions") {
  Rng rng(0, "init");
  CHECK(rng.next_u32() == 1925123836u);
  CHECK(rng.below(1000) == 494);
  CHECK(rng.uniform() == 0x1.1024b8bcd9734p-3);
  CHECK(rng.normal() == doctest::Approx(-0.010986677292396611).epsilon(1e-15));
}
