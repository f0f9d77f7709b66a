#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/grokking/grokking_findings.h"
#include "experiments/shared/intervals.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

void add_rank_measures(std::vector<GrokkingMeasure>& all) {
  const auto add = [&](const std::string& key, const std::string& name, int sign,
                       std::optional<RankReading> GrokkingPoint::*in, const auto& value) {
    all.push_back({key, name, sign, 1, [=](const GrokkingPoint& p) { return p.*in ? value(*(p.*in)) : NAN; }});
  };
  const auto at_rounding = [](const RankReading& r) { return double(r.parameters - r.above_rounding); };
  const auto at_tolerance = [](const RankReading& r) { return double(r.parameters - r.rank); };
  add("free", "exact free directions", 1, &GrokkingPoint::rank, at_rounding);
  add("free_1e-9", "free directions below 1e-9", 1, &GrokkingPoint::rank, at_tolerance);
  add("free_training", "exact free directions on the training pairs", 1, &GrokkingPoint::training, at_rounding);
  for (std::size_t e = 0; e < grokking_epsilons.size(); ++e)
    add(fmt::format("n_eff_{:g}", grokking_epsilons[e]), fmt::format("N_eff at ε = {:g}", grokking_epsilons[e]), -1,
        &GrokkingPoint::rank, [e](const RankReading& r) { return r.n_eff[e]; });
}

void add_edge_measures(std::vector<GrokkingMeasure>& all) {
  for (const auto& [key, name, in] :
       {std::tuple{"lib", "LIB", &MeasuredEdges::lib}, std::tuple{"pca", "PCA", &MeasuredEdges::pca}}) {
    all.push_back({key, fmt::format("effective edges, {}", name), -1, 1,
                   [in](const GrokkingPoint& p) { return p.edges ? ((*p.edges).*in).effective : NAN; }});
    all.push_back(
        {fmt::format("{}_required", key), fmt::format("edges required, {}", name), -1, 1, [in](const GrokkingPoint& p) {
           return p.edges && ((*p.edges).*in).required >= 0 ? double(((*p.edges).*in).required) : NAN;
         }});
  }
}

bool has_numbers(const std::vector<GrokkingNetwork>& networks, const GrokkingMeasure& m) {
  return std::ranges::any_of(networks, [&](const GrokkingNetwork& n) {
    return std::ranges::any_of(n.points, [&](const GrokkingPoint& p) { return std::isfinite(m.value(p)); });
  });
}

template <class Value>
std::vector<Estimate> grid_estimates(const GrokkingFindings& f, const Value& value) {
  const auto counted = f.grokked() > 0 ? where(f.networks, &GrokkingNetwork::grokked) : f.networks;
  return values(f.grid, [&](std::int64_t epoch) {
    const std::vector<double> all = values(counted, [&](const GrokkingNetwork& n) { return value(n, epoch); });
    const bool whole = std::ranges::all_of(all, [](double v) { return std::isfinite(v); });
    return estimate(whole ? all : std::vector<double>{});
  });
}

bool doubted(const GrokkingMeasure& m, const GrokkingPoint& p) {
  return m.key == "lambda" && !p.lambda->doubts.empty();
}

GrokkingEffect effect_of(const std::vector<GrokkingNetwork>& networks, const GrokkingMeasure& m, Moment from,
                         Moment to) {
  GrokkingEffect effect;
  effect.measure = m, effect.from = from, effect.to = to;
  std::vector<double> before, after;
  for (const GrokkingNetwork& n : networks) {
    if (!n.grokked()) continue;
    const GrokkingPoint &a = *n.at(*n.epoch_of(from)), &b = *n.at(*n.epoch_of(to));
    if (!std::isfinite(m.value(a)) || !std::isfinite(m.value(b))) continue;
    before.push_back(m.value(a)), after.push_back(m.value(b));
    effect.doubtful += doubted(m, a) + doubted(m, b);
  }
  static_cast<Paired&>(effect) = paired(before, after);
  return effect;
}

}  // namespace

std::vector<GrokkingMeasure> grokking_measures(const std::vector<GrokkingNetwork>& networks) {
  std::vector<GrokkingMeasure> all;
  add_rank_measures(all);
  all.push_back({"lambda", "λ̂", -1, 1, [](const GrokkingPoint& p) { return p.lambda ? p.lambda->lambda : NAN; }});
  all.push_back({"quadratic", "quadratic count beside λ̂", -1, 1,
                 [](const GrokkingPoint& p) { return p.lambda ? p.lambda->quadratic : NAN; }});
  add_edge_measures(all);
  std::erase_if(all, [&](const GrokkingMeasure& m) { return !has_numbers(networks, m); });
  return all;
}

std::vector<Estimate> over_grid(const GrokkingFindings& f, const GrokkingMeasure& m) {
  return grid_estimates(f, [&](const GrokkingNetwork& n, std::int64_t epoch) { return m.value(*n.at(epoch)); });
}

std::vector<Estimate> over_grid(const GrokkingFindings& f, const char* column) {
  return grid_estimates(f, [&](const GrokkingNetwork& n, std::int64_t epoch) { return n.number_at(epoch, column); });
}

std::string GrokkingEffect::title() const {
  return fmt::format("{}, {} to {}", measure.name, name_of(from), name_of(to));
}

std::string GrokkingEffect::verdict() const {
  if (!difference.excludes_zero()) return "undecided";
  return (difference.mean > 0) == (measure.sign > 0) ? "holds" : "does not hold";
}

std::vector<GrokkingEffect> grokking_effects(const std::vector<GrokkingNetwork>& networks) {
  std::vector<GrokkingEffect> all;
  for (const auto& [from, to] :
       {std::pair{Moment::memorised, Moment::generalised}, std::pair{Moment::generalised, Moment::end}})
    for (const GrokkingMeasure& m : grokking_measures(networks)) all.push_back(effect_of(networks, m, from, to));
  return all;
}

std::vector<Claim> grokking_claims(const std::vector<GrokkingNetwork>& networks) {
  ClaimTable table("grokking");
  for (const GrokkingEffect& e : grokking_effects(networks))
    table.report(e.title(), interval(e.difference, e.measure.digits)["text"].get<std::string>())
        .because(fmt::format("mean change over {} networks, 95 % interval over seeds; more degenerate: {}",
                             e.difference.count, e.verdict()));
  return table.rows();
}

}  // namespace basin::experiments
