#include "core/rng.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "core/error.h"
#include "core/normals.h"
#include "core/philox.h"

namespace basin {
namespace {

constexpr std::uint64_t fnv_offset = 0xcbf29ce484222325, fnv_prime = 0x100000001b3;

// FNV-1a continues: hashing "a" and then "/b" from there is hashing "a/b". Child streams rest on that.
std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = fnv_offset) {
  for (unsigned char byte : text) hash = (hash ^ byte) * fnv_prime;
  return hash;
}

constexpr std::size_t blocks_at_once = 128;  // so that what lies between words and numbers stays in the nearest cache

}  // namespace

Rng::Rng(std::uint64_t seed, std::string_view stream) : state_{seed, fnv1a(stream), 0} {}

Rng::Rng(const RngState& state) : state_(state) {
  if (state_.drawn % 4) load_block();
}

Rng Rng::stream(std::string_view name) const {
  return Rng(RngState{state_.seed, fnv1a(name, fnv1a("/", state_.stream)), 0});
}

void Rng::load_block() { words_ = PhiloxStream{state_.seed, state_.stream}.block(state_.drawn / 4); }

std::uint32_t Rng::next_u32() {
  if (state_.drawn % 4 == 0) load_block();
  return words_[state_.drawn++ % 4];
}

std::uint64_t Rng::next_u64() {
  std::uint64_t lower = next_u32();
  return lower | std::uint64_t(next_u32()) << 32;
}

double Rng::uniform() { return uniform53(next_u64()); }

double Rng::uniform(double lo, double hi) { return lo + (hi - lo) * uniform(); }

double Rng::normal() {
  const std::uint64_t radius = next_u64(), angle = next_u64();
  double pair[2];
  normal_pairs(&radius, &angle, 1, 1.0, pair);
  return pair[0];
}

namespace {

// Words for which every remainder is equally likely: all but the first 2^64 mod n, which are fewer than n.
template <class Next>
std::uint64_t remainder_below(std::uint64_t n, const Next& next) {
  std::uint64_t word = next();
  if (word < n)
    for (const std::uint64_t incomplete = (0 - n) % n; word < incomplete;) word = next();
  return word % n;
}

}  // namespace

std::uint64_t Rng::below(std::uint64_t n) {
  if (n == 0) throw UsageError("rng: below(0) has no number to choose from");
  return remainder_below(n, [this] { return next_u64(); });
}

// Numbers of one word or two, in pairs: first[i] and second[i].
template <class U>
struct Rng::Rows {
  static constexpr std::size_t words = sizeof(U) / 4, pairs_at_once = blocks_at_once * 2 / words;
  static constexpr std::size_t room = pairs_at_once + philox_group * 2 / words;
  alignas(64) U row[2][room];
  const U *first, *second;
};

template <class U>
void Rng::draw(Rows<U>& rows, std::size_t pairs) {
  constexpr std::size_t words = Rows<U>::words;
  rows.first = rows.row[0];
  rows.second = rows.row[1];
  if (state_.drawn % words != 0) {  // an odd word was drawn before: philox_rows pairs words in another way
    for (std::size_t i = 0; i < pairs; ++i)
      for (U* row : rows.row) row[i] = U(next_u64());
    return;
  }
  const std::size_t before = state_.drawn % 4 / words, needed = (before + 2 * pairs) * words;
  const std::size_t groups = (needed + 4 * philox_group - 1) / (4 * philox_group);
  philox_rows({state_.seed, state_.stream}, state_.drawn / 4, groups * philox_group, rows.row[0], rows.row[1]);
  rows.first = rows.row[before % 2] + before / 2;
  rows.second = rows.row[(before + 1) % 2] + (before + 1) / 2;
  state_.drawn += 2 * pairs * words;
  if (state_.drawn % 4) load_block();
}

template <class U, class T>
void Rng::fill_pairs(std::span<T> out, T scale) {
  Rows<U> rows;
  while (out.size() > 1) {
    const std::size_t pairs = std::min(out.size() / 2, Rows<U>::pairs_at_once);
    draw(rows, pairs);
    normal_pairs(rows.first, rows.second, pairs, scale, out.data());
    out = out.subspan(2 * pairs);
  }
  if (out.empty()) return;
  draw(rows, 1);
  T pair[2];
  normal_pairs(rows.first, rows.second, 1, scale, pair);
  out[0] = pair[0];
}

void Rng::fill_normal(std::span<float> out, double scale) { fill_pairs<std::uint32_t>(out, float(scale)); }
void Rng::fill_normal(std::span<double> out, double scale) { fill_pairs<std::uint64_t>(out, scale); }

void Rng::fill_normal_rounded(std::span<float> out, double scale) {
  double exact[256];
  while (!out.empty()) {
    const std::span part(exact, std::min(out.size(), std::size(exact)));
    fill_normal(part, scale);
    std::copy(part.begin(), part.end(), out.begin());
    out = out.subspan(part.size());
  }
}
void Rng::fill_normal_rounded(std::span<double> out, double scale) { fill_normal(out, scale); }

template <class T>
void Rng::fill_uniform_as(std::span<T> out, double lo, double hi) {
  Rows<std::uint64_t> rows;
  while (out.size() > 1) {
    const std::size_t pairs = std::min(out.size() / 2, rows.pairs_at_once);
    draw(rows, pairs);
    for (std::size_t i = 0; i < pairs; ++i) {
      out[2 * i] = T(lo + (hi - lo) * uniform53(rows.first[i]));
      out[2 * i + 1] = T(lo + (hi - lo) * uniform53(rows.second[i]));
    }
    out = out.subspan(2 * pairs);
  }
  if (!out.empty()) out[0] = T(uniform(lo, hi));
}

void Rng::fill_uniform(std::span<float> out, double lo, double hi) { fill_uniform_as(out, lo, hi); }
void Rng::fill_uniform(std::span<double> out, double lo, double hi) { fill_uniform_as(out, lo, hi); }

void Rng::fill_words(std::span<std::uint64_t> out) {
  Rows<std::uint64_t> rows;
  while (out.size() > 1) {
    const std::size_t pairs = std::min(out.size() / 2, rows.pairs_at_once);
    draw(rows, pairs);
    for (std::size_t i = 0; i < pairs; ++i) out[2 * i] = rows.first[i], out[2 * i + 1] = rows.second[i];
    out = out.subspan(2 * pairs);
  }
  if (!out.empty()) out[0] = next_u64();
}

// The numbers of below(n), below(n - 1), …, whose words are drawn many at once: each place takes one at least.
std::vector<std::int64_t> Rng::permutation(std::int64_t n) {
  if (n < 0) throw UsageError("rng: permutation of " + std::to_string(n) + " things");
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::array<std::uint64_t, 256> words;
  std::span<const std::uint64_t> drawn;
  for (std::int64_t i = n - 1; i > 0; --i) {
    const auto next = [&] {
      if (drawn.empty()) {
        const auto some = std::span(words).first(std::min(words.size(), std::size_t(i)));
        fill_words(some);
        drawn = some;
      }
      const std::uint64_t word = drawn.front();
      drawn = drawn.subspan(1);
      return word;
    };
    std::swap(order[i], order[remainder_below(std::uint64_t(i) + 1, next)]);
  }
  return order;
}

}  // namespace basin
