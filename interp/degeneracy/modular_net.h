// Networks made of separate modules, and what one of them shows on a sample of inputs: its spectrum, its dead and
// always-on neurons (docs/theory.md §4). A dense network is one module.
#pragma once
#include <tuple>

#include "core/rank.h"
#include "interp/jacobian/gauss_newton.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {

// Modules of one shape, one hidden layer: module i reads the i-th block of the inputs and writes the i-th block of the
// outputs. The weights between modules are no parameters; they are zero.
struct ModularNet {
  std::vector<ReluNet> modules;

  std::int64_t parameters() const;  // within the modules
  std::int64_t hidden() const;
  Matrix inputs_of(std::int64_t module, const Matrix& x) const;  // its columns of the samples x
  ReluNet assembled() const;                                     // the same function as one network
};

// How often each hidden neuron of each module fires on the sample, module by module.
std::vector<std::int64_t> firing_counts(const ModularNet& net, const Matrix& x);

// Shares of the hidden neurons, by how often they fire on the sample.
struct FiringShares {
  double dead = 0, always_on = 0;  // never, and on every input
  double rarely = 0, mostly = 0;   // on less than 5 % and on more than 95 % of the inputs
};
inline auto fields(FiringShares& s) { return std::tie(s.dead, s.always_on, s.rarely, s.mostly); }
FiringShares firing_shares(const ModularNet& net, const Matrix& x);

// Each module without its dead neurons (drop_dead of interp/layers/relu_net_parts.h).
ModularNet without_dead(const ModularNet& net, const Matrix& x);

// How many directions of the parameters within the modules the outputs on a sample respond to, and how strongly.
struct Directions {
  std::int64_t parameters = 0, live = 0;  // live: hidden neurons that are not dead, each of which has one rescaling
  std::vector<double> eigenvalues{};      // of J^T J, descending
  RankDecision rank{};                    // of J

  EpsilonRank at(double cutoff) const { return epsilon_ranks(eigenvalues, {cutoff})[0]; }  // an absolute one
  std::int64_t beyond_rescaling() const { return parameters - rank.rank - live; }          // exactly free
};
inline auto fields(Directions& d) { return std::tie(d.parameters, d.live, d.eigenvalues, d.rank); }
Directions directions(const ModularNet& net, const Matrix& x);

// A dense net and separate modules of equal parameters: blocks · (h (d + k + 1) + k) = H (blocks · (d + k) + 1) +
// blocks · k for modules d-h-k.
struct EqualWidths {
  std::int64_t module = 0, dense = 0;
};
// UsageError naming the widths that would do if no whole H fits `module_width`.
EqualWidths equal_widths(std::int64_t blocks, std::int64_t inputs, std::int64_t outputs, std::int64_t module_width);

}  // namespace basin::interp
