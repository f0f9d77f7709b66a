#include "experiments/claims/coverage.h"

#include <fmt/format.h>

#include <cmath>

#include "core/chance.h"
#include "core/statistics.h"

namespace basin::experiments {
namespace {

// Samples are not quite normal, so Student's intervals miss in 4 to 8 % of the seeds; ones twice too long miss in 0.1 %
// and ones twice too short in a quarter. So many seeds tell these apart.
constexpr std::int64_t seeds = 800;
constexpr double covered = 0.945, either_way = 0.045;

}  // namespace

void expect_coverage(ClaimTable& table, const ClaimSettings& settings, const EstimateMethod& m,
                     const std::string& path) {
  const double t = student_t_95(m.samples - 1);
  const Rng streams(settings.seed, "claims/" + table.id() + "/" + m.title);
  const auto found = parallel_results(settings.threads, seeds, [&](std::int64_t i) {
    return m.estimate(streams.stream(std::to_string(i)).next_u64());
  });
  std::vector<double> values;
  for (const interp::TraceEstimate& e : found) values.push_back(e.value);
  const auto covering = std::ranges::count_if(
      found, [&](const interp::TraceEstimate& e) { return std::abs(e.value - m.exact) <= t * e.standard_error; });
  const Estimate mean = estimate(values);
  table
      .expect(m.title + ": share of 95 % intervals that cover the exact value", covered,
              double(covering) / double(seeds))
      .within(either_way)
      .because(fmt::format("{}; value ± {:.2f} standard errors, Student's t, {} seeds", path, t, seeds));
  table.expect(m.title + ": mean of all estimates", m.exact, mean.mean)
      .within(mean_tolerance(mean.deviation, seeds))
      .because(path + "; within five standard errors of a mean over the seeds");
}

}  // namespace basin::experiments
