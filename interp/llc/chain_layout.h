// Where the numbers of chains lie that run side by side. Samplers are loops over these numbers; a layout makes each
// loop one pass over memory, whichever way the numbers lie:
//   in lanes   number i of chain c at i lanes + c, the chains being the lanes of packs (core/pack.h)
//   lifted     slice by slice, [chains, own shape] each (autodiff/lift.h)
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "autodiff/parameters.h"
#include "core/pack.h"

namespace basin::interp {

template <class T>
class ChainLayout {
 public:
  static constexpr std::size_t lanes = Pack<T>::lanes;

  // Of chains that have `one` each. At most `lanes` of them in lanes, where the places of missing ones are idle.
  ChainLayout(const Parameters<T>& one, std::int64_t chains, bool in_lanes)
      : dimension_(std::size_t(one.size())), places_(in_lanes ? lanes : std::size_t(chains)), in_lanes_(in_lanes) {
    for (const auto& slice : one.slices()) slices_.push_back({std::size_t(slice.offset), std::size_t(slice.size)});
  }

  bool in_lanes() const { return in_lanes_; }
  std::size_t dimension() const { return dimension_; }  // of one chain
  std::size_t places() const { return places_; }        // chains, and in lanes idle ones
  std::size_t size() const { return dimension_ * places_; }

  // body(at, own) for each number of one chain: it lies at `at`, and is the chain's number `own`.
  template <class Body>
  void for_chain(std::int64_t chain, const Body& body) const {
    const std::size_t c = std::size_t(chain);
    if (in_lanes_)
      for (std::size_t own = 0; own < dimension_; ++own) body(own * lanes + c, own);
    else
      for (const Slice& s : slices_)
        for (std::size_t i = 0; i < s.size; ++i) body(s.own * places_ + c * s.size + i, s.own + i);
  }

  // body(at, own, by[chain]...) for the numbers of all places. What it writes must be at `at`: numbers go in any order.
  template <class Body, class... By>
  void for_all(const Body& body, const std::vector<By>&... by) const {
    if (in_lanes_)
      all_in_lanes(body, by.data()...);
    else
      for (const Slice& s : slices_)
        for (std::size_t c = 0; c < places_; ++c) run_of(body, s.own * places_ + c * s.size, s.own, s.size, by[c]...);
  }

  // sums[chain] = the sum of term(at, own) over the chain's numbers, for all places.
  template <class Term>
  void sum(const Term& term, std::span<double> sums) const {
    if (in_lanes_) {
      std::array<double, lanes> sum{};
      for (std::size_t own = 0; own < dimension_; ++own)
#pragma GCC ivdep
        for (std::size_t l = 0; l < lanes; ++l) sum[l] += term(own * lanes + l, own);
      std::copy_n(sum.begin(), lanes, sums.begin());
    } else {
      for (std::size_t c = 0; c < places_; ++c) {
        sums[c] = 0;
        for_chain(std::int64_t(c), [&](std::size_t at, std::size_t own) { sums[c] += term(at, own); });
      }
    }
  }

 private:
  struct Slice {
    std::size_t own, size;
  };

  template <class Body, class... By>
  void all_in_lanes(const Body& body, const By* __restrict... by) const {
    for (std::size_t own = 0; own < dimension_; ++own)
#pragma GCC ivdep
      for (std::size_t l = 0; l < lanes; ++l) body(own * lanes + l, own, by[l]...);
  }
  template <class Body, class... By>
  static void run_of(const Body& body, std::size_t at, std::size_t own, std::size_t size, const By... by) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < size; ++i) body(at + i, own + i, by...);
  }

  std::vector<Slice> slices_;
  std::size_t dimension_, places_;
  bool in_lanes_;
};

}  // namespace basin::interp
