// The mean losses of several chains, and their gradients, in one program (docs/theory.md §6.4). Chains of small models
// lie in the lanes of packs (core/pack.h), those of others are lifted copies in front (autodiff/lift.h); what a chain
// computes depends on this, but neither on its place nor on the others.
#pragma once
#include <memory>

#include "interp/llc/chain_layout.h"
#include "interp/llc/local_posterior.h"

namespace basin::interp {

struct ChainProgramSpec {
  std::int64_t chains = 1;
  std::int64_t rows = 0;       // of a run, a batch for each chain; 0: all of the data
  bool share_batches = false;  // one batch for all chains
  bool in_lanes = false;       // at most ChainLayout<T>::lanes chains then
};

// Whether chains of this model cost less in lanes. It depends on the model alone.
bool lanes_pay(const LocalPosterior& posterior);

template <class T>
class ChainProgram {
 public:
  // The chains start at w*. Errors of tracing and of LocalPosterior::validate.
  static std::unique_ptr<ChainProgram> make(const LocalPosterior& posterior, const ChainProgramSpec& spec);
  virtual ~ChainProgram() = default;

  const ChainLayout<T>& layout() const { return layout_; }
  std::int64_t chains() const { return spec_.chains; }
  std::int64_t dimension() const { return center_.size(); }  // of one chain

  virtual std::span<T> positions() = 0;                    // w, as the layout says
  const Parameters<T>& center() const { return center_; }  // w* of the parameters that move
  void move(std::int64_t chain, std::span<const T> to);    // one chain's w

  // The rows of a chain's next run, or of all chains' where they share them; for programs that run on batches.
  virtual void feed_rows(std::int64_t chain, std::span<const std::int64_t> rows) = 0;
  virtual void run() = 0;
  virtual double loss(std::int64_t chain) const = 0;
  virtual std::span<const T> gradient() const = 0;  // as the layout says

 protected:
  ChainProgram(const LocalPosterior& posterior, const ChainProgramSpec& spec);

  const ChainProgramSpec spec_;
  const std::int64_t rows_;  // of a run
  Parameters<T> all_, center_;
  ChainLayout<T> layout_;
  Inputs data_;
};

}  // namespace basin::interp
