#include "experiments/modularity/modularity_effects.h"

#include <algorithm>
#include <cmath>

namespace basin::experiments {
namespace {

bool keeps(Control control, const MeasuredNet& net) {
  if (control == Control::no_dead_or_on) return net.dead == 0 && net.always_on == 0;
  if (control == Control::all_fire) return net.rarely == 0 && net.mostly == 0;
  return control != Control::before_training || !net.start.eigenvalues.empty();
}

double counted(const Directions& d, Count count, double cutoff) {
  if (count == Count::exact) return double(d.rank.rank);
  return count == Count::n_eff ? d.soft(cutoff) : double(d.above(cutoff));
}

double table_degeneracy(const MeasuredNet& net) { return degeneracy(net, Count::n_eff, Control::without_dead); }

// The shares of neurons whose differences a control holds at 0.
std::vector<double MeasuredNet::*> held_equal(Control control) {
  if (control == Control::dead_and_on) return {&MeasuredNet::dead, &MeasuredNet::always_on};
  if (control == Control::rarely_and_mostly) return {&MeasuredNet::rarely, &MeasuredNet::mostly};
  return {};
}

struct Names {
  const char *key, *name;
};

Names names_of(Control c) {
  switch (c) {
    case Control::plain: return {"plain", "plain"};
    case Control::beyond_rescaling: return {"beyond_rescaling", "beyond rescalings"};
    case Control::common_cutoff: return {"common_cutoff", "beyond rescalings, one absolute cut-off"};
    case Control::without_dead: return {"without_dead", "beyond rescalings, dead removed"};
    case Control::dead_and_on: return {"dead_and_on", "adjusted for dead and always-on"};
    case Control::rarely_and_mostly: return {"rarely_and_mostly", "adjusted for firing on < 5 % and > 95 %"};
    case Control::no_dead_or_on: return {"no_dead_or_on", "pairs without dead or always-on"};
    case Control::all_fire: return {"all_fire", "pairs where all fire on 5 to 95 %"};
    default: return {"before_training", "beyond rescalings, before training"};
  }
}

// Two numbers of each network, and the group it belongs to.
struct Grouped {
  std::vector<double> x{}, y{};
  std::vector<std::int64_t> group{};

  void add(double first, double second, std::int64_t member_of) {
    x.push_back(first), y.push_back(second), group.push_back(member_of);
  }
  Correlation correlation() const { return correlation_within(x, y, group); }
};

}  // namespace

std::string key_of(Control c) { return names_of(c).key; }
std::string name_of(Control c) { return names_of(c).name; }

double degeneracy(const MeasuredNet& net, Count count, Control control, double epsilon, double top) {
  const Directions& d = control == Control::without_dead      ? net.pruned
                        : control == Control::before_training ? net.start
                                                              : net.whole;
  const double cutoff = epsilon * (top > 0 ? top : d.eigenvalues.front());
  const double rescalings = control == Control::plain ? 0 : double(d.live);
  return (double(d.parameters) - counted(d, count, cutoff) - rescalings) / double(net.whole.parameters);
}

double log_test_loss(const MeasuredNet& net) { return std::log(net.test_loss); }

Contrast contrast(const ModularityStudy& study, Comparison comparison) {
  Contrast c{.comparison = comparison};
  std::ranges::copy_if(study.pairs, std::back_inserter(c.pairs),
                       [&](const ModularityPair& p) { return p.comparison == comparison; });
  return c;
}

std::vector<double> Contrast::differences(Count count, Control control, double epsilon) const {
  std::vector<double> all;
  for (const ModularityPair& p : pairs) {
    if (!keeps(control, p.first) || !keeps(control, p.second)) continue;
    const double top = control == Control::common_cutoff
                           ? std::sqrt(p.first.whole.eigenvalues.front() * p.second.whole.eigenvalues.front())
                           : 0;
    const auto of = [&](const MeasuredNet& net) { return experiments::degeneracy(net, count, control, epsilon, top); };
    all.push_back(of(p.first) - of(p.second));
  }
  return all;
}

Adjusted Contrast::degeneracy(Count count, Control control, double epsilon) const {
  std::vector<std::vector<double>> covariates;
  for (const auto share : held_equal(control))
    for (std::vector<double>& of_pairs = covariates.emplace_back(); const ModularityPair& p : pairs)
      of_pairs.push_back(p.first.*share - p.second.*share);
  return adjusted(differences(count, control, epsilon), covariates);
}

Estimate Contrast::effect(const std::function<double(const MeasuredNet&)>& value) const {
  std::vector<double> all;
  for (const ModularityPair& p : pairs)
    if (const double d = value(p.first) - value(p.second); std::isfinite(d)) all.push_back(d);
  return estimate(all);
}

Correlation Contrast::degeneracy_with_loss() const {
  std::vector<double> losses;
  for (const ModularityPair& p : pairs) losses.push_back(log_test_loss(p.first) - log_test_loss(p.second));
  return correlation(differences(Count::n_eff, Control::without_dead), losses);
}

std::int64_t Contrast::more_degenerate_is_better() const {
  return std::ranges::count_if(pairs, [](const ModularityPair& p) {
    return (table_degeneracy(p.first) - table_degeneracy(p.second)) * (p.first.test_loss - p.second.test_loss) < 0;
  });
}

Correlation degeneracy_with_loss(const ModularityStudy& study, const std::string& net) {
  Grouped nets;
  for (const StartNet& s : study.starts)
    if (s.net.net == net) nets.add(table_degeneracy(s.net), log_test_loss(s.net), s.data_set);
  return nets.correlation();
}

Correlation modules_with_degeneracy(const ModularityStudy& study) {
  Grouped nets;
  for (const ModularityPair& p : contrast(study, Comparison::task).pairs)
    for (const MeasuredNet* net : {&p.first, &p.second})
      if (std::isfinite(net->z)) nets.add(net->z, table_degeneracy(*net), net == &p.second);
  return nets.correlation();
}

}  // namespace basin::experiments
