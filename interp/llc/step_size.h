// The step size of an accept-reject sampler, found by dual averaging (Nesterov 2009; Hoffman and Gelman 2014, algorithm
// 5 with their constants): the mean acceptance goes to the target while steps are reported, and the size is frozen
// after. Two things differ, for a long step would leap out of the basin that is to be sampled: it is drawn to the start
// and not to ten times as much, and never grows by more than 15 %: where curvature rises from w*, trajectories at the
// limit of what is stable blow up, and the lower place where they land is accepted.
#pragma once
#include <algorithm>
#include <cmath>

#include "interp/llc/chain_state.h"

namespace basin::interp {

class StepSize {
 public:
  StepSize(double start, double target) : target_(target), mu_(std::log(start)), log_now_(std::log(start)) {}

  double now() const { return std::exp(log_now_); }  // while it is searched
  double size() const { return frozen_ ? frozen_ : now(); }
  void report(double acceptance) {  // of a step of size now()
    constexpr double gamma = 0.05, t0 = 10, kappa = 0.75;
    ++steps_;
    mean_error_ += (target_ - acceptance - mean_error_) / (steps_ + t0);
    log_now_ = std::min(mu_ - std::sqrt(steps_) / gamma * mean_error_, mu_ + std::log(1.15));
    log_mean_ += std::pow(steps_, -kappa) * (log_now_ - log_mean_);
  }
  void freeze() { frozen_ = steps_ > 0 ? std::exp(log_mean_) : now(); }
  bool is_frozen() const { return frozen_ > 0; }
  void visit(ChainState& state) {
    for (double* number : {&log_now_, &log_mean_, &mean_error_, &steps_, &frozen_}) state.visit(*number);
  }

 private:
  double target_, mu_, log_now_, log_mean_ = 0, mean_error_ = 0, steps_ = 0, frozen_ = 0;
};

}  // namespace basin::interp
