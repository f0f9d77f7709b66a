// Is one of two networks more degenerate than the other (docs/theory.md §4)? Differences over matched pairs, under one
// control after the other, since much can make a network look degenerate that is no answer: its units' scales, dead
// neurons, one large eigenvalue.
#pragma once
#include <span>
#include <tuple>

#include "core/statistics.h"
#include "interp/degeneracy/modular_net.h"

namespace basin::interp {

struct SampledNet : FiringShares {  // what one network shows on a sample of inputs
  Directions whole{}, pruned{};     // pruned: without dead neurons
  Directions start{};               // before training; or nothing
};
inline auto fields(SampledNet& n) {
  return std::tuple_cat(fields(static_cast<FiringShares&>(n)), std::tie(n.whole, n.pruned, n.start));
}
SampledNet sampled(const ModularNet& net, const Matrix& x);  // without `start`

// What counts as a direction that the outputs respond to. The degeneracy is the share of the parameters that does not.
enum class Counted { exact, n_eff, above };  // rank J; sum h / (h + ε h_1); eigenvalues above ε h_1

// What is kept from deciding a comparison. Each control starts again from the plain difference.
struct Control {
  using Shares = std::vector<double FiringShares::*>;
  const char *key, *name;  // in files, and for readers
  Directions SampledNet::*of = &SampledNet::whole;
  bool rescalings = false;     // count as degeneracy, one for each live hidden neuron
  bool common_cutoff = false;  // one absolute cut-off for both: ε times the geometric mean of their h_1
  Shares equal{}, none{};      // of neurons: at equal shares, by regression; pairs in which both have none
};
namespace control {
inline const Control plain{.key = "plain", .name = "plain", .rescalings = true},
    beyond_rescaling{.key = "beyond_rescaling", .name = "beyond rescalings"},
    common_cutoff{.key = "common_cutoff", .name = "beyond rescalings, one absolute cut-off", .common_cutoff = true},
    without_dead{.key = "without_dead", .name = "beyond rescalings, dead removed", .of = &SampledNet::pruned},
    dead_and_on{.key = "dead_and_on",
                .name = "adjusted for dead and always-on",
                .equal = {&FiringShares::dead, &FiringShares::always_on}},
    rarely_and_mostly{.key = "rarely_and_mostly",
                      .name = "adjusted for firing on < 5 % and > 95 %",
                      .equal = {&FiringShares::rarely, &FiringShares::mostly}},
    no_dead_or_on{.key = "no_dead_or_on",
                  .name = "pairs without dead or always-on",
                  .none = {&FiringShares::dead, &FiringShares::always_on}},
    all_fire{.key = "all_fire",
             .name = "pairs where all fire on 5 to 95 %",
             .none = {&FiringShares::rarely, &FiringShares::mostly}},
    before_training{// of pairs that have a start
                    .key = "before_training",
                    .name = "beyond rescalings, before training",
                    .of = &SampledNet::start};
inline const Control* const all[]{&plain,         &beyond_rescaling, &common_cutoff,
                                  &without_dead,  &dead_and_on,      &rarely_and_mostly,
                                  &no_dead_or_on, &all_fire,         &before_training};
}  // namespace control

// Share of the N parameters: 0 to 1 for `plain`. ε is relative to `top`; 0: to the network's own h_1.
double free_share(const SampledNet& net, Counted counted, const Control& control, double epsilon, double top = 0);

struct NetPair {
  const SampledNet &first, &second;
};
// First minus second, the mean over the pairs that the control looks at; `covariates` are those that varied.
Adjusted free_share_difference(std::span<const NetPair> pairs, Counted counted, const Control& control, double epsilon);

}  // namespace basin::interp
