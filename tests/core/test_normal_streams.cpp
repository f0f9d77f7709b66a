#include "core/normal_streams.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"
#include "core/philox.h"

using namespace basin;

namespace {

std::vector<Rng> some_streams(std::size_t count, std::uint64_t seed = 5) {
  std::vector<Rng> streams;
  for (std::size_t s = 0; s < count; ++s) streams.emplace_back(seed, "chain/" + std::to_string(s));
  return streams;
}

}  // namespace

TEST_CASE_TEMPLATE("streams side by side give what each gives alone", T, float, double) {
  constexpr std::size_t lanes = Pack<T>::lanes;
  for (const std::size_t count : {std::size_t(1), std::size_t(3), lanes}) {
    std::vector<Rng> alone = some_streams(count);
    NormalStreams<T> together(alone);
    for (const std::size_t n : {2, 18, 30, 1, 7, 200}) {
      std::vector<T> out(n * lanes, T(9)), one(n);
      together.fill(out);
      for (std::size_t s = 0; s < lanes; ++s) {
        if (s < count) alone[s].fill_normal(std::span(one));
        bool same = true;
        for (std::size_t i = 0; i < n; ++i) same = same && out[i * lanes + s] == (s < count ? one[i] : T(0));
        CHECK(same);
      }
      CHECK(together.drawn() == alone[0].state().drawn);
    }
  }
}

TEST_CASE("streams go on from where they were") {
  const std::vector<Rng> streams = some_streams(4);
  NormalStreams<float> a(streams), b(streams);
  std::vector<float> x(16 * 10), y(16 * 10);
  a.fill(x);
  b.go_to(a.drawn());
  a.fill(x), b.fill(y);
  CHECK(x == y);
}

TEST_CASE("words of several streams are those of each, with all vectors") {
  const std::vector<std::uint64_t> ids{0, 1, 1ull << 40, ~0ull, 5, 6, 7, 8};
  std::vector<std::uint32_t> words(8 * 4 * 3);
  for (int use = 0; use <= int(vectors_here()); ++use) {
    const std::uint64_t first = 0xffffffff;  // the lower word of the counter overflows
    philox_lanes<8>(77, ids.data(), first, 3, words.data(), Vectors(use));
    for (std::size_t b = 0; b < 3; ++b)
      for (std::size_t s = 0; s < 8; ++s) {
        const auto want = PhiloxStream{77, ids[s]}.block(first + b);
        for (std::size_t w = 0; w < 4; ++w) CHECK(words[(4 * b + w) * 8 + s] == want[w]);
      }
  }
}

TEST_CASE("streams that cannot go side by side are refused") {
  CHECK_THROWS_AS(NormalStreams<double>(some_streams(9)), UsageError);
  CHECK_THROWS_AS(NormalStreams<double>(std::vector<Rng>{}), UsageError);
  CHECK_THROWS_AS(NormalStreams<float>(std::vector<Rng>{Rng(1, "a"), Rng(2, "a")}), UsageError);
  Rng late(1, "b");
  late.next_u32();
  CHECK_THROWS_AS(NormalStreams<float>(std::vector<Rng>{Rng(1, "a"), late}), UsageError);
}
