// Stochastic gradient Langevin dynamics (Welling and Teh 2011): w <- w - ε/2 P ∇U + sqrt(ε P) ξ, never rejected; the
// gradient may be that of a batch. The loss that counts is that at the old place, on the rows of the step.
//
// P is 1, or the preconditioner of Li et al. (2016, "Preconditioned stochastic gradient Langevin dynamics for deep
// neural networks") without its correction term: 1 / sqrt(v), v the mean of squared gradients of U in the warm-up, in
// units of its largest entry so that ε has one meaning. Without the correction the law is right only while P stands
// still, so it is frozen behind the warm-up, unless the spec says otherwise.
#pragma once
#include "interp/llc/sampler.h"

namespace basin::interp {

template <class T>
class Langevin final : public Sampler<T> {
 public:
  Langevin(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains, double stiffness);

  void step(bool warming_up) override;
  double step_size(std::int64_t) const override { return step_; }
  void visit(ChainState& state) override;

 private:
  void precondition(std::int64_t chain);
  void go();

  using Sampler<T>::sampler_;
  using Sampler<T>::energy_;
  double step_;
  std::int64_t seen_ = 0;             // gradients in the mean of squares
  std::vector<T> squares_, factors_;  // v and P, laid out as positions; none without preconditioner
  std::vector<T> noise_now_;
};

}  // namespace basin::interp
