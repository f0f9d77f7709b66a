// The step size of an accept-reject sampler, found by dual averaging (Nesterov 2009; Hoffman and Gelman 2014, algorithm
// 5 with their constants): the mean acceptance goes to the target while steps are reported, and the size is frozen
// after.
#pragma once
#include <cmath>

namespace basin::interp {

class StepSize {
 public:
  StepSize(double start, double target) : target_(target), mu_(std::log(10 * start)), log_now_(std::log(start)) {}

  double now() const { return std::exp(log_now_); }  // while it is searched
  double size() const { return frozen_ ? frozen_ : now(); }
  void report(double acceptance) {  // of a step of size now()
    constexpr double gamma = 0.05, t0 = 10, kappa = 0.75;
    ++steps_;
    mean_error_ += (target_ - acceptance - mean_error_) / (steps_ + t0);
    log_now_ = mu_ - std::sqrt(steps_) / gamma * mean_error_;
    log_mean_ += std::pow(steps_, -kappa) * (log_now_ - log_mean_);
  }
  void freeze() { frozen_ = steps_ > 0 ? std::exp(log_mean_) : now(); }
  bool is_frozen() const { return frozen_ > 0; }

 private:
  double target_, mu_, log_now_, log_mean_ = 0, mean_error_ = 0, steps_ = 0, frozen_ = 0;
};

}  // namespace basin::interp
