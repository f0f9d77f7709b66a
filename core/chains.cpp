#include "core/chains.h"

#include <vector>

#include "core/autocorrelation.h"
#include "core/matrix.h"
#include "core/r_hat.h"
#include "core/statistics.h"

namespace basin {
namespace {

struct Part {
  double mean = 0, squared_error = 0;
};

Part part_of(const Matrix& traces, std::int64_t first, std::int64_t count) {
  const Matrix part = columns_of(traces, first, count);
  const double mean = between_chains(part).mean, variance = within_variance(part);
  return {mean, variance > 0 ? variance * integrated_autocorrelation_time(part) / double(part.size()) : 0};
}

}  // namespace

ChainMean chain_mean(const Matrix& traces) {
  require_traces("chain_mean", traces, 4);
  const std::int64_t chains = traces.rows();
  const Estimate means = between_chains(traces);
  ChainMean m{.mean = means.mean,
              .iat = integrated_autocorrelation_time(traces),
              .ess = effective_sample_size(traces),
              .r_hat = split_r_hat(traces)};
  m.within_error = std::sqrt(within_variance(traces) * m.iat / double(traces.size()));
  m.between_error = means.deviation / std::sqrt(double(chains));
  const double between = chains > 1 ? student_t_95(chains - 1) * m.between_error : 0;
  const double half = worse(between, normal_95 * m.within_error);
  m.error = half / normal_95;
  m.lower = m.mean - half;
  m.upper = m.mean + half;
  return m;
}

Drift drift(const Matrix& traces) {
  require_traces("drift", traces, 20);
  const std::int64_t draws = traces.cols(), fifth = draws / 5, half = draws / 2;
  const Part first = part_of(traces, 0, fifth), last = part_of(traces, draws - half, half);
  const double difference = first.mean - last.mean;
  return {difference, difference == 0 ? 0 : difference / std::sqrt(first.squared_error + last.squared_error)};
}

BurnIn burn_in(const Matrix& traces) {
  require_traces("burn_in", traces, 40);
  const std::int64_t draws = traces.cols(), half = draws / 2;
  const double memory = integrated_autocorrelation_time(columns_of(traces, draws - half, half));
  for (std::int64_t twentieths = 0; twentieths <= 10; ++twentieths) {
    const std::int64_t cut = draws * twentieths / 20;
    if (double(cut) < 5 * memory) continue;
    if (std::abs(drift(columns_of(traces, cut, draws - cut)).z) <= 2) return {cut, true};
  }
  return {half, false};
}

double fano_factor(std::span<const double> trace) {
  const Matrix one({1, std::ssize(trace)}, {trace.begin(), trace.end()});
  require_traces("fano_factor", one, 2);
  return within_variance(one) / chain_means(one)[0];
}

}  // namespace basin
