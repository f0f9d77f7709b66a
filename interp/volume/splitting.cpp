#include "interp/volume/splitting.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/parallel.h"
#include "interp/volume/level_walker.h"

namespace basin::interp {
namespace {

using Points = std::vector<std::vector<double>>;

// Points that fill the box, then smaller and smaller level sets.
class Population {
 public:
  Population(const Loss& loss, const Box& box, const SplittingOptions& options, Rng rng)
      : loss_(loss), box_(box), sweeps_(options.sweeps), rng_(std::move(rng)) {
    points_.assign(options.particles, std::vector<double>(box.dimension));
    for (std::vector<double>& w : points_) rng_.fill_uniform(std::span(w), -box.half_width, box.half_width);
    measure();
  }

  const std::vector<double>& losses() const { return losses_; }

  double log_share_below(double level) const {
    const auto below = std::ranges::count_if(losses_, [&](double value) { return value < level; });
    if (below == 0)
      throw NumericalError(fmt::format("splitting: none of {} points is below level {:.3g}; help: take more particles",
                                       losses_.size(), level));
    return std::log(double(below) / double(losses_.size()));
  }

  void enter(double level) {
    refill(level);
    const Points before = points_;
    for (std::size_t k = 0; k < points_.size(); ++k) move(k, level, before);
    measure();
  }

 private:
  void measure() {
    losses_.clear();
    for (const std::vector<double>& w : points_) losses_.push_back(checked_loss(loss_, w));
  }

  // As many copies of each point below the level, or one more, at random which.
  void refill(double level) {
    Points stay;
    for (std::size_t k = 0; k < points_.size(); ++k)
      if (losses_[k] < level) stay.push_back(points_[k]);
    const std::vector<std::int64_t> order = rng_.permutation(std::int64_t(stay.size()));
    for (std::size_t k = 0; k < points_.size(); ++k) points_[k] = stay[order[k % stay.size()]];
  }

  void move(std::size_t k, double level, const Points& before) {
    LevelWalker walker(loss_, box_, level, points_[k], rng_);
    const std::size_t d = points_[k].size(), n = before.size();
    const auto another = [&](std::size_t i, std::size_t count) { return (i + 1 + rng_.below(count - 1)) % count; };
    for (std::size_t i = 0; i < d * sweeps_; ++i) {
      walker.along_axis(i % d);
      if (d == 1) continue;
      walker.along_hyperbola(i % d, another(i % d, d));
      const std::size_t a = another(k, n), b = another(k, n);
      walker.along_difference(before[a], before[b]);
    }
  }

  const Loss& loss_;
  const Box& box_;
  std::size_t sweeps_;
  Rng rng_;
  Points points_;
  std::vector<double> losses_;
};

// From the box down to the smallest ε: log V at each ε on the way. next_level(losses) says where to go from here.
template <class NextLevel>
std::vector<double> descend(const Loss& loss, const Box& box, std::span<const double> epsilons,
                            const SplittingOptions& options, const Rng& rng, NextLevel next_level) {
  Population population(loss, box, options, rng);
  double log_volume = box.log_volume();
  std::vector<double> logs;
  while (true) {
    const double level = next_level(population.losses());
    while (logs.size() < epsilons.size() && epsilons[logs.size()] >= level)
      logs.push_back(log_volume + population.log_share_below(epsilons[logs.size()]));
    if (logs.size() == epsilons.size()) return logs;
    if (interrupted()) throw Interrupted("splitting: interrupted");
    log_volume += population.log_share_below(level);
    population.enter(level);
  }
}

std::vector<double> pilot_levels(const Loss& loss, const Box& box, double smallest, const SplittingOptions& options,
                                 const Rng& rng) {
  std::vector<double> levels;
  const auto next_level = [&](std::vector<double> losses) {
    const auto place = losses.begin() + std::ptrdiff_t(options.keep * double(losses.size()));
    std::ranges::nth_element(losses, place);
    if (!levels.empty() && *place > levels.back() * (1 - 1e-6))
      throw NumericalError(fmt::format("splitting: the loss does not fall below {:.6g} on its way to ε = {:.3g}",
                                       levels.back(), smallest));
    levels.push_back(std::max(*place, smallest));
    return levels.back();
  };
  descend(loss, box, {&smallest, 1}, options, rng, next_level);
  return levels;
}

// What independent replicas say together. V is averaged, not log V: the mean of V is right on average, however rough
// one replica is. Errors by the jackknife.
class Replicas {
 public:
  explicit Replicas(std::vector<std::vector<double>> logs) : logs_(std::move(logs)) {}

  Measured log_volume(std::size_t e) const {
    return jackknife([&](std::size_t without) { return log_mean(e, without); });
  }
  Measured n_eff(std::size_t e, double log_ratio) const {
    return jackknife(
        [&](std::size_t without) { return 2 * (log_mean(e + 1, without) - log_mean(e, without)) / log_ratio; });
  }

 private:
  double log_mean(std::size_t e, std::size_t without) const {
    double largest = -INFINITY, sum = 0;
    for (const auto& replica : logs_) largest = std::max(largest, replica[e]);
    for (std::size_t r = 0; r < logs_.size(); ++r)
      if (r != without) sum += std::exp(logs_[r][e] - largest);
    return largest + std::log(sum / double(logs_.size() - (without < logs_.size())));
  }

  template <class F>
  Measured jackknife(const F& f) const {
    const std::size_t n = logs_.size();
    double mean = 0, square = 0;
    for (std::size_t r = 0; r < n; ++r) mean += f(r) / double(n);
    for (std::size_t r = 0; r < n; ++r) square += (f(r) - mean) * (f(r) - mean);
    return {f(n), std::sqrt(square * double(n - 1) / double(n))};
  }

  std::vector<std::vector<double>> logs_;  // of V: by replica, by ε
};

void check(const SplittingOptions& o, const Box& box) {
  if (o.particles < 20 || o.replicas < 2 || o.sweeps < 1 || !(o.keep > 0 && o.keep < 1) || box.dimension < 1)
    throw UsageError(
        fmt::format("splitting: {} particles, {} replicas, {} sweeps, keep {}, {} dimensions given; wanted at least "
                    "20, 2, 1, a share between 0 and 1, and 1",
                    o.particles, o.replicas, o.sweeps, o.keep, box.dimension));
}

}  // namespace

VolumeCurve volume_by_splitting(const Loss& loss, const Box& box, std::span<const double> epsilons, const Rng& rng,
                                const SplittingOptions& options) {
  expect_falling(epsilons);
  check(options, box);
  const std::vector<double> levels = pilot_levels(loss, box, epsilons.back(), options, rng.stream("pilot"));
  std::vector<std::vector<double>> logs(options.replicas);
  parallel_for(options.threads, options.replicas, [&](std::int64_t r, int) {
    logs[r] = descend(loss, box, epsilons, options, rng.stream(std::to_string(r)),
                      [&, next = levels.begin()](const auto&) mutable { return *next++; });
  });
  const Replicas replicas(std::move(logs));
  VolumeCurve curve{.epsilons = {epsilons.begin(), epsilons.end()}};
  for (std::size_t e = 0; e < epsilons.size(); ++e) {
    curve.log_volume.push_back(replicas.log_volume(e));
    if (e + 1 < epsilons.size()) curve.n_eff.push_back(replicas.n_eff(e, std::log(epsilons[e + 1] / epsilons[e])));
  }
  return curve;
}

}  // namespace basin::interp
