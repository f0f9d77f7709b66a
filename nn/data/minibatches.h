// The order in which training sees the rows. An epoch's order depends on the seed and the epoch's number alone, so a
// resumed run needs no more than that number.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace basin::nn {

// One epoch: all rows once, shuffled, cut into batches; the last batch may be shorter. Use it as a range of
// std::span<const std::int64_t>, valid as long as the epoch.
class Epoch {
 public:
  Epoch(std::vector<std::int64_t> order, std::int64_t batch) : order_(std::move(order)), batch_(batch) {}

  std::span<const std::int64_t> order() const { return order_; }
  std::int64_t size() const { return (std::int64_t(order_.size()) + batch_ - 1) / batch_; }
  std::span<const std::int64_t> operator[](std::int64_t i) const {
    const auto rows = std::span(order_).subspan(std::size_t(i * batch_));
    return rows.first(std::min(rows.size(), std::size_t(batch_)));
  }

  struct Iterator {
    const Epoch* epoch;
    std::int64_t i;
    std::span<const std::int64_t> operator*() const { return (*epoch)[i]; }
    Iterator& operator++() { return ++i, *this; }
    bool operator==(const Iterator&) const = default;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  std::vector<std::int64_t> order_;
  std::int64_t batch_;
};

class Minibatches {
 public:
  // n rows in batches of `batch`; a batch over n means one batch of all rows. Throws UsageError unless both are >= 1.
  Minibatches(std::int64_t n, std::int64_t batch, std::uint64_t seed);

  // Shuffled by Rng(seed, "shuffle/<number>").
  Epoch epoch(std::int64_t number) const;

 private:
  std::int64_t n_, batch_;
  std::uint64_t seed_;
};

}  // namespace basin::nn
