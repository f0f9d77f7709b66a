#include "experiments/shared/claim_rows.h"

#include <fmt/format.h>

namespace basin::experiments {

std::vector<report::ClaimRow> claim_rows(std::span<const Claim> claims) {
  std::vector<report::ClaimRow> rows;
  for (const Claim& c : claims)
    rows.push_back({c.id, c.title, value_text(c.predicted), value_text(c.measured), fmt::format("{:.3g}", c.tolerance),
                    standing_text(c.standing), verdict_text(c.verdict()), c.how});
  return rows;
}

}  // namespace basin::experiments
