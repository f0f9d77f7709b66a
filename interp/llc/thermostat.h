// The stochastic gradient Nosé-Hoover thermostat (Ding et al. 2014, "Bayesian sampling using stochastic gradient
// thermostats") with the symmetric splitting of Leimkuhler and Shang (2016, "Adaptive thermostats for noisy gradient
// systems", BADODAB): dw = p dt, dp = -∇U dt - ξ p dt + sqrt(2 A) dW, dξ = (|p|² / d - 1) dt. What batches heat, ξ
// cools; one gradient a step, and the step's own bias is of second order.
#pragma once
#include "interp/llc/sampler.h"

namespace basin::interp {

template <class T>
class Thermostat final : public Sampler<T> {
 public:
  Thermostat(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains, double stiffness);

  void step(bool warming_up) override;
  double step_size(std::int64_t) const override { return step_; }
  void visit(ChainState& state) override;

 private:
  void push();      // p by half a step of the gradient
  void glide();     // w by half a step of p
  void rub();       // p by friction and noise
  void regulate();  // ξ by half a step

  using Sampler<T>::energy_;
  double step_, friction_;
  std::vector<T> momentum_, noise_now_;
  std::vector<double> thermostat_;  // ξ, by place of the layout
  std::vector<double> kinetic_;     // |p|²
  std::vector<T> keep_, spread_;
};

}  // namespace basin::interp
