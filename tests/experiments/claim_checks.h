// What tests of single claims have in common.
#pragma once
#include <doctest/doctest.h>

#include "experiments/claims/degeneracy_claims.h"

namespace basin::experiments {

inline std::vector<Claim> rows_of(const std::string& id, const ClaimSettings& settings) {
  return run_claims({&id, 1}, settings);
}

// The claim has so many rows, all say how, and none fails.
inline void check_claim(const std::string& id, std::size_t rows, const ClaimSettings& settings) {
  const std::vector<Claim> claims = rows_of(id, settings);
  CHECK(claims.size() == rows);
  for (const Claim& claim : claims) {
    CAPTURE(settings.seed);
    CAPTURE(claim.title);
    CAPTURE(value_text(claim.predicted));
    CAPTURE(value_text(claim.measured));
    CHECK(claim.id == id);
    CHECK(claim.verdict() != Verdict::fail);
    CHECK_FALSE(claim.how.empty());
  }
}

}  // namespace basin::experiments
