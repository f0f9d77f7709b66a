#include "interp/degeneracy/matched_pairs.h"

#include <algorithm>
#include <cmath>

namespace basin::interp {
namespace {

bool keeps(const Control& control, const SampledNet& net) {
  return !(net.*control.of).eigenvalues.empty() &&
         std::ranges::all_of(control.none, [&](double FiringShares::*share) { return net.*share == 0; });
}

double count(const Directions& d, Counted counted, double cutoff) {
  if (counted == Counted::exact) return double(d.rank.rank);
  return counted == Counted::n_eff ? d.at(cutoff).soft_count : double(d.at(cutoff).count);
}

// By pair that the control looks at.
std::vector<double> differences(std::span<const NetPair> pairs, Counted counted, const Control& control,
                                double epsilon) {
  std::vector<double> all;
  for (const auto& [first, second] : pairs) {
    if (!keeps(control, first) || !keeps(control, second)) continue;
    const double top =
        control.common_cutoff ? std::sqrt(first.whole.eigenvalues.front() * second.whole.eigenvalues.front()) : 0;
    const auto share = [&](const SampledNet& net) { return free_share(net, counted, control, epsilon, top); };
    all.push_back(share(first) - share(second));
  }
  return all;
}

// Whether J of each module has a singular value for each parameter, and not fewer for want of rows.
bool has_all_columns(const ModularNet& net, const Matrix& x) {
  return std::ranges::all_of(net.modules,
                             [&](const ReluNet& m) { return x.rows() * m.weights.back().rows() >= m.parameters(); });
}

// Parameters of dead neurons are columns of J that are zero: they leave zeros behind.
Directions with_zero_columns(Directions d, std::int64_t parameters) {
  std::vector<double> values;
  for (const double h : d.eigenvalues) values.push_back(std::sqrt(h));
  for (std::vector<double>* all : {&values, &d.eigenvalues}) all->resize(std::size_t(parameters));
  d.parameters = parameters;
  d.rank = decide_rank(values);
  return d;
}

}  // namespace

SampledNet sampled(const ModularNet& net, const Matrix& x) {
  const ModularNet pruned = without_dead(net, x);
  SampledNet found{firing_shares(net, x)};
  found.pruned = directions(pruned, x);
  if (pruned.hidden() == net.hidden())
    found.whole = found.pruned;
  else
    found.whole = has_all_columns(net, x) ? with_zero_columns(found.pruned, net.parameters()) : directions(net, x);
  return found;
}

double free_share(const SampledNet& net, Counted counted, const Control& control, double epsilon, double top) {
  const Directions& d = net.*control.of;
  const double cutoff = epsilon * (top > 0 ? top : d.eigenvalues.front());
  const double rescalings = control.rescalings ? 0 : double(d.live);
  return (double(d.parameters) - count(d, counted, cutoff) - rescalings) / double(net.whole.parameters);
}

Adjusted free_share_difference(std::span<const NetPair> pairs, Counted counted, const Control& control,
                               double epsilon) {
  std::vector<std::vector<double>> covariates;
  for (const auto share : control.equal)
    for (std::vector<double>& of_pairs = covariates.emplace_back(); const NetPair& p : pairs)
      of_pairs.push_back(p.first.*share - p.second.*share);
  return adjusted(differences(pairs, counted, control, epsilon), covariates);
}

}  // namespace basin::interp
