// The parts of the table of oracles.h, a family a function.
#pragma once
#include "interp/llc/oracles.h"

namespace basin::interp::oracle_families {

std::vector<Oracle> quadratics();
std::vector<Oracle> homogeneous_losses();
std::vector<Oracle> crossings();
std::vector<Oracle> spheres();
std::vector<Oracle> linear_layers();
std::vector<Oracle> strata();
std::vector<Oracle> units();

// A value that does not depend on the seed.
template <class Value>
auto always(const Value& value) {
  return [value](std::uint64_t) { return value(); };
}

}  // namespace basin::interp::oracle_families
