// How the expectation of an observable φ under a local posterior answers when some of the data count more or less:
// fluctuations of chains say it, without another chain (docs/theory.md §6.6). With L_h = L + h ΔL in place of L,
//   dE[φ]/dh = -nβ Cov[φ, ΔL]  at h = 0,
// by differentiating under the integral (the fluctuation-dissipation theorem). Baker, Wang, Hoogland and Murfet,
// "Structural inference: interpreting small language models with susceptibilities" (2025, arXiv 2504.18274), call
// χ = (1/nβ) dE[φ]/dh = -Cov[φ, ΔL] the susceptibility; with parameters `free` by name and φ = L it is that of a
// component. Kreer, Wu, Adam, Furman and Hoogland, "Bayesian influence functions for Hessian-free data attribution"
// (2025, arXiv 2509.26544), weigh the losses of single rows in a sum: their influence is -Cov[φ, ℓ_i], ours n / (nβ) of
// it. All covariances are under the law at h = 0, with the term of γ as it is.
#pragma once
#include <string>
#include <vector>

#include "core/chains.h"
#include "core/covariance_table.h"
#include "interp/llc/observables.h"

namespace basin::interp {

// Rows of the data that belong together.
struct DataClass {
  std::string name;
  std::vector<std::int64_t> rows;
};
// One for each value among the labels of all rows, in ascending order, named by it ("3"), or by names[value] for labels
// 0, 1, … that have names.
std::vector<DataClass> classes_by(std::span<const double> labels, std::span<const std::string> names = {});

// What counting more means, for the rows C of a class among n.
enum class Reweighting {
  weight,  // rows of C count 1 + h, others 1: ΔL = (1/n) Σ_{i in C} ℓ_i
  share,   // the data are C with probability h, else all as they are: ΔL = L_C - L, L_C the mean of ℓ_i over C
};

// ΔL at each draw [chains, kept], of row losses [chains, kept, n]. UsageError for an empty class or rows outside n.
Matrix loss_change(const Tensor<double>& row_losses, const DataClass& of, Reweighting how);

struct Response {
  double value = 0, error = 0;  // dE[φ]/dh, in units of φ; the 95 % interval is value ± 1.96 error
  ChainMean covariance{};       // Cov[φ, ΔL] = -χ, with what its products remember, and their R̂

  bool decided() const;  // the interval excludes 0
};
// Of traces of φ and of ΔL, [chains, draws] both. Errors of chain_covariance.
Response response(const Matrix& observable, const Matrix& loss_change, double n_beta);

// dE[φ]/d(weight of row i) = -(nβ/n) Cov[φ, ℓ_i] for each of p observables [chains, kept, p] and each row of the losses
// [chains, kept, n]: [p, n], errors as of CovarianceTable. Between samples, chain_covariances and chain_correlations of
// the row losses with themselves are the matrix. Errors of chain_covariances.
CovarianceTable influences(const Tensor<double>& observables, const Tensor<double>& row_losses, double n_beta,
                           int threads = 1);

struct ResponseSpec {
  Observable observable = mean_loss();  // a scalar
  std::vector<DataClass> classes{};
  std::int64_t most = 10;  // rows that are listed
  int threads = 1;
};

// What a page shows.
struct ResponseReport {
  struct OfClass {
    std::string name;
    std::int64_t rows = 0;
    Response weight{}, share{};
  };
  struct OfRow {
    std::int64_t row = 0;
    double value = 0, error = 0;  // of influences()

    bool decided() const;  // as of Response
  };
  std::string observable;
  std::int64_t rows = 0;                  // n
  std::int64_t chains = 0, left_out = 0;  // those that count, and those that diverged or escaped
  std::int64_t places = 0;                // of each
  double n_beta = 0;
  ChainMean mean{};  // E[φ]
  std::vector<OfClass> classes{};
  std::vector<OfRow> most_influential{};  // by falling |value|
};

// From chains with kept places. The losses of all rows at all places are held: chains x kept x n numbers. Errors of
// counted_places and observe; UsageError for an observable that is no scalar, data without rows, or 15 places and fewer
// of a chain.
ResponseReport respond(const LocalPosterior& posterior, const Chains& chains, const ResponseSpec& spec);

}  // namespace basin::interp
