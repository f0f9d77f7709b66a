#include "interp/look/circuit_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/parallel.h"
#include "interp/look/attribution.h"
#include "interp/look/site_ablation.h"

namespace basin::interp {
namespace {

const std::string units_name = "units.post", output_name = "out";
constexpr double rounding = 1e-12;  // of effects on outputs near 1

std::vector<Site> unit_sites(const PlantedCircuits& p) {
  std::vector<Site> sites;
  for (std::size_t u = 0; u < p.units.size(); ++u) sites.push_back(site_from(fmt::format("{}[{}]", units_name, u)));
  return sites;
}

// What the outputs gain [circuits, units] when one unit of a run has another value: the mean over rows,
// by root mean square where there are several.
Matrix gains(const PlantedCircuits& p, SiteSource source, const NumbersByName& numbers, const Inputs& run,
             const Inputs& other) {
  SiteProgramSpec spec;
  spec.sites = unit_sites(p), spec.source = source, spec.numbers = numbers;
  Matrix effects({std::ssize(p.circuits), std::ssize(p.units)});
  for (std::int64_t c = 0; c < effects.rows(); ++c) {
    spec.metric.a = {OutputClass::fixed, c};
    const SiteSums sums = SiteProgram(p.model, spec).run(run, other, nullptr, nullptr);
    for (std::size_t u = 0; u < p.units.size(); ++u)
      effects(c, std::int64_t(u)) = (sums.rows > 1 ? std::sqrt(sums.d2[u] / double(sums.rows)) : sums.d[u]);
  }
  return effects;
}

Inputs repeated(const Inputs& row, std::int64_t rows) {
  return rows_at(row, std::vector<std::int64_t>(std::size_t(rows)));
}

Matrix negative(Matrix m) {
  for (double& v : m.data) v = -v;
  return m;
}

// One row of numbers for each output.
template <class Values>
Matrix by_output(const PlantedCircuits& p, const Values& values) {
  Matrix effects({std::ssize(p.circuits), std::ssize(p.units)});
  for (std::int64_t c = 0; c < effects.rows(); ++c)
    std::ranges::copy(values(entry_of(output_name, c)).data, effects.row(c).begin());
  return effects;
}

Matrix exact_along(const PlantedCircuits& p, const Inputs& data, const Path& path) {
  return by_output(p, [&](const RowMetric& m) { return integrate_exactly(p.model, data, path, m).values; });
}

double rounded(double score, double largest) { return largest > 0 ? std::round(score / largest * 1e9) : 0; }

// The part of the first k places that what matters takes, if equal scores come in any order.
double precision_at(std::span<const double> scores, const std::vector<bool>& matters, std::int64_t k) {
  std::vector<double> sorted(scores.begin(), scores.end());
  std::ranges::sort(sorted, std::greater());
  const double cut = sorted[std::size_t(k - 1)];
  double above = 0, above_true = 0, equal = 0, equal_true = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    above += scores[i] > cut, above_true += scores[i] > cut && matters[i];
    equal += scores[i] == cut, equal_true += scores[i] == cut && matters[i];
  }
  return (above_true + (double(k) - above) * equal_true / equal) / double(k);
}

// What one network says of one circuit by one method.
struct Sample {
  RankScore score;
  double true_effect, false_effect;
};

Sample sample_of(const PlantedCircuits& p, std::span<const double> effects, std::int64_t circuit) {
  std::vector<double> sizes;
  std::vector<bool> matters;
  Sample s{{}, INFINITY, 0};
  for (std::int64_t u = 0; u < std::ssize(p.units); ++u) {
    const double size = std::abs(effects[std::size_t(u)]);
    sizes.push_back(size < rounding ? 0 : size);
    matters.push_back(p.matters(u, circuit));
    if (matters.back()) s.true_effect = std::min(s.true_effect, sizes.back());
    if (!matters.back()) s.false_effect = std::max(s.false_effect, sizes.back());
  }
  s.score = rank_score(sizes, matters);
  return s;
}

struct NetworkSamples {
  std::vector<std::string> circuits;
  std::vector<Sample> samples;  // by circuit, then method
  double interference, output_error;
};

double error_of(const PlantedCircuits& p) {
  const Matrix out = value_of_rows(p.model, p.data, output_name);
  const Matrix& x = p.data.at("x");
  double largest = 0;
  for (std::int64_t r = 0; r < x.rows(); ++r)
    for (std::int64_t c = 0; c < out.cols(); ++c)
      largest = worse(largest, std::abs(out(r, c) - p.intended(c, x.row(r))));
  return largest;
}

NetworkSamples samples_of(const PlantedSpec& spec) {
  const PlantedCircuits p = planted_circuits(spec);
  std::vector<Matrix> effects;
  for (const LookMethod method : look_methods) effects.push_back(unit_effects(p, method));
  NetworkSamples all{p.circuits, {}, p.interference, error_of(p)};
  for (std::int64_t c = 0; c < std::ssize(p.circuits); ++c)
    for (const Matrix& e : effects) all.samples.push_back(sample_of(p, e.row(c), c));
  return all;
}

template <class Get>
Estimate over(const std::vector<NetworkSamples>& networks, const Get& get) {
  std::vector<double> values;
  for (const NetworkSamples& n : networks) values.push_back(get(n));
  return estimate(values);
}

}  // namespace

std::string_view name_of(LookMethod method) {
  switch (method) {
    case LookMethod::gradient_times_activation: return "gradient times activation";
    case LookMethod::attribution_patching: return "attribution patching";
    case LookMethod::integrated_attribution_patching: return "integrated attribution patching";
    case LookMethod::integrated_gradients: return "integrated gradients";
    case LookMethod::zero_ablation: return "zero ablation";
    case LookMethod::mean_ablation: return "mean ablation";
    case LookMethod::resample_ablation: return "resample ablation";
    default: return "activation patching";
  }
}

Matrix unit_effects(const PlantedCircuits& p, LookMethod method) {
  const auto path = [&] { return path_from_other(p.model, p.clean, p.corrupt, units_name); };
  switch (method) {
    case LookMethod::gradient_times_activation:
      return by_output(p, [&](const RowMetric& m) {
        return gradient_times_activation(p.model, p.clean, {units_name}, m).at[0].values;
      });
    case LookMethod::attribution_patching:
      return by_output(p, [&](const RowMetric& m) {
        return attribution_patching(p.model, p.clean, p.corrupt, {units_name}, m).at[0].values;
      });
    case LookMethod::integrated_attribution_patching: return exact_along(p, p.corrupt, path());
    case LookMethod::integrated_gradients: return exact_along(p, p.clean, path_from_zero(p.model, p.clean, units_name));
    case LookMethod::zero_ablation: return negative(gains(p, SiteSource::numbers, {}, p.clean, {}));
    case LookMethod::mean_ablation:
      return negative(gains(p, SiteSource::numbers, mean_values(p.model, p.data, {units_name}, {}), p.clean, {}));
    case LookMethod::resample_ablation:
      return gains(p, SiteSource::other_run, {}, repeated(p.clean, rows_of(p.data, "planted")), p.data);
    default: return gains(p, SiteSource::other_run, {}, p.corrupt, p.clean);
  }
}

RankScore rank_score(std::span<const double> scores, const std::vector<bool>& matters) {
  if (scores.size() != matters.size())
    throw ShapeError(fmt::format("rank score: {} scores and {} labels", scores.size(), matters.size()));
  const std::int64_t k = std::ranges::count(matters, true);
  if (k == 0 || k == std::ssize(matters))
    throw UsageError(
        fmt::format("rank score: {} of {} matter; wanted some that do and some that do not", k, matters.size()));
  double largest = 0, above = 0;
  for (const double s : scores) largest = std::max(largest, std::abs(s));
  std::vector<double> rank;
  for (const double s : scores) rank.push_back(rounded(s, largest));
  for (std::size_t i = 0; i < rank.size(); ++i)
    for (std::size_t j = 0; j < rank.size(); ++j)
      if (matters[i] && !matters[j]) above += rank[i] > rank[j] ? 1 : rank[i] == rank[j] ? 0.5 : 0;
  return {above / double(k * (std::ssize(matters) - k)), precision_at(rank, matters, k)};
}

CircuitScores circuit_scores(const PlantedSpec& spec, std::int64_t networks, int threads) {
  if (networks < 1) throw UsageError(fmt::format("circuit scores: {} networks given, wanted 1 or more", networks));
  const auto samples = parallel_results(threads, networks, [&](std::int64_t i) {
    PlantedSpec own = spec;
    own.seed += std::uint64_t(i);
    return samples_of(own);
  });
  CircuitScores all{{},
                    over(samples, [](const NetworkSamples& n) { return n.interference; }),
                    over(samples, [](const NetworkSamples& n) { return n.output_error; })};
  for (std::size_t i = 0; i < samples[0].samples.size(); ++i) {
    const auto of = [&](const auto& get) {
      return over(samples, [&](const NetworkSamples& n) { return get(n.samples[i]); });
    };
    all.scores.push_back(
        {samples[0].circuits[i / std::size(look_methods)], look_methods[i % std::size(look_methods)],
         of([](const Sample& s) { return s.score.auc; }), of([](const Sample& s) { return s.score.precision; }),
         of([](const Sample& s) { return s.true_effect; }), of([](const Sample& s) { return s.false_effect; })});
  }
  return all;
}

}  // namespace basin::interp
