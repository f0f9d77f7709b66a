#include "experiments/llc_training/volume_count.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "interp/llc/chain_program.h"

namespace basin::experiments {
namespace {

// Loss above that at w*, from programs that are handed out to whoever asks.
class Loss {
 public:
  explicit Loss(const interp::LocalPosterior& posterior) : posterior_(posterior), first_(make()) {
    first_->run();
    base_ = first_->loss(0);
    free_.push_back(std::move(first_));
  }

  double operator()(std::span<const double> away) {
    std::unique_ptr<Program> program = take();
    std::vector<double> place(away.begin(), away.end());
    for (std::size_t i = 0; i < place.size(); ++i) place[i] += program->center().flat()[i];
    program->move(0, place);
    program->run();
    const double loss = std::max(program->loss(0) - base_, 0.0);
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(program));
    return loss;
  }

 private:
  using Program = interp::ChainProgram<double>;
  std::unique_ptr<Program> make() const { return Program::make(posterior_, {}); }
  std::unique_ptr<Program> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return make();
    std::unique_ptr<Program> program = std::move(free_.back());
    free_.pop_back();
    return program;
  }

  const interp::LocalPosterior& posterior_;
  std::unique_ptr<Program> first_;
  double base_ = 0;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Program>> free_;
};

}  // namespace

std::vector<interp::Measured> n_eff_by_volume(const interp::LocalPosterior& posterior,
                                              const std::vector<double>& epsilons, std::uint64_t seed, int threads) {
  const std::int64_t d = interp::ChainProgram<double>::make(posterior, {})->dimension();
  if (d > most_dimensions)
    throw UsageError(fmt::format("volume: {} parameters given; wanted {} at most", d, most_dimensions));
  if (!(posterior.gamma > 0)) throw UsageError("volume: γ is 0, so there is no box; help: set γ");
  Loss loss(posterior);
  std::vector<interp::Measured> found;
  for (const double epsilon : epsilons) {
    const std::vector<double> around{epsilon * 3, epsilon / 3};
    const interp::VolumeCurve curve = interp::volume_by_splitting(
        [&](std::span<const double> w) { return loss(w); }, {d, 1 / std::sqrt(posterior.gamma)}, around,
        Rng(seed, fmt::format("volume/{}", found.size())), {.particles = 120, .replicas = 4, .threads = threads});
    found.push_back(curve.n_eff[0]);
  }
  return found;
}

}  // namespace basin::experiments
