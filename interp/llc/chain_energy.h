// The energy of several chains, U(w) = nβ (L(w) - L(w*)) + γ/2 |w - prior mean|², and its gradient, on all data or on a
// batch (docs/theory.md §6.4). Every sampler is steps on it.
#pragma once
#include <optional>

#include "core/rng.h"
#include "interp/llc/center_rows.h"
#include "interp/llc/chain_program.h"
#include "interp/llc/chain_state.h"
#include "interp/llc/sampler_spec.h"

namespace basin::interp {

// Some of the chains of a run, with their own numbers among all: what is random depends on these alone.
struct GroupOf {
  std::int64_t first, count;
  std::uint64_t seed;
};

template <class T>
class ChainEnergy {
 public:
  // Chains of small models lie in lanes, as far as all copies of one find room. It does not depend on their number.
  static bool in_lanes(const LocalPosterior& posterior, const SamplerSpec& sampler) {
    return lanes_pay(posterior) && std::size_t(sampler.copies()) <= ChainLayout<T>::lanes;
  }

  // The chains start at w*; run() before energies are asked for.
  ChainEnergy(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& group);

  std::int64_t chains() const { return chains_; }
  std::int64_t dimension() const { return program_->dimension(); }
  const ChainLayout<T>& layout() const { return program_->layout(); }
  std::span<T> positions() const { return program_->positions(); }

  // With a heat of h a chain sees h nβ in place of nβ.
  void heat(std::int64_t chain, double h);
  double heat(std::int64_t chain) const { return heats_[std::size_t(chain)]; }

  // Where the chains are, on new rows if the sampler takes batches.
  void run();
  std::span<const T> gradient() const { return gradient_; }  // of U, laid out as positions()
  double u(std::int64_t chain) const;                        // nβ (L - L(w*)), whatever the heat
  // By chain, where they are now; the loss is that of the last run.
  void energies(std::span<double> out) const;
  void distances(std::span<double> out) const;  // |w - w*|

  // Variance of a batch's gradient of L where the chains are, the mean over coordinates: 0 on all data. From 16 batches
  // a chain, and the next run() has other rows for it.
  double gradient_variance();

  void visit(ChainState& state);

 private:
  void prepare_center(const LocalPosterior& posterior);
  void draw_rows();
  void see_center(std::size_t batch);  // what the rows just drawn give at w*
  void see_twins();
  template <class Control>
  void add_up(Control control);
  std::span<const double> away(std::span<const T> from) const;  // squares of distances, by place

  double n_beta_, gamma_;
  std::int64_t chains_, n_;
  SamplerSpec sampler_;
  bool batches_, control_variate_;
  std::unique_ptr<ChainProgram<T>> program_;
  // Where batches are paired: what their rows give at w*, or copies that stay there, a chain's or one for all.
  std::optional<CenterRows<T>> center_rows_;
  std::unique_ptr<ChainProgram<T>> twins_;
  std::vector<double> base_;   // by place: the loss at w*, over the same rows
  std::vector<T> full_;        // gradient at w* over all data, laid out as one chain's parameters
  std::vector<T> control_;     // what it is more than the batch's: laid out as positions, or as one chain's for all
  std::vector<T> of_rows_;     // gradient at w* of one batch
  std::vector<double> heats_;  // by place
  std::vector<T> n_betas_;     // the same times nβ
  std::vector<T> gradient_, prior_mean_;
  mutable std::vector<double> squares_;  // by place
  std::vector<Rng> rows_;
  std::vector<double> where_;  // rows of a batch as numbers in 0..n
  std::vector<std::int64_t> batch_;
};

}  // namespace basin::interp
