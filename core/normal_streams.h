// Normal numbers of several streams side by side, as many as a pack has lanes: noise of chains that run in lanes. Each
// stream gives the numbers that Rng::fill_normal gives it, from its start on, whatever the others are; all are computed
// at once, and lie where packs have them.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/pack.h"
#include "core/rng.h"

namespace basin {

template <class T>
class NormalStreams {
 public:
  // Of generators of one seed that have drawn nothing, at most a pack's lanes; other lanes get zeros. UsageError for
  // others.
  explicit NormalStreams(std::span<const Rng> streams);

  // out[i lanes + s] is the next number i of stream s. Filling in pieces of an even number of packs is filling at once.
  void fill(std::span<T> out);

  std::uint64_t drawn() const { return drawn_; }  // words of each stream
  void go_to(std::uint64_t drawn) { drawn_ = drawn; }

 private:
  static constexpr int lanes = Pack<T>::lanes;

  std::uint64_t seed_ = 0, drawn_ = 0;
  std::size_t streams_;
  std::array<std::uint64_t, std::size_t(lanes)> ids_{};
  std::vector<std::uint32_t> words_;
};

}  // namespace basin
