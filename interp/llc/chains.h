// Chains of a local posterior, and what they saw of the loss (docs/theory.md §6.4).
#pragma once
#include <functional>
#include <memory>

#include "interp/llc/local_posterior.h"
#include "interp/llc/sampler_spec.h"

namespace basin::interp {

class ChainState;

struct ChainSpec {
  std::int64_t chains = 8, draws = 1000, warm_up = 500;
  std::uint64_t seed = 0;
  int threads = 1;
  std::int64_t keep_every = 0;  // every so many draws the place is kept; 0: none is
  // Chains go through programs in groups (ChainRun::groups). These advance, and the others stay as restore left them:
  // so that several processes share out the chains. Empty: all.
  std::function<bool(std::int64_t group)> own{};
  // Called now and then with the steps done by all chains and all that there are; one call at a time.
  std::function<void(std::int64_t done, std::int64_t all)> progress{};
};

// By chain and draw. Everything that is not in `u` says how it came about.
struct Chains {
  Matrix u = {};         // nβ (L(w) - L(w*)) [chains, draws], on the same rows both; NaN: diverged
  Matrix distance = {};  // |w - w*| [chains, draws]
  Matrix places = {};    // w [chains x kept, parameters that move], chain after chain; [0, …] if none are kept
  std::vector<double> step = {};        // by chain
  std::vector<double> acceptance = {};  // by chain, behind the warm-up; 1 where nothing is rejected
  double gradient_variance = 0;         // of a batch's gradient of L where the chains ended, mean over coordinates
  double base_loss = 0;                 // L(w*) over all data
  double top_curvature = 0;             // largest eigenvalue of the Hessian of L at w*, to 1e-3
};

// Chains that go on: more draws where these were too few, and from a file where they were interrupted.
template <class T>
class ChainRun {
 public:
  // Chains at w*. Errors of ChainProgram; UsageError for a spec out of range, NumericalError where the loss at w* is
  // not finite.
  ChainRun(const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec);
  ~ChainRun();

  // The warm-up, once, and `draws` draws more. All numbers depend on the seed and the chain alone: they are equal to
  // the bit for any number of threads, and however the draws were asked for. On SIGINT and SIGTERM it returns with
  // fewer.
  void advance(std::int64_t draws);
  std::int64_t draws() const;  // of the groups that advance, the least; 0 of none
  Chains chains() const;       // as many draws of each; wants all chains to have them
  // Of a batch's gradient of L where the chains are, the mean over coordinates. They go on with other batches.
  double gradient_variance();

  // How many groups there are; it depends on the posterior, the sampler and the number of chains.
  std::int64_t groups() const { return std::int64_t(groups_.size()); }
  // All that a group is, to be put back into a run of the same posterior and specs: numbers from then on are equal to
  // the bit. DataError for a state of other chains.
  std::vector<double> state(std::int64_t group);
  void restore(std::int64_t group, std::vector<double> state);

 private:
  struct Group;
  struct Trace;

  void advance_group(Group& group, std::int64_t last, const std::function<void(std::int64_t steps)>& done);
  void record(const Group& group);
  void visit(Group& group, ChainState& state);
  bool advances(std::int64_t group) const { return !spec_.own || spec_.own(group); }

  ChainSpec spec_;
  double base_loss_ = 0, top_curvature_ = 0;
  std::int64_t dimension_ = 0;
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<Trace> traces_;  // by chain
};

// How many chains go through one program: threads take such groups.
template <class T>
std::int64_t chains_together(const LocalPosterior& posterior, const SamplerSpec& sampler, std::int64_t chains);

// spec.draws draws of a new run. Errors of ChainRun; Interrupted on SIGINT and SIGTERM.
template <class T>
Chains sample(const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec);

}  // namespace basin::interp
