#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "core/error.h"
#include "core/normals.h"
#include "core/philox.h"
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

TEST_CASE("fills that must not depend on the precision are the double fill rounded") {
  std::vector<double> wide(601), same(601);
  std::vector<float> narrow(601);
  Rng(8, "w").fill_normal(wide, 0.1);
  Rng(8, "w").fill_normal_rounded(narrow, 0.1);
  Rng(8, "w").fill_normal_rounded(same, 0.1);
  CHECK(narrow == std::vector<float>(wide.begin(), wide.end()));
  CHECK(same == wide);
  CHECK(wide[0] == 0.1 * Rng(8, "w").normal());
  Rng(8, "w").fill_uniform(wide, -2, 2);
  Rng(8, "w").fill_uniform(narrow, -2, 2);
  CHECK(narrow == std::vector<float>(wide.begin(), wide.end()));
}

TEST_CASE_TEMPLATE("a fill is made of the stream's numbers in order, from every position in a block", T, float,
                   double) {
  constexpr bool narrow = sizeof(T) == 4;
  for (int drawn = 0; drawn < 9; ++drawn)
    for (int n : {0, 1, 2, 3, 63, 64, 65, 1030}) {
      Rng filled(11, "fill"), stepped(11, "fill");
      words(filled, 0);
      for (int i = 0; i < drawn; ++i) filled.next_u32(), stepped.next_u32();
      std::vector<T> got(n), wanted(n + 1);
      filled.fill_normal(got, 0.5);
      for (int i = 0; i < n; i += 2) {
        const auto next = [&] {
          return std::conditional_t<narrow, std::uint32_t, std::uint64_t>(narrow ? stepped.next_u32()
                                                                                 : stepped.next_u64());
        };
        const auto radius = next(), angle = next();
        normal_pairs(&radius, &angle, 1, T(0.5), &wanted[i]);
      }
      wanted.pop_back();
      CHECK(got == wanted);
      CHECK(filled.state() == stepped.state());
      filled.fill_uniform(got, -3, 5);
      for (T& x : wanted) x = T(stepped.uniform(-3, 5));
      CHECK(got == wanted);
      CHECK(filled.next_u32() == stepped.next_u32());
      CHECK(filled.state() == stepped.state());
      std::vector<std::uint64_t> at_once(n), one_by_one(n);
      filled.fill_words(at_once);
      for (std::uint64_t& word : one_by_one) word = stepped.next_u64();
      CHECK(at_once == one_by_one);
      CHECK(filled.state() == stepped.state());
    }
}

TEST_CASE_TEMPLATE("filling in even pieces is filling at once, and a fill of odd length is a prefix", T, float,
                   double) {
  std::vector<T> whole(5000), pieces(5000);
  Rng at_once(12, "pieces"), in_pieces(12, "pieces");
  at_once.fill_normal(whole, 3);
  std::span<T> rest = pieces;
  for (std::size_t n = 2; !rest.empty(); n = n * 3 / 2 / 2 * 2 + 2) {
    in_pieces.fill_normal(rest.first(std::min(n, rest.size())), 3);
    rest = rest.subspan(std::min(n, rest.size()));
  }
  CHECK(pieces == whole);
  CHECK(in_pieces.state() == at_once.state());
  std::vector<T> odd(777);
  Rng(12, "pieces").fill_normal(odd, 3);
  CHECK(std::equal(odd.begin(), odd.end(), whole.begin()));
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

TEST_CASE("a permutation takes the numbers of below, and no word more") {
  for (int drawn : {0, 1, 2})
    for (std::int64_t n : {0, 1, 2, 3, 255, 256, 257, 258, 1000}) {
      Rng rng(5, "order"), stepped(5, "order");
      for (int i = 0; i < drawn; ++i) rng.next_u32(), stepped.next_u32();
      std::vector<std::int64_t> wanted(n);
      std::iota(wanted.begin(), wanted.end(), 0);
      for (std::int64_t i = n - 1; i > 0; --i) std::swap(wanted[i], wanted[stepped.below(std::uint64_t(i) + 1)]);
      CHECK(rng.permutation(n) == wanted);
      CHECK(rng.state() == stepped.state());
    }
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

TEST_CASE("the first numbers of fills never change between versions") {
  std::vector<double> uniforms(3), normals(3);
  std::vector<float> floats(3);
  Rng(0, "init").fill_uniform(uniforms, 0, 1);
  Rng(0, "init").fill_normal(normals);
  Rng(0, "init").fill_normal(floats);
  CHECK(uniforms == std::vector<double>{0x1.f7e00419cafc2p-2, 0x1.365cd2dc82c3p-1, 0x1.cc8432a044092p-1});
  const double wanted[] = {-0.91440908632346651, -0.72018160213070248, -1.9146650330145192};
  const double narrow[] = {-0.0631313398, 1.26527536, -1.29800057};
  for (int i = 0; i < 3; ++i) CHECK(normals[i] == doctest::Approx(wanted[i]).epsilon(1e-15));
  for (int i = 0; i < 3; ++i) CHECK(double(floats[i]) == doctest::Approx(narrow[i]).epsilon(4e-7));
}

TEST_CASE("the first numbers of a stream never change between versions") {
  Rng rng(0, "init");
  CHECK(rng.next_u32() == 1925123836u);
  CHECK(rng.below(1000) == 494);
  CHECK(rng.uniform() == 0x1.1024b8bcd9734p-3);
  CHECK(rng.normal() == doctest::Approx(-0.010986677292396611).epsilon(1e-15));
}
