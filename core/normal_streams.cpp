#include "core/normal_streams.h"

#include <algorithm>

#include "core/error.h"
#include "core/normals.h"
#include "core/philox.h"

namespace basin {
namespace {

constexpr std::size_t blocks_at_once = 16;

// A row of numbers of one word, or of two, the low one first.
template <int lanes>
const std::uint32_t* numbers(const std::uint32_t* rows, std::uint32_t*) {
  return rows;
}
template <int lanes>
const std::uint64_t* numbers(const std::uint32_t* rows, std::uint64_t* room) {
  for (int l = 0; l < lanes; ++l) room[l] = rows[l] | std::uint64_t(rows[lanes + l]) << 32;
  return room;
}

}  // namespace

template <class T>
NormalStreams<T>::NormalStreams(std::span<const Rng> streams)
    : streams_(streams.size()), words_((blocks_at_once + 1) * 4 * std::size_t(lanes)) {
  if (streams.empty() || streams.size() > std::size_t(lanes))
    throw UsageError("normal streams: " + std::to_string(streams.size()) + " streams given, wanted 1 to " +
                     std::to_string(lanes));
  seed_ = streams[0].state().seed;
  for (std::size_t s = 0; s < streams.size(); ++s) {
    const RngState state = streams[s].state();
    if (state.seed != seed_ || state.drawn != 0)
      throw UsageError("normal streams: wanted streams of one seed from their start");
    ids_[s] = state.stream;
  }
}

template <class T>
void NormalStreams<T>::fill(std::span<T> out) {
  using Number = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr std::size_t words = sizeof(T) / 4, row = std::size_t(lanes), of_pair = 2 * words;
  Number radius[row], angle[row];
  T unused[row];
  for (std::size_t left = (out.size() / row + 1) / 2; left > 0;) {
    const std::size_t before = drawn_ % 4, pairs = std::min(left, blocks_at_once * 4 / of_pair);
    philox_lanes<lanes>(seed_, ids_.data(), drawn_ / 4, (before + pairs * of_pair + 3) / 4, words_.data());
    const std::uint32_t* from = words_.data() + before * row;
    for (std::size_t p = 0; p < pairs; ++p, from += of_pair * row) {
      const bool both = out.size() >= 2 * row;
      normal_pairs(numbers<lanes>(from, radius), numbers<lanes>(from + words * row, angle), row, T(1), out.data(),
                   both ? out.data() + row : unused);
      for (std::size_t l = streams_; l < row; ++l) out[l] = 0, (both ? out.data() + row : unused)[l] = 0;
      out = out.subspan(both ? 2 * row : row);
    }
    drawn_ += pairs * of_pair;
    left -= pairs;
  }
}

template class NormalStreams<float>;
template class NormalStreams<double>;

}  // namespace basin
