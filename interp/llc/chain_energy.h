// The energy of several chains, U(w) = nβ (L(w) - L(w*)) + γ/2 |w - prior mean|², and its gradient, on all data or on a
// batch (docs/theory.md §6.4). Every sampler is steps on it.
#pragma once
#include "core/rng.h"
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
  // The chains start at w*; run() before energies are asked for.
  ChainEnergy(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& group);

  std::int64_t chains() const { return chains_; }
  std::int64_t dimension() const { return program_.dimension(); }
  std::span<T> positions() { return program_.positions().flat(); }
  std::span<const T> positions() const { return program_.positions().flat(); }
  // Of one chain: body(offset into positions(), offset into one chain's parameters, length) for each slice.
  template <class Body>
  void for_slices(std::int64_t chain, const Body& body) const {
    program_.for_slices(chain, body);
  }

  // With a heat of h a chain sees h nβ in place of nβ.
  void heat(std::int64_t chain, double h) { heats_[std::size_t(chain)] = h; }
  double heat(std::int64_t chain) const { return heats_[std::size_t(chain)]; }

  // Where the chains are, on new rows if the sampler takes batches.
  void run();
  std::span<const T> gradient() const { return gradient_; }  // of U, laid out as positions()
  double u(std::int64_t chain) const;                        // nβ (L - L(w*)), whatever the heat
  double energy(std::int64_t chain) const;
  double distance(std::int64_t chain) const;  // |w - w*|

  // Variance of a batch's gradient of L where the chains are, the mean over coordinates: 0 on all data. From 16 batches
  // a chain, and the next run() has other rows for it.
  double gradient_variance();

  void visit(ChainState& state);

 private:
  void draw_rows();
  void add_up();
  double away(std::int64_t chain, std::span<const T> from) const;

  double n_beta_, gamma_;
  std::int64_t chains_, n_;
  SamplerSpec sampler_;
  bool batches_, twins_;  // behind the chains stand copies that stay at w*, on the same rows: one each, or one
  ChainProgram<T> program_;
  std::vector<double> base_, heats_;  // losses at w* over all data, as this program computes them
  std::vector<T> full_;               // gradient at w* over all data, laid out as one chain's parameters
  std::vector<T> gradient_, prior_mean_;
  std::vector<Rng> rows_;
  std::vector<std::int64_t> batch_;
};

}  // namespace basin::interp
