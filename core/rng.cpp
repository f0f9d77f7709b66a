#include "core/rng.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "core/error.h"

namespace basin {
namespace {

constexpr std::uint64_t fnv_offset = 0xcbf29ce484222325, fnv_prime = 0x100000001b3;

// FNV-1a continues: hashing "a" and then "/b" from there is hashing "a/b". Child streams rest on that.
std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = fnv_offset) {
  for (unsigned char byte : text) hash = (hash ^ byte) * fnv_prime;
  return hash;
}

std::uint32_t low(std::uint64_t x) { return std::uint32_t(x); }
std::uint32_t high(std::uint64_t x) { return std::uint32_t(x >> 32); }

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    std::uint64_t p0 = std::uint64_t(0xD2511F53) * c[0], p1 = std::uint64_t(0xCD9E8D57) * c[2];
    c = {high(p1) ^ c[1] ^ key[0], low(p1), high(p0) ^ c[3] ^ key[1], low(p0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return c;
}

Rng::Rng(std::uint64_t seed, std::string_view stream) : state_{seed, fnv1a(stream), 0} {}

Rng::Rng(const RngState& state) : state_(state) {
  if (state_.drawn % 4) load_block();
}

Rng Rng::stream(std::string_view name) const {
  return Rng(RngState{state_.seed, fnv1a(name, fnv1a("/", state_.stream)), 0});
}

void Rng::load_block() {
  std::uint64_t block = state_.drawn / 4;
  words_ = philox4x32({low(block), high(block), low(state_.stream), high(state_.stream)},
                      {low(state_.seed), high(state_.seed)});
}

std::uint32_t Rng::next_u32() {
  if (state_.drawn % 4 == 0) load_block();
  return words_[state_.drawn++ % 4];
}

std::uint64_t Rng::next_u64() {
  std::uint64_t lower = next_u32();
  return lower | std::uint64_t(next_u32()) << 32;
}

double Rng::uniform() { return double(next_u64() >> 11) * 0x1p-53; }

double Rng::uniform(double lo, double hi) { return lo + (hi - lo) * uniform(); }

std::pair<double, double> Rng::normal_pair() {
  double radius = std::sqrt(-2 * std::log(1 - uniform()));  // 1 - uniform() is in (0, 1]: the logarithm is finite
  double angle = 2 * std::numbers::pi * uniform();
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

double Rng::normal() { return normal_pair().first; }

std::uint64_t Rng::below(std::uint64_t n) {
  if (n == 0) throw UsageError("rng: below(0) has no number to choose from");
  std::uint64_t incomplete = (0 - n) % n;  // 2^64 mod n: without that many values every remainder is equally likely
  std::uint64_t r = next_u64();
  while (r < incomplete) r = next_u64();
  return r % n;
}

template <class T>
void Rng::fill_normal_as(std::span<T> out, double scale) {
  for (std::size_t i = 0; i < out.size(); i += 2) {
    auto [first, second] = normal_pair();
    out[i] = T(scale * first);
    if (i + 1 < out.size()) out[i + 1] = T(scale * second);
  }
}

void Rng::fill_normal(std::span<float> out, double scale) { fill_normal_as(out, scale); }
void Rng::fill_normal(std::span<double> out, double scale) { fill_normal_as(out, scale); }

void Rng::fill_uniform(std::span<float> out, double lo, double hi) {
  for (float& x : out) x = float(uniform(lo, hi));
}
void Rng::fill_uniform(std::span<double> out, double lo, double hi) {
  for (double& x : out) x = uniform(lo, hi);
}

std::vector<std::int64_t> Rng::permutation(std::int64_t n) {
  if (n < 0) throw UsageError("rng: permutation of " + std::to_string(n) + " things");
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[below(std::uint64_t(i) + 1)]);
  return order;
}

}  // namespace basin
