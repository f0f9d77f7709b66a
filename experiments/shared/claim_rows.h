// Claims as the rows of a report.
#pragma once
#include <span>
#include <vector>

#include "experiments/shared/claims.h"
#include "interp/report.h"

namespace basin::experiments {

std::vector<interp::ClaimRow> claim_rows(std::span<const Claim> claims);

}  // namespace basin::experiments
