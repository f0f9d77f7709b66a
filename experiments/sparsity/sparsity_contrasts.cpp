#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/shared/intervals.h"
#include "experiments/shared/rows.h"
#include "experiments/sparsity/sparsity_findings.h"

namespace basin::experiments {

using interp::BasisKind;
using interp::SectionSparsity;

namespace {

// What a straight line in z leaves of y.
std::vector<double> left_by(const std::vector<double>& z, std::vector<double> y) {
  const double mean_z = estimate(z).mean, mean_y = estimate(y).mean;
  double zz = 0, zy = 0;
  for (std::size_t i = 0; i < z.size(); ++i)
    zz += (z[i] - mean_z) * (z[i] - mean_z), zy += (z[i] - mean_z) * (y[i] - mean_y);
  for (std::size_t i = 0; i < z.size(); ++i) y[i] -= mean_y + (zz > 0 ? zy / zz * (z[i] - mean_z) : 0);
  return y;
}

// Partial: one degree of freedom goes to z.
Correlation correlation_beyond(const std::vector<double>& z, const std::vector<double>& x,
                               const std::vector<double>& y) {
  return correlation(left_by(z, x), left_by(z, y), 1);
}

}  // namespace

std::vector<SparsityMeasure> sparsity_measures(const std::vector<SparsityNet>& nets) {
  std::vector<SparsityMeasure> all{
      {"effective", "effective number of edges", [](const SectionSparsity& s) { return s.effective; }},
      {"loss", "edges required for the loss", [](const SectionSparsity& s) { return double(s.required[0]); }}};
  if (std::ranges::all_of(nets, &SparsityNet::accuracy_measurable))
    all.push_back({"accuracy", "edges required for the accuracy",
                   [](const SectionSparsity& s) { return double(s.required[1]); }});
  return all;
}

std::vector<SparsityNet> compared_nets(const std::vector<SparsityNet>& nets, const std::string& setting) {
  return where(nets, [&](const SparsityNet& n) { return n.setting == setting && n.compared(); });
}

std::string SparsityContrast::title() const {
  return fmt::format("{}, section {}, {} against {}: {}", setting, section, name_of(second), name_of(first),
                     measure.name);
}

std::vector<SparsityContrast> sparsity_contrasts(const std::vector<SparsityNet>& nets) {
  std::vector<SparsityContrast> all;
  for (const std::string& setting : distinct(nets, &SparsityNet::setting)) {
    const std::vector<SparsityNet> compared = compared_nets(nets, setting);
    const auto sections = std::int64_t(compared.front().in(BasisKind::lib).size());
    for (std::int64_t l = 0; l < sections; ++l)
      for (const SparsityMeasure& m : sparsity_measures(compared))
        for (const BasisKind second : {BasisKind::lib, BasisKind::ib})
          for (const BasisKind first : {BasisKind::pca, BasisKind::neuron}) {
            const auto in = [&](BasisKind kind) {
              return values(compared, [&](const SparsityNet& n) { return m.value(n.in(kind)[l]); });
            };
            all.push_back({setting, l, m, first, second, LogDifference(in(first), in(second))});
          }
  }
  return all;
}

std::vector<SparsityNet> with_degeneracy(const std::vector<SparsityNet>& nets) {
  const double least = std::ranges::min(values(nets, &SparsityNet::weight_decay));
  return where(nets, [&](const SparsityNet& n) {
    return std::isfinite(n.free_share) && (n.epoch > 0 || n.weight_decay == least);
  });
}

std::vector<DegeneracyCorrelation> degeneracy_correlations(const std::vector<SparsityNet>& nets) {
  std::vector<DegeneracyCorrelation> all;
  const std::vector<SparsityNet> measured = with_degeneracy(nets);
  for (const std::string& setting : distinct(measured, &SparsityNet::setting)) {
    const auto of = where(measured, [&](const SparsityNet& n) { return n.setting == setting; });
    const auto log_edges = [](const SparsityNet& n) { return std::log(n.effective(BasisKind::lib)); };
    const auto edges = values(of, log_edges);
    const auto shares = values(of, &SparsityNet::free_share);
    const auto time_of = [](const SparsityNet& n) { return std::pair{n.weight_decay, n.epoch}; };
    const auto times = distinct(of, time_of);
    const auto group = values(
        of, [&](const SparsityNet& n) { return std::int64_t(std::ranges::find(times, time_of(n)) - times.begin()); });
    const auto by_seed = [&](const auto& value) {  // every seed has all times, so the times' means need not be removed
      return values(distinct(of, &SparsityNet::seed), [&](std::int64_t seed) {
        return mean(where(of, [&](const SparsityNet& n) { return n.seed == seed; }), value);
      });
    };
    all.push_back(
        {setting, correlation(edges, shares), correlation_within(edges, shares, group),
         correlation(by_seed(log_edges), by_seed(&SparsityNet::free_share)),
         correlation_beyond(by_seed(&SparsityNet::dead_share), by_seed(log_edges), by_seed(&SparsityNet::free_share))});
  }
  return all;
}

std::vector<Claim> sparsity_claims(const std::vector<SparsityNet>& nets) {
  ClaimTable table("C28");
  for (const SparsityContrast& c : sparsity_contrasts(nets))
    table.report(c.title(), c.difference.text())
        .because(fmt::format("mean difference of logarithms over {} networks, 95 % interval: {:.2f} times as many",
                             c.difference.count, c.difference.ratio()));
  for (const DegeneracyCorrelation& c : degeneracy_correlations(nets)) {
    const std::string title =
        c.setting + ": correlation of log effective edges (lib) with the share of free directions";
    const auto row = [&](const std::string& ending, const Correlation& r) {
      table.report(title + ending, interval(r)["text"].get<std::string>())
          .because("means over the times of each seed, 95 % interval by Fisher's z");
    };
    row("", c.seeds), row(", beyond the share of dead neurons", c.seeds_beyond_dead);
  }
  return table.rows();
}

}  // namespace basin::experiments
