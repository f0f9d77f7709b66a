// Chains side by side in one program: their steps.
#pragma once
#include "core/rng.h"
#include "interp/llc/chain_program.h"
#include "interp/llc/chains.h"
#include "interp/llc/step_size.h"

namespace basin::interp {

struct GroupOf {
  std::int64_t first, count;  // chains
  std::uint64_t seed;
};

template <class T>
class ChainGroup {
 public:
  ChainGroup(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains, double top_curvature);

  // One step of each chain, and its nβ (L - L(w*)). A step of the warm-up finds the step size of hmc, unless it is
  // given; draws leave it alone.
  std::span<const double> warm_up();
  std::span<const double> draw();

  double step_size(std::int64_t chain) const { return sizes_[std::size_t(chain)].size(); }
  double acceptance(std::int64_t chain) const;  // mean over the draws

 private:
  struct Chain {
    Rng noise, choice, rows;
    double energy = 0;  // of where it is, minus that of w*
    double loss = 0;    // nβ (L - L(w*))
    double accepted = 0;
  };

  void step(bool warming_up);
  void langevin();
  void trajectory(bool warming_up);
  void leap(double force);
  void run();
  double energy(std::int64_t chain) const;
  double nbeta_loss(std::int64_t chain) const;
  double kinetic(std::int64_t chain) const;
  void keep(std::int64_t chain);
  void restore(std::int64_t chain);

  double n_beta_, gamma_;
  SamplerSpec sampler_;
  std::int64_t count_, n_, draws_ = 0;
  bool paired_;  // the second half of the program's chains stays at w*, on the same rows
  ChainProgram<T> program_;
  std::vector<double> base_;  // losses at w*, as this program computes them
  std::vector<T> full_;       // gradient at w* over all data, laid out as the center
  std::vector<T> momentum_, noise_, kept_, kept_gradient_, gradient_;
  std::vector<Chain> chains_;
  std::vector<StepSize> sizes_;
  std::vector<double> u_, step_, before_;
  std::vector<std::int64_t> batch_;
};

}  // namespace basin::interp
