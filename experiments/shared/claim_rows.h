// Claims as the rows of a report.
#pragma once
#include <span>
#include <vector>

#include "experiments/cli/claims.h"
#include "experiments/report/report.h"

namespace basin::experiments {

std::vector<report::ClaimRow> claim_rows(std::span<const Claim> claims);

}  // namespace basin::experiments
