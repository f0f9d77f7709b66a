// The Hessian of the loss of a local posterior at w*, over the parameters that move, as chains see it: from differences
// of the gradients that their program gives (docs/theory.md §6.4).
#pragma once
#include "interp/llc/local_posterior.h"
#include "interp/spectra/operators.h"
#include "interp/spectra/spectral_density.h"

namespace basin::interp {

// Products with central differences of gradients, to some 1e-9 of the largest eigenvalue. Several vectors at a time.
Operator local_hessian(const LocalPosterior& posterior);

// A quadratic's λ at finite nβ, and what else of the neighbourhood of w* bears on an estimate.
struct LocalCurvature {
  std::int64_t dimension = 0;
  double loss = 0, gradient_norm = 0;  // at w*
  double top = 0;                      // largest eigenvalue of the Hessian
  std::vector<double> eigenvalues{};   // all, descending, of up to dense_dimension parameters; else empty
  SpectralQuadrature quadrature{};     // of more than these
  std::vector<double> gradient{};      // [dimension]
  std::vector<double> along{};         // its squared parts along the eigenvectors, where these are known
  static constexpr std::int64_t dense_dimension = 300;

  struct Count {
    double value = 0, error = 0;
  };
  // ½ Σ nβ h / (nβ h + γ), the λ̂ of a quadratic basin; h below 0 count as 0. With γ = 0 half the eigenvalues above
  // 1e-8 of the largest.
  Count gauss_newton(double n_beta, double gamma) const;
  // How many eigenvalues are at most 1e-8 of the largest; -1 where they are not known one by one.
  std::int64_t flat() const;
  // By how much nβ L falls to the minimum of the quadratic at w*: 0 at a minimum. Where eigenvalues are not known,
  // nβ |g|² / (2 top), a bound from below.
  double descent(double n_beta, double gamma) const;
};

// NumericalError where the loss at w* is not finite.
LocalCurvature local_curvature(const LocalPosterior& posterior, int threads = 1);

}  // namespace basin::interp
