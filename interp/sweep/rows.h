// Some rows of a data set.
#pragma once
#include <vector>

#include "autodiff/model.h"

namespace basin::interp {

// The rows at these places, of every input, in this order. The places must be there.
Inputs rows_at(const Inputs& data, const std::vector<std::int64_t>& places);

}  // namespace basin::interp
