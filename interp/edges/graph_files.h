// Bases and edges as .npz, for numpy and for another day.
#pragma once
#include <string>

#include "interp/basis/basis.h"

namespace basin::interp {

// By node layer L and section L to M: mean__L [d], gram__L [d, d], W__L, W_pinv__L, C__L [d, features], C_pinv__L,
// Lambda__L [features], Lambda_all__L, and E__L__to__M [features of M, features of L]; `constant` holds by node layer
// the feature that is the constant, or -1. Written atomically.
void write_interactions(const std::string& path, const std::vector<Basis>& bases, const std::vector<Matrix>& E);

}  // namespace basin::interp
