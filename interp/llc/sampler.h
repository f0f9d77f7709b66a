// A sampler of a local posterior: steps of several chains in one program.
#pragma once
#include <memory>

#include "interp/llc/chain_energy.h"
#include "interp/llc/chain_noise.h"

namespace basin::interp {

template <class T>
class Sampler {
 public:
  virtual ~Sampler() = default;

  // One step of each chain. Steps of the warm-up find step sizes and preconditioners; draws leave them alone.
  virtual void step(bool warming_up) = 0;

  // By chain, behind a step: nβ (L - L(w*)) and |w - w*| there.
  std::span<const double> u() const { return u_; }
  std::span<const double> distances() const { return distances_; }
  // Where a chain is, as the flat vector of the parameters that move.
  virtual void position(std::int64_t chain, std::span<double> out) const;
  virtual double step_size(std::int64_t chain) const = 0;
  virtual double acceptance(std::int64_t) const { return 1; }  // mean over the draws
  double gradient_variance() { return energy_.gradient_variance(); }

  // The whole of it, to or from a list of numbers; steps behind are equal to the bit.
  virtual void visit(ChainState& state);

 protected:
  // The energy has `copies` chains for each that is reported.
  Sampler(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains, std::int64_t copies = 1);

  void draw_noise(std::span<T> into) { noise_.fill(into); }  // of all chains, laid out as positions

  SamplerSpec sampler_;
  ChainEnergy<T> energy_;
  ChainNoise<T> noise_;
  std::vector<Rng> choice_;  // by chain of the energy
  std::vector<double> u_, distances_;
};

// `stiffness` is the largest eigenvalue of the Hessian of U at w*, nβ h + γ: it sets the step where the spec does not.
template <class T>
std::unique_ptr<Sampler<T>> make_sampler(const LocalPosterior& posterior, const SamplerSpec& sampler,
                                         const GroupOf& chains, double stiffness);

}  // namespace basin::interp
