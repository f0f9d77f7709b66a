#include "core/covariance_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/error.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "core/statistics.h"

namespace basin {
namespace {

constexpr std::int64_t pieces = 8;             // of a chain
constexpr std::int64_t columns_at_once = 128;  // of y: one piece of work

void require_draws(std::string_view what, const Tensor<double>& x) {
  if (x.shape.rank() != 3)
    throw UsageError(fmt::format("{}: {} given, wanted [chains, draws, observables]", what, x.shape.str()));
  if (x.shape[0] < 1 || x.shape[1] < 2 * pieces)
    throw UsageError(
        fmt::format("{}: {} chains of {} draws given, wanted at least one, of {} draws; help: keep more draws", what,
                    x.shape[0], x.shape[1], 2 * pieces));
  const auto bad = std::ranges::find_if(x.data, [](double v) { return !std::isfinite(v); });
  if (bad == x.data.end()) return;
  const std::int64_t at = bad - x.data.begin(), row = at / x.cols();
  throw NumericalError(
      fmt::format("{}: observable {} is {} at draw {} of chain {}; help: did the sampler diverge? Take smaller steps",
                  what, at % x.cols(), *bad, row % x.shape[1], row / x.shape[1]));
}

// Less the mean of each column, which is exact for one that is constant: [chains x draws, observables].
Matrix centred(const Tensor<double>& of) {
  Matrix x({of.rows(), of.cols()}, of.data);
  const std::vector<double> first(x.row(0).begin(), x.row(0).end());
  std::vector<double> mean(first.size());
  for (std::int64_t r = 0; r < x.rows(); ++r)
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += (x.row(r)[j] - first[j]) / double(x.rows());
  for (std::int64_t r = 0; r < x.rows(); ++r)
    for (std::size_t j = 0; j < mean.size(); ++j) x.row(r)[j] -= first[j] + mean[j];
  return x;
}

std::vector<double> mean_squares(const Matrix& x) {
  std::vector<double> squares(std::size_t(x.cols()));
  for (std::int64_t r = 0; r < x.rows(); ++r)
    for (std::size_t j = 0; j < squares.size(); ++j) squares[j] += x.row(r)[j] * x.row(r)[j] / double(x.rows());
  return squares;
}

Matrix in_standard_units(Matrix x) {
  const std::vector<double> variance = mean_squares(x);
  for (std::int64_t r = 0; r < x.rows(); ++r)
    for (std::size_t j = 0; j < variance.size(); ++j)
      if (variance[j] > 0) x.row(r)[j] /= std::sqrt(variance[j]);
  return x;
}

// Mean and squared deviations of matrices that come one by one (Welford 1962).
struct Spread {
  Matrix mean, squares;
  std::int64_t count = 0;

  void add(const Matrix& x) {
    if (!count++) mean = squares = Matrix(x.shape);
    for (std::int64_t i = 0; i < x.size(); ++i) {
      const double away = x[i] - mean[i];
      mean[i] += away / double(count);
      squares[i] += away * (x[i] - mean[i]);
    }
  }
};

// The mean over the draws of a piece of what each adds, [p, columns].
using PieceMean = std::function<Matrix(const Matrix& x, const Matrix& y)>;

Matrix mean_products(const Matrix& x, const Matrix& y) {
  Matrix products = matmul(x, y, true);
  for (double& v : products.data) v /= double(x.rows());
  return products;
}

// Half the interval's width / 1.96, from the means of all pieces.
Matrix error_of(std::int64_t chains, const Matrix& x, const Matrix& y, const PieceMean& mean_of) {
  const std::int64_t draws = x.rows() / chains, degrees = chains * (pieces - 1);
  Spread between;
  Matrix error({x.cols(), y.cols()});  // at first the squares within chains
  for (std::int64_t c = 0; c < chains; ++c) {
    Spread chain;
    for (std::int64_t k = 0; k < pieces; ++k) {
      const std::int64_t first = draws * k / pieces, count = draws * (k + 1) / pieces - first;
      chain.add(mean_of(rows_of(x, c * draws + first, count), rows_of(y, c * draws + first, count)));
    }
    between.add(chain.mean);
    for (std::int64_t i = 0; i < error.size(); ++i) error[i] += chain.squares[i];
  }
  for (std::int64_t i = 0; i < error.size(); ++i) {
    const double inside = student_t_95(degrees) * std::sqrt(error[i] / double(degrees * chains * pieces));
    const double apart = chains > 1 ? std::sqrt(between.squares[i] / double((chains - 1) * chains)) : 0;
    error[i] = worse(inside, chains > 1 ? student_t_95(chains - 1) * apart : 0) / normal_95;
  }
  return error;
}

void never_varied(CovarianceTable& table, const Matrix& x, const Matrix& y) {
  const std::vector<double> of_x = mean_squares(x), of_y = mean_squares(y);
  for (std::int64_t i = 0; i < table.value.rows(); ++i)
    for (std::int64_t j = 0; j < table.value.cols(); ++j)
      if (of_x[std::size_t(i)] == 0 || of_y[std::size_t(j)] == 0)
        table.error(i, j) = std::numeric_limits<double>::infinity();
}

void put_columns(Matrix& all, std::int64_t first, const Matrix& some) {
  for (std::int64_t i = 0; i < some.rows(); ++i) std::ranges::copy(some.row(i), all.row(i).begin() + first);
}

// `piece_of` is told the value that all draws have.
CovarianceTable by_columns(std::int64_t chains, const Matrix& x, const Matrix& y, int threads,
                           PieceMean (*piece_of)(const Matrix& value)) {
  CovarianceTable table{Matrix({x.cols(), y.cols()}), Matrix({x.cols(), y.cols()})};
  parallel_for(threads, (y.cols() + columns_at_once - 1) / columns_at_once, [&](std::int64_t block, int) {
    const std::int64_t first = block * columns_at_once;
    const Matrix some = columns_of(y, first, std::min(columns_at_once, y.cols() - first));
    CovarianceTable part{mean_products(x, some), {}};
    part.error = error_of(chains, x, some, piece_of(part.value));
    never_varied(part, x, some);
    put_columns(table.value, first, part.value);
    put_columns(table.error, first, part.error);
  });
  return table;
}

void require_pair(std::string_view what, const Tensor<double>& x, const Tensor<double>& y) {
  require_draws(what, x);
  require_draws(what, y);
  if (x.shape[0] != y.shape[0] || x.shape[1] != y.shape[1])
    throw UsageError(
        fmt::format("{}: {} and {} given, wanted draws of the same chains", what, x.shape.str(), y.shape.str()));
}

PieceMean covariance_piece(const Matrix&) { return mean_products; }

PieceMean correlation_piece(const Matrix& r) {
  return [&r](const Matrix& x, const Matrix& y) {
    Matrix mean = mean_products(x, y);
    const std::vector<double> of_x = mean_squares(x), of_y = mean_squares(y);
    for (std::int64_t i = 0; i < r.rows(); ++i)
      for (std::int64_t j = 0; j < r.cols(); ++j)
        mean(i, j) -= r(i, j) * (of_x[std::size_t(i)] + of_y[std::size_t(j)]) / 2;
    return mean;
  };
}

}  // namespace

CovarianceTable chain_covariances(const Tensor<double>& x, const Tensor<double>& y, int threads) {
  require_pair("chain_covariances", x, y);
  return by_columns(x.shape[0], centred(x), centred(y), threads, covariance_piece);
}

CovarianceTable chain_correlations(const Tensor<double>& x, const Tensor<double>& y, int threads) {
  require_pair("chain_correlations", x, y);
  return by_columns(x.shape[0], in_standard_units(centred(x)), in_standard_units(centred(y)), threads,
                    correlation_piece);
}

}  // namespace basin
