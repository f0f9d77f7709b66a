// What more can be said of a network whose free directions were counted (interp/degeneracy/degeneracy.h): doubly null
// directions, and counts that mean something without a spectral gap.
#pragma once
#include <optional>

#include "interp/degeneracy/degeneracy.h"
#include "interp/degeneracy/doubly_null.h"
#include "interp/jacobian/gauss_newton.h"

namespace basin::interp {

// Effective ranks at one cut-off (docs/theory.md §1.4): eigenvalues above epsilon times the largest of their matrix,
// and the sum of h / (h + epsilon h_max), which for J^T J is N_eff(epsilon).
struct EpsilonCounts {
  double epsilon = 0;                                   // relative
  EpsilonRank jacobian{};                               // of J^T J
  std::vector<EpsilonRank> activations{}, gradients{};  // of G^l and K^{l+1}, by dense layer
};

// Of the network as its tables show it, in the units it was given in. Cut-offs down to about 1e-30 mean what they say:
// below `gram_epsilon` the spectrum of J comes from products with J, above from its Gram matrix, in half the time.
// UsageError unless every epsilon is positive; one pass over the data; other errors as degeneracy.
std::vector<EpsilonCounts> epsilon_counts(const std::vector<FullTable>& tables, const std::vector<double>& epsilons,
                                          int threads = 1);
std::vector<EpsilonCounts> epsilon_counts(const ReluNet& net, const Matrix& x, const std::vector<double>& epsilons,
                                          const SweepOptions& options = {});

// Eigenvalues of a Gram matrix are off by 1e-15 of the largest: a soft count at this cut-off by 1e-7 of each of them.
inline constexpr double gram_epsilon = 1e-8;

struct DegeneracyDetails {
  std::optional<CorrectedCount> corrected;  // where doubly_null.h covers the network
  std::vector<EpsilonCounts> epsilon{};
};
// `report` is the subject's. Where its counts are undecided, so are doubly null directions: none are given.
DegeneracyDetails degeneracy_details(const Subject& subject, const DegeneracyReport& report,
                                     const std::vector<double>& epsilons);

// The object of to_json(report) with more keys: doubly_null and n_eff_corrected (null where not covered), and if asked
// for epsilon [{epsilon, n_eff, jacobian_rank, layers [{name, activation_n_eff, activation_rank, gradient_n_eff,
// gradient_rank}]}].
std::string to_json(const DegeneracyReport& report, const DegeneracyDetails& details);

}  // namespace basin::interp
