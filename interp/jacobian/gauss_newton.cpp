#include "interp/jacobian/gauss_newton.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/blas.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "core/share_rows.h"
#include "core/two_stage_eigenvalues.h"

namespace basin::interp {
namespace {

constexpr std::int64_t tile = 64;  // samples whose rows are computed together

// Rows [first, end) of a a^T up to column `end`, [end - first, end].
Matrix rows_of_gram(const Matrix& a, std::int64_t first, std::int64_t end) {
  const std::int64_t d = a.shape[1];
  Matrix rows({end - first, end});
  gemm(false, true, end - first, end, d, 1.0, a.data.data() + first * d, d, a.data.data(), d, 0.0, rows.data.data(),
       end);
  return rows;
}

// Adds (F F^T) o (B B^T) of samples [first, end) to the lower triangle of `sum`.
void add_tile(Matrix& sum, const LayerTable& t, std::int64_t k, std::int64_t first, std::int64_t end) {
  const Matrix ff = rows_of_gram(t.F, first, end), bb = rows_of_gram(t.B, first * k, end * k);
  for (std::int64_t i = 0; i < bb.shape[0]; ++i) {
    const std::int64_t samples = first + i / k + 1;
    double* to = sum.row(first * k + i).data();
    const double *b = bb.row(i).data(), *f = ff.row(i / k).data();
    for (std::int64_t s = 0; s < samples; ++s)
      for (std::int64_t o = 0; o < k; ++o) to[s * k + o] += f[s] * b[s * k + o];
  }
}

// A piece is the rows of a tile of samples left of the diagonal. The longest go first.
Matrix gram_of(std::span<const LayerTable> tables, std::int64_t k, int threads) {
  const std::int64_t n = tables.empty() ? 0 : tables[0].F.shape[0], tiles = (n + tile - 1) / tile;
  Matrix sum({n * k, n * k});
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i < tiles; ++i) starts.push_back(i * tile * k);
  share_rows(sum, starts, fmt::format("the Gram matrix of {} outputs", n * k), [&](const auto& own) {
    parallel_for(threads, std::ssize(own), [&](std::int64_t index, int) {
      const std::int64_t first = own[own.size() - 1 - std::size_t(index)] * tile, end = std::min(n, first + tile);
      for (const LayerTable& t : tables) add_tile(sum, t, k, first, end);
    });
  });
  parallel_for(threads, tiles,
               [&](std::int64_t i, int) { mirror_lower(sum, i * tile * k, std::min(n, (i + 1) * tile) * k); });
  return sum;
}

std::vector<double> not_negative(std::vector<double> values) {
  for (double& v : values) v = std::max(v, 0.0);
  return values;
}

}  // namespace

std::vector<Matrix> layer_jacobian_grams(const DenseNetwork& network, const Inputs& inputs,
                                         const SweepOptions& options) {
  const JacobianTables tables = jacobian_tables(network, inputs, options);
  std::vector<Matrix> grams;
  for (const LayerTable& t : tables.layers) grams.push_back(gram_of({&t, 1}, tables.outputs, options.threads));
  return grams;
}

Matrix jacobian_gram(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options) {
  return jacobian_gram(jacobian_tables(network, inputs, options), options.threads);
}

Matrix jacobian_gram(const JacobianTables& tables, int threads) {
  return gram_of(tables.layers, tables.outputs, threads);
}

std::vector<double> gram_eigenvalues(const JacobianTables& tables, int threads) {
  const bool tall = tables.columns() <= tables.rows();
  return not_negative(
      two_stage_eigenvalues(tall ? parameter_gram(tables, threads) : jacobian_gram(tables, threads), threads));
}

std::vector<double> spectrum(Matrix gram) { return not_negative(eigh(std::move(gram), false).values); }

std::vector<EpsilonRank> epsilon_ranks(const std::vector<double>& eigenvalues, const std::vector<double>& cutoffs) {
  std::vector<EpsilonRank> ranks;
  for (double a : cutoffs) {
    if (!(a > 0)) throw UsageError(fmt::format("epsilon_ranks: cut-off {} given, wanted more than 0", a));
    EpsilonRank rank{a, 0, 0};
    for (double h : eigenvalues) {
      rank.count += h > a;
      rank.soft_count += h / (h + a);
    }
    ranks.push_back(rank);
  }
  return ranks;
}

std::vector<EpsilonRank> relative_epsilon_ranks(const std::vector<double>& eigenvalues, std::vector<double> epsilons) {
  if (eigenvalues.empty() || !(eigenvalues[0] > 0)) return {};
  for (double& e : epsilons) e *= eigenvalues[0];
  return epsilon_ranks(eigenvalues, epsilons);
}

}  // namespace basin::interp
