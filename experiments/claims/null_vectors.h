// What labelled null vectors are worth, in plain loops.
#pragma once
#include <limits>

#include "experiments/claims/claim_nets.h"
#include "interp/degeneracy/null_space.h"

namespace basin::experiments {

struct Checked {
  double image = 0;     // the largest |J v| over the largest singular value of J, by the chain rule
  double distance = 0;  // the largest of v_i · v_j to 1 and 0
  // The smallest d log L / d log t along any v; infinite where no loss is well above rounding, and above what |J v| =
  // 1e-9 of the scale may cost.
  double slope = std::numeric_limits<double>::infinity();
};
Checked checked(const ClaimNet& net, const interp::NullSpace& space);
Checked worst_of(const std::vector<Checked>& all);

}  // namespace basin::experiments
