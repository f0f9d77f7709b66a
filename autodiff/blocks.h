// Blocks: who lies where on a line of memory that values take and give back while a program is planned.
#pragma once
#include <cstdint>
#include <iterator>
#include <map>

namespace basin {

class Blocks {
 public:
  explicit Blocks(std::int64_t start) : top_(start) {}
  std::int64_t top() const { return top_; }  // how long the line has become

  // The smallest free block that is long enough; else new memory, joined to a free block at the end.
  std::int64_t take(std::int64_t n) {
    auto best = free_.end();
    for (auto it = free_.begin(); it != free_.end(); ++it)
      if (it->second >= n && (best == free_.end() || it->second < best->second)) best = it;
    if (best == free_.end()) {
      const bool last_is_free = !free_.empty() && end_of(std::prev(free_.end())) == top_;
      const std::int64_t offset = last_is_free ? std::prev(free_.end())->first : top_;
      give(top_, offset + n - top_);
      top_ = offset + n;
      best = std::prev(free_.end());
    }
    const auto [offset, size] = *best;
    free_.erase(best);
    if (size > n) free_.emplace(offset + n, size - n);
    return offset;
  }

  // Gives back what was taken. Neighbours that are free become one block.
  void give(std::int64_t offset, std::int64_t n) {
    const auto here = free_.emplace(offset, n).first, next = std::next(here);
    if (next != free_.end() && end_of(here) == next->first) {
      here->second += next->second;
      free_.erase(next);
    }
    if (here == free_.begin()) return;
    if (const auto before = std::prev(here); end_of(before) == here->first) {
      before->second += here->second;
      free_.erase(here);
    }
  }

 private:
  using Free = std::map<std::int64_t, std::int64_t>;  // offset to length
  static std::int64_t end_of(Free::const_iterator it) { return it->first + it->second; }
  Free free_;
  std::int64_t top_;
};

}  // namespace basin
