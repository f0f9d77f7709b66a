#include "experiments/modularity/modularity_effects.h"

#include <algorithm>
#include <cmath>

#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

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

double log_test_loss(const MeasuredNet& net) { return std::log(net.test_loss); }

double table_degeneracy(const MeasuredNet& net) {
  return free_share(net, Counted::n_eff, control::without_dead, table_epsilon);
}

Contrast contrast(const ModularityStudy& study, Comparison comparison) {
  return {comparison, where(study.pairs, [&](const ModularityPair& p) { return p.comparison == comparison; })};
}

std::vector<double> Contrast::differences(const Value& value) const {
  return values(pairs, [&](const ModularityPair& p) { return value(p.first) - value(p.second); });
}

Estimate Contrast::effect(const Value& value) const {
  return estimate(where(differences(value), [](double d) { return std::isfinite(d); }));
}

Estimate Contrast::degeneracy(Counted counted, const Control& control, double epsilon) const {
  const auto nets = values(pairs, [](const ModularityPair& p) { return interp::NetPair{p.first, p.second}; });
  return free_share_difference(nets, counted, control, epsilon).at_zero;
}

Correlation Contrast::degeneracy_with_loss() const {
  return correlation(differences(table_degeneracy), differences(log_test_loss));
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
