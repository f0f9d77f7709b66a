#include "experiments/shared/pass_cost.h"

#include <algorithm>
#include <cmath>

#include "core/memory.h"
#include "interp/sweep/rows.h"

namespace basin::experiments {
namespace {

constexpr double longest = 0.3;  // that rows are tried for

}  // namespace

Places spaced_rows(std::int64_t rows, std::int64_t most) {
  Places some(std::size_t(std::min(rows, most)));
  for (std::size_t i = 0; i < some.size(); ++i) some[i] = std::int64_t(i) * rows / std::ssize(some);
  return some;
}

PassCost pass_cost(const Options& o, std::int64_t all, const std::function<void(const Places&)>& pass,
                   const interp::SweepOptions& sweep) {
  const interp::SweepPlan plan = interp::plan_sweep({{"places", Tensor<double>({all})}}, sweep);
  const std::int64_t most = std::min(all, sweep.chunk), fewest = std::min<std::int64_t>(4, most);
  const double before = peak_memory();
  const auto on = [&](std::int64_t rows) {
    const Places some = spaced_rows(all, rows);
    return seconds_of([&] { pass(some); });
  };
  const double few = on(fewest);
  std::int64_t rows = fewest;
  double tried = few, spent = few;
  while (rows < most && spent < longest) rows = std::min(4 * rows, most), spent += tried = on(rows);
  const double each = rows > fewest ? std::max(0.0, tried - few) / double(rows - fewest) : 0;
  const double call = std::max(0.0, few - each * double(fewest));
  const double side_by_side = std::ceil(double(plan.blocks) / o.threads()) / double(plan.blocks);
  const std::int64_t workers = std::min<std::int64_t>(o.threads(), plan.blocks);
  return {.seconds = call + each * double(all) * side_by_side,
          .bytes = (peak_memory() - before) * double(most) / double(rows) * double(workers)};
}

PassCost pass_cost(const Options& o, const Inputs& data, const std::function<void(const Inputs&)>& pass,
                   const interp::SweepOptions& sweep) {
  return pass_cost(
      o, rows_of(data, "cost"), [&](const Places& some) { pass(interp::rows_at(data, some)); }, sweep);
}

}  // namespace basin::experiments
