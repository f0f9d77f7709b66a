// The law that learning coefficients are sampled from (docs/theory.md §6.4): around a point w*,
//   p(w) ∝ exp(-nβ (L(w) - L(w*)) - γ/2 |w - w*|²),
// L the mean loss over the data. Then λ̂ = nβ (E[L] - L(w*)), which goes to λ as nβ grows.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "interp/sweep/sweep.h"

namespace basin::interp {

struct LocalPosterior {
  ModelPoint model{};  // its parameters are w*; its loss has a number for each row, or is a scalar that is their mean
  Inputs data{};       // none for a function of the parameters alone
  double n_beta = 0;   // > 0
  double gamma = 0;    // >= 0; 0 is improper where the loss has flat directions without end
  std::vector<std::string> free{};                 // names, with * and ?, of the parameters that move; none: all do
  std::optional<Parameters<double>> prior_mean{};  // in place of w* in the term of γ: the prior N(0, 1/γ) is at zeros

  // UsageError for n_beta or gamma outside their range, a model without loss, or names that fit no parameter;
  // ShapeError for a prior mean of other slices than w*.
  void validate() const;
  bool moves(const std::string& name) const;
  std::int64_t dimension() const;  // how many numbers move
  void center_prior_at_zeros();    // N(0, 1/γ) of all parameters, in place of N(w*, 1/γ)
};

// Of the loss L_B(w) = |f_w(x) - f_w*(x)|², the outputs' squared distance to those at w*, in place of the model's own:
// w* is a minimum of it whatever w* is (docs/theory.md §1.1). DataError without inputs.
LocalPosterior behavioural(LocalPosterior posterior);

}  // namespace basin::interp
