// What tests of single claims have in common.
#pragma once
#include <doctest/doctest.h>

#include "experiments/claims/degeneracy_claims.h"

namespace basin::experiments {

inline std::vector<Claim> rows_of(const std::string& id, const ClaimSettings& settings) {
  return run_claims({&id, 1}, settings);
}

// Whether `how` begins with the path of the prediction (experiments/claims/degeneracy_claims.h). What is only measured
// has none.
inline bool names_its_path(const Claim& claim) {
  if (claim.standing == Standing::measured) return !claim.how.empty();
  for (const char* path :
       {"arithmetic", "closed form", "plain loops", "finite differences", "direct eigenvalues", "theorem", "chance"})
    if (claim.how.starts_with(path + std::string(": "))) return true;
  return false;
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
    CAPTURE(claim.how);
    CHECK_FALSE(claim.how.empty());
    CHECK(names_its_path(claim));
  }
}

}  // namespace basin::experiments
