// Hamiltonian Monte Carlo (Duane et al. 1987; Neal 2011): trajectories of leapfrog steps on all data, accepted or not,
// so that steps have no bias. With one leapfrog step it is MALA. The step size is found in the warm-up (step_size.h).
#pragma once
#include "interp/llc/sampler.h"
#include "interp/llc/step_size.h"

namespace basin::interp {

template <class T>
class Hamiltonian : public Sampler<T> {
 public:
  Hamiltonian(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains, double stiffness,
              std::int64_t copies = 1);

  void step(bool warming_up) override;
  double step_size(std::int64_t chain) const override { return sizes_[std::size_t(chain)].size(); }
  double acceptance(std::int64_t chain) const override;
  void visit(ChainState& state) override;

 protected:
  struct Chain {
    double loss = 0, prior = 0;  // nβ (L - L(w*)) and the rest of the energy where the chain is
    double accepted = 0;
    std::size_t size = 0;  // which step size is its own
  };

  void trajectory(bool warming_up);
  void keep(std::int64_t chain);  // where it is, with its energy in energies_

  using Sampler<T>::sampler_;
  using Sampler<T>::energy_;
  std::vector<Chain> chains_;  // of the energy
  std::vector<StepSize> sizes_;
  std::vector<double> energies_;
  std::int64_t draws_ = 0;

 private:
  void begin(bool warming_up);
  void end(bool warming_up);
  void leap(double force, std::span<const T> gradient);
  void glide();
  void restore(std::int64_t chain);
  std::span<const double> kinetic();  // |p|² / 2, by place of the layout

  std::vector<T> momentum_, kept_, kept_gradient_;
  std::vector<T> by_;  // by place of the layout
  std::vector<double> step_, before_, kinetic_;
};

// Parallel tempering (Geyer 1991; Hukushima and Nemoto 1996): each chain that is reported stands on a ladder of copies
// at heats from 1 down to the hottest, in equal ratios, and neighbours trade temperatures with the probability that
// keeps the law. Hot copies cross where the cold one cannot.
template <class T>
class Tempering final : public Hamiltonian<T> {
 public:
  Tempering(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains, double stiffness);

  void step(bool warming_up) override;
  void position(std::int64_t chain, std::span<double> out) const override;
  double step_size(std::int64_t chain) const override { return this->sizes_[chain * sampler_.temperatures].size(); }
  double acceptance(std::int64_t chain) const override;
  void visit(ChainState& state) override;

 private:
  void trade(std::int64_t ladder);

  using Sampler<T>::sampler_;
  using Sampler<T>::energy_;
  using Hamiltonian<T>::chains_;
  std::vector<std::int64_t> at_;  // by ladder and rung: the copy that stands there
  std::vector<double> by_copy_;   // distances
  std::int64_t rounds_ = 0;
};

}  // namespace basin::interp
