// λ and m from a sweep over nβ: λ̂(nβ) = λ - (m - 1) / (ln nβ + c), as the free energy has it (Watanabe 2009; with c
// what is left of the order below; docs/theory.md §6.4). With c as large as one likes every m is a constant, so c is
// held to ±10: a loss within a factor of e^10 of its own scale.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace basin::interp {

struct SweepPoint {
  double n_beta = 0, lambda = 0, error = 0;  // λ̂ and its standard error
};

struct CoefficientFit {
  // With one multiplicity m given: the best λ and c, and how well they fit.
  struct Candidate {
    int multiplicity = 1;
    double lambda = 0, lower = 0, upper = 0, c = 0;
    double chi2 = 0;           // Σ ((λ̂ - fit) / error)²
    std::int64_t freedom = 0;  // points less numbers that were fitted
    bool fits = false;         // at 1 %
  };
  bool decided = false;  // one multiplicity fits, and all others fit worse by 4 in χ² + 2 (numbers fitted)
  int multiplicity = 0;  // of the best that fits; 0: none does
  double lambda = 0, lower = 0, upper = 0;  // 95 %; undecided: over all that fit nearly as well
  std::vector<Candidate> candidates{};      // m = 1, …, 5
  std::string text{};                       // what was found, or why nothing was
};

// At least three points over a factor of 100 in nβ, or it is undecided and says so. UsageError for a point whose nβ or
// error is not positive.
CoefficientFit fit_coefficient(std::span<const SweepPoint> points);

}  // namespace basin::interp
