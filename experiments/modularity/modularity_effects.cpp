#include "experiments/modularity/modularity_effects.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace basin::experiments {
namespace {

bool keeps(Control control, const MeasuredNet& net) {
  if (control == Control::no_dead_or_on) return net.dead == 0 && net.always_on == 0;
  if (control == Control::all_fire) return net.rarely == 0 && net.mostly == 0;
  return control != Control::before_training || !net.start.eigenvalues.empty();
}

// The pairs that a control looks at.
Pairs kept(const Pairs& pairs, Control control) {
  Pairs some;
  std::ranges::copy_if(pairs, std::back_inserter(some),
                       [&](const ModularityPair& p) { return keeps(control, p.first) && keeps(control, p.second); });
  return some;
}

std::vector<double> differences(const Pairs& pairs, double MeasuredNet::*value) {
  std::vector<double> all;
  for (const ModularityPair& p : pairs) all.push_back(p.first.*value - p.second.*value);
  return all;
}

double counted(const Directions& d, Count count, double cutoff) {
  if (count == Count::exact) return double(d.rank.rank);
  return count == Count::n_eff ? d.soft(cutoff) : double(d.above(cutoff));
}

// Takes each group's mean away. Returns how many groups there are.
std::int64_t remove_means(std::vector<double>& values, const std::vector<std::int64_t>& group) {
  std::map<std::int64_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < values.size(); ++i) members[group[i]].push_back(i);
  for (const auto& [name, places] : members) {
    double sum = 0;
    for (std::size_t i : places) sum += values[i];
    for (std::size_t i : places) values[i] -= sum / double(places.size());
  }
  return std::int64_t(members.size());
}

Correlation within(std::vector<double> x, std::vector<double> y, const std::vector<std::int64_t>& group) {
  const std::int64_t groups = remove_means(x, group);
  remove_means(y, group);
  return correlation(x, y, std::max<std::int64_t>(groups - 1, 0));
}

double table_degeneracy(const MeasuredNet& net) {
  return degeneracy(net, Count::n_eff, Control::without_dead, modularity_epsilons[table_epsilon]);
}

}  // namespace

std::string name_of(Count c) {
  return c == Count::exact ? "exact, N − rank J" : c == Count::n_eff ? "soft, N − N_eff(ε)" : "below ε";
}

std::string name_of(Control c) {
  switch (c) {
    case Control::plain: return "plain";
    case Control::beyond_rescaling: return "beyond rescalings";
    case Control::common_cutoff: return "beyond rescalings, one absolute cut-off";
    case Control::without_dead: return "beyond rescalings, dead removed";
    case Control::dead_and_on: return "adjusted for dead and always-on";
    case Control::rarely_and_mostly: return "adjusted for firing on < 5 % and > 95 %";
    case Control::no_dead_or_on: return "pairs without dead or always-on";
    case Control::all_fire: return "pairs where all fire on 5 to 95 %";
    default: return "beyond rescalings, before training";
  }
}

Pairs pairs_of(const ModularityStudy& study, Comparison comparison) {
  Pairs some;
  std::ranges::copy_if(study.pairs, std::back_inserter(some),
                       [&](const ModularityPair& p) { return p.comparison == comparison; });
  return some;
}

double degeneracy(const MeasuredNet& net, Count count, Control control, double epsilon, double top) {
  const Directions& d = control == Control::without_dead      ? net.pruned
                        : control == Control::before_training ? net.start
                                                              : net.whole;
  const double cutoff = epsilon * (top > 0 ? top : d.eigenvalues.front());
  const double rescalings = control == Control::plain ? 0 : double(d.live);
  return (double(d.parameters) - counted(d, count, cutoff) - rescalings) / double(net.whole.parameters);
}

std::vector<double> degeneracy_differences(const Pairs& pairs, Count count, Control control, double epsilon) {
  std::vector<double> all;
  for (const ModularityPair& p : kept(pairs, control)) {
    const double top = control == Control::common_cutoff
                           ? std::sqrt(p.first.whole.eigenvalues.front() * p.second.whole.eigenvalues.front())
                           : 0;
    all.push_back(degeneracy(p.first, count, control, epsilon, top) -
                  degeneracy(p.second, count, control, epsilon, top));
  }
  return all;
}

Adjusted degeneracy_effect(const Pairs& pairs, Count count, Control control, double epsilon) {
  std::vector<std::vector<double>> covariates;
  if (control == Control::dead_and_on)
    covariates = {differences(pairs, &MeasuredNet::dead), differences(pairs, &MeasuredNet::always_on)};
  if (control == Control::rarely_and_mostly)
    covariates = {differences(pairs, &MeasuredNet::rarely), differences(pairs, &MeasuredNet::mostly)};
  return adjusted(degeneracy_differences(pairs, count, control, epsilon), covariates);
}

Estimate effect_on(const Pairs& pairs, const std::function<double(const MeasuredNet&)>& value) {
  std::vector<double> all;
  for (const ModularityPair& p : pairs)
    if (const double d = value(p.first) - value(p.second); std::isfinite(d)) all.push_back(d);
  return estimate(all);
}

double log_test_loss(const MeasuredNet& net) { return std::log(net.test_loss); }

Correlation degeneracy_with_loss(const Pairs& pairs) {
  std::vector<double> losses;
  for (const ModularityPair& p : pairs) losses.push_back(log_test_loss(p.first) - log_test_loss(p.second));
  return correlation(
      degeneracy_differences(pairs, Count::n_eff, Control::without_dead, modularity_epsilons[table_epsilon]), losses);
}

std::int64_t more_degenerate_is_better(const Pairs& pairs) {
  return std::ranges::count_if(pairs, [](const ModularityPair& p) {
    return (table_degeneracy(p.first) - table_degeneracy(p.second)) * (p.first.test_loss - p.second.test_loss) < 0;
  });
}

Correlation degeneracy_with_loss(const ModularityStudy& study, const std::string& net) {
  std::vector<double> x, y;
  std::vector<std::int64_t> group;
  for (const StartNet& s : study.starts)
    if (s.net.net == net) {
      x.push_back(table_degeneracy(s.net));
      y.push_back(log_test_loss(s.net));
      group.push_back(s.data_set);
    }
  return within(x, y, group);
}

Correlation modules_with_degeneracy(const ModularityStudy& study) {
  std::vector<double> x, y;
  std::vector<std::int64_t> group;
  for (const ModularityPair& p : pairs_of(study, Comparison::task))
    for (const MeasuredNet* net : {&p.first, &p.second})
      if (std::isfinite(net->z)) {
        x.push_back(net->z);
        y.push_back(table_degeneracy(*net));
        group.push_back(net == &p.second);
      }
  return within(x, y, group);
}

std::string text(const Estimate& e, int digits) {
  if (e.count == 0) return "no pairs";
  if (!std::isfinite(e.low)) return fmt::format("{:+.{}f} (too few pairs)", e.mean, digits);
  return fmt::format("{:+.{}f} [{:+.{}f}, {:+.{}f}]", e.mean, digits, e.low, digits, e.high, digits);
}

std::string text(const Correlation& c) {
  return std::isnan(c.r) ? "none: one side is constant" : fmt::format("{:+.2f} [{:+.2f}, {:+.2f}]", c.r, c.low, c.high);
}

}  // namespace basin::experiments
