#include "core/autocorrelation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/matrix.h"

namespace basin {
namespace {

// sum_t x_t x_{t+lag}, as eight sums side by side: additions to a single one would wait for each other.
double lagged_product(std::span<const double> x, std::size_t lag) {
  constexpr std::size_t width = 8;
  std::array<double, width> sums{};
  const std::size_t n = x.size() - lag, whole = n - n % width;
  for (std::size_t t = 0; t < whole; t += width)
    for (std::size_t j = 0; j < width; ++j) sums[j] += x[t + j] * x[t + lag + j];
  for (std::size_t t = whole; t < n; ++t) sums[t - whole] += x[t] * x[t + lag];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

// Autocovariances of traces, computed as far as they are asked for: where a sum over lags ends, the numbers say.
class Autocovariance {
 public:
  explicit Autocovariance(const Matrix& traces) : left_(traces) {
    const std::vector<double> means = chain_means(traces);
    for (std::int64_t c = 0; c < left_.rows(); ++c)
      for (double& x : left_.row(c)) x -= means[std::size_t(c)];
  }

  double operator[](std::int64_t lag) {
    while (lag >= std::ssize(known_)) extend();
    return known_[std::size_t(lag)];
  }

 private:
  // By several lags, chain by chain: a long chain is read from memory once for all of them.
  void extend() {
    const std::int64_t first = std::ssize(known_), end = std::min(first + 16, left_.cols());
    known_.resize(std::size_t(end), 0.0);
    for (std::int64_t c = 0; c < left_.rows(); ++c)
      for (std::int64_t k = first; k < end; ++k)
        known_[std::size_t(k)] += lagged_product(left_.row(c), std::size_t(k)) / double(left_.size());
  }

  Matrix left_;  // the traces less the means of their chains
  std::vector<double> known_;
};

// 1 + 2 sum of rho(lag), lag > 0, by Geyer's sequence; `draws` in each chain, `total` in all.
template <class Correlation>
double initial_monotone_sequence(std::int64_t draws, std::int64_t total, const Correlation& rho) {
  double pair = rho(0) + rho(1), sum = pair;
  for (std::int64_t k = 2; k + 1 < draws; k += 2) {
    const double next = rho(k) + rho(k + 1);
    if (!(next > 0)) break;
    pair = std::min(pair, next);
    sum += pair;
  }
  const double time = 2 * sum - 1, least = 1 / std::log10(double(total));
  return time < least ? least : time;  // NaN stays
}

}  // namespace

void require_traces(std::string_view what, const Matrix& traces, std::int64_t least) {
  if (traces.shape.rank() != 2)
    throw UsageError(fmt::format("{}: traces {} given, wanted [chains, draws]", what, traces.shape.str()));
  const std::int64_t chains = traces.shape[0], draws = traces.shape[1];
  if (chains < 1 || draws < least)
    throw UsageError(
        fmt::format("{}: {} chains of {} draws given, wanted at least one chain, and {} draws in each; help: draw "
                    "more, or cut off less at the start",
                    what, chains, draws, least));
  const auto bad = std::ranges::find_if(traces.data, [](double x) { return !std::isfinite(x); });
  if (bad == traces.data.end()) return;
  const std::int64_t at = bad - traces.data.begin();
  throw NumericalError(
      fmt::format("{}: draw {} of chain {} is {} ({} chains of {} draws); help: did the sampler "
                  "diverge? Take smaller steps",
                  what, at % draws, at / draws, *bad, chains, draws));
}

std::vector<double> chain_means(const Matrix& traces) {
  require_traces("chain_means", traces, 1);
  std::vector<double> means;
  for (std::int64_t c = 0; c < traces.rows(); ++c) {
    const double first = traces(c, 0);
    double sum = 0;
    for (double x : traces.row(c)) sum += x - first;
    means.push_back(first + sum / double(traces.cols()));
  }
  return means;
}

// Relative to the first, since 0.1 + 0.1 + 0.1 is not 3 x 0.1.
Estimate between_chains(const Matrix& traces) {
  std::vector<double> means = chain_means(traces);
  const double origin = means[0];
  for (double& m : means) m -= origin;
  Estimate e = estimate(means);
  for (double* of : {&e.mean, &e.low, &e.high}) *of += origin;
  return e;
}

Matrix split_chains(const Matrix& traces) {
  require_traces("split_chains", traces, 2);
  const std::int64_t chains = traces.rows(), half = traces.cols() / 2;
  Matrix out({2 * chains, half});
  for (std::int64_t c = 0; c < chains; ++c) {
    std::ranges::copy(traces.row(c).first(std::size_t(half)), out.row(2 * c).begin());
    std::ranges::copy(traces.row(c).last(std::size_t(half)), out.row(2 * c + 1).begin());
  }
  return out;
}

std::vector<double> autocovariance(const Matrix& traces, std::int64_t last) {
  require_traces("autocovariance", traces, 1);
  if (last < 0 || last >= traces.cols())
    throw UsageError(fmt::format("autocovariance: last lag {} given, wanted from 0 to {} for chains of {} draws", last,
                                 traces.cols() - 1, traces.cols()));
  Autocovariance at(traces);
  std::vector<double> out;
  for (std::int64_t k = 0; k <= last; ++k) out.push_back(at[k]);
  return out;
}

double within_variance(const Matrix& traces) {
  require_traces("within_variance", traces, 2);
  const auto draws = double(traces.cols());
  return autocovariance(traces, 0)[0] * draws / (draws - 1);
}

double integrated_autocorrelation_time(const Matrix& traces) {
  require_traces("integrated_autocorrelation_time", traces, 2);
  Autocovariance at(traces);
  return initial_monotone_sequence(traces.cols(), traces.size(), [&](std::int64_t k) { return at[k] / at[0]; });
}

double effective_sample_size(const Matrix& traces) {
  require_traces("effective_sample_size", traces, 4);
  const Matrix halves = split_chains(traces);
  Autocovariance at(halves);
  const auto draws = double(halves.cols());
  const double within = at[0] * draws / (draws - 1), between = between_chains(halves).deviation;
  const double pooled = at[0] + between * between;
  const auto rho = [&](std::int64_t k) { return k == 0 ? 1.0 : 1 - (within - at[k]) / pooled; };
  return double(halves.size()) / initial_monotone_sequence(halves.cols(), halves.size(), rho);
}

}  // namespace basin
