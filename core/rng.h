// Random numbers that depend only on (seed, stream name, position): the counter-based generator Philox 4x32-10
// (core/philox.h) with named, independent streams.
//
// Layout: the key is the seed. The 128-bit counter is (block number, stream id), 64 bits each, low words first. A
// stream's id is the 64-bit FNV-1a hash of its name, so `Rng(s, "chain").stream("3")` and `Rng(s, "chain/3")` are the
// same stream, and streams with different names never overlap unless their hashes collide (2^-64 a pair).
// Integers and uniforms are the same on every platform. Normals are the same on all machines that run one build, and in
// all builds without FMA instructions; BASIN_NATIVE may change their last bits.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace basin {

// Everything a generator is. Rng(state()) goes on with exactly the numbers the saved one would have given.
struct RngState {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;  // hash of the stream's name
  std::uint64_t drawn = 0;   // 32-bit words handed out so far
  friend bool operator==(const RngState&, const RngState&) = default;
};

class Rng {
 public:
  Rng(std::uint64_t seed, std::string_view stream);
  explicit Rng(const RngState& state);

  RngState state() const { return state_; }
  // The stream "<this stream's name>/<name>", from its start; this generator is left as it is.
  Rng stream(std::string_view name) const;

  std::uint32_t next_u32();
  std::uint64_t next_u64();              // two words, the low one first
  double uniform();                      // [0, 1), a multiple of 2^-53
  double uniform(double lo, double hi);  // lo + (hi - lo) * uniform(); rounding can give hi itself
  double normal();                       // mean 0, variance 1: the first of a Box-Muller pair; four words
  std::uint64_t below(std::uint64_t n);  // each of 0..n-1 equally likely. UsageError for n = 0

  // Pairs in order, both numbers used (core/normals.h); an odd length throws the last one away. Filling in pieces of
  // even lengths is filling at once. Doubles take four words a pair, as normal() does. Floats have a law of their own
  // with two words a pair and float arithmetic, several times as fast, for noise that is drawn again and again.
  void fill_normal(std::span<float> out, double scale = 1);
  void fill_normal(std::span<double> out, double scale = 1);
  // The double fill, rounded for floats: for numbers that must be the same ones in either precision, as the weights
  // that a network starts from.
  void fill_normal_rounded(std::span<float> out, double scale = 1);
  void fill_normal_rounded(std::span<double> out, double scale = 1);
  void fill_uniform(std::span<float> out, double lo, double hi);
  void fill_uniform(std::span<double> out, double lo, double hi);
  // Words as next_u64() gives them, many at once.
  void fill_words(std::span<std::uint64_t> out);
  // 0..n-1 in random order (Fisher-Yates). UsageError for n < 0.
  std::vector<std::int64_t> permutation(std::int64_t n);

 private:
  void load_block();
  template <class U>
  struct Rows;
  template <class U>
  void draw(Rows<U>& rows, std::size_t pairs);
  template <class U, class T>
  void fill_pairs(std::span<T> out, T scale);
  template <class T>
  void fill_uniform_as(std::span<T> out, double lo, double hi);

  RngState state_;
  std::array<std::uint32_t, 4> words_{};  // the block that word number state_.drawn lies in, once one was drawn of it
};

}  // namespace basin
