// What each row of the data gives at w*, alone: losses and gradients of batches there are then means of numbers that
// are known, and no chain has to stand at w* (docs/theory.md §6.4).
#pragma once
#include "core/slab.h"
#include "interp/llc/local_posterior.h"

namespace basin::interp {

template <class T>
class CenterRows {
 public:
  // Whether its numbers, rows times parameters that move, are few enough to be kept: up to 4 million.
  static bool fit(const LocalPosterior& posterior);
  explicit CenterRows(const LocalPosterior& posterior);

  // Means over some rows.
  double loss(std::span<const std::int64_t> rows) const;
  void gradient(std::span<const std::int64_t> rows, std::span<T> out) const;  // [parameters that move]

 private:
  std::vector<double> losses_;  // [rows]
  std::size_t stride_ = 0;      // of a row of gradients
  Slab<T> gradients_;           // [rows, parameters]
};

}  // namespace basin::interp
