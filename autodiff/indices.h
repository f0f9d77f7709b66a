// Whole numbers that arrive as reals: labels and row numbers, checked where they are used.
#pragma once
#include <string>

#include "autodiff/op.h"

namespace basin {

// Element `at` of operand `operand` of the call, as an index below `count`; of one lane, if these are packs. DataError
// names the op and the value that holds it.
template <class T>
std::int64_t index_at(const Call<T>& c, int operand, std::int64_t at, std::int64_t count, std::string_view op,
                      int lane = 0) {
  using Number = ScalarOf<T>;
  const Number value = scalars(c.in[operand] + at)[lane];
  if (!(value >= 0 && value < Number(count)) || value != Number(std::int64_t(value)))
    throw DataError(std::string(op) + ": element " + std::to_string(at) + " of " +
                    c.graph->describe(c.node_in[operand]) + " is " + std::to_string(value) +
                    "; wanted a whole number in 0.." + std::to_string(count - 1));
  return std::int64_t(value);
}
template <class T>
std::int64_t index_at(const Call<T>& c, int operand, std::int64_t at, std::int64_t count) {
  return index_at(c, operand, at, count, c.node->op->name);
}

}  // namespace basin
