// Standard normal numbers for all chains of a program, by chain and step: a chain's are those of its own stream,
// whichever way chains lie and however many there are.
#pragma once
#include <optional>

#include "core/normal_streams.h"
#include "interp/llc/chain_layout.h"
#include "interp/llc/chain_state.h"

namespace basin::interp {

template <class T>
class ChainNoise {
 public:
  // One stream for each chain, from its start.
  ChainNoise(const ChainLayout<T>& layout, const std::vector<Rng>& streams) : layout_(layout) {
    if (layout.in_lanes())
      lanes_.emplace(streams);
    else
      streams_ = streams, one_.resize(layout.dimension());
  }

  void fill(std::span<T> into) {  // as the layout says
    if (lanes_) return lanes_->fill(into);
    for (std::size_t c = 0; c < streams_.size(); ++c) {
      streams_[c].fill_normal(std::span<T>(one_));
      layout_.for_chain(std::int64_t(c), [&](std::size_t at, std::size_t own) { into[at] = one_[own]; });
    }
  }

  void visit(ChainState& state) {
    for (Rng& rng : streams_) state.visit(rng);
    if (!lanes_) return;
    std::uint32_t low = std::uint32_t(lanes_->drawn()), high = std::uint32_t(lanes_->drawn() >> 32);
    state.visit(low), state.visit(high);
    lanes_->go_to(std::uint64_t(high) << 32 | low);
  }

 private:
  ChainLayout<T> layout_;
  std::vector<Rng> streams_;
  std::optional<NormalStreams<T>> lanes_;
  std::vector<T> one_;
};

}  // namespace basin::interp
