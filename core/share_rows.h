// A matrix whose rows are computed in pieces that do not depend on each other, shared out among processes
// (core/team.h).
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace basin {

// Piece i is rows [starts[i], starts[i + 1]), the last one up to the end. `compute` fills those of the pieces whose
// numbers it is given, ascending: here all of them, or where work is shared out every so manieth; then all processes
// have all rows. `what` is how the work is called if they do not agree on it. What compute throws, in any of them.
void share_rows(Matrix& matrix, const std::vector<std::int64_t>& starts, const std::string& what,
                const std::function<void(const std::vector<std::int64_t>& pieces)>& compute);

}  // namespace basin
