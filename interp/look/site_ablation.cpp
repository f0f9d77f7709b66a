#include "interp/look/site_ablation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/rng.h"
#include "core/statistics.h"
#include "interp/sweep/rows.h"

namespace basin::interp {
namespace {

constexpr std::array<std::string_view, 3> kinds{"zero", "mean", "resample"};

struct ValueSums {
  std::vector<Tensor<double>> sums{};

  template <class Each>
  void fields(Each& each) {
    each(sums);
  }
  void add(const Chunk& chunk) {
    sums.resize(chunk.values.size());
    for (std::size_t v = 0; v < sums.size(); ++v) {
      const Shape& shape = chunk.shapes[v];
      if (sums[v].size() == 0) sums[v] = Tensor<double>(shape.last(shape.rank() - 1));
      for (std::size_t i = 0; i < chunk.values[v].size(); ++i)
        sums[v][std::int64_t(i) % sums[v].size()] += chunk.values[v][i];
    }
  }
  void merge(const ValueSums& other) {
    for (std::size_t v = 0; v < sums.size(); ++v)
      for (std::int64_t i = 0; i < sums[v].size(); ++i) sums[v][i] += other.sums[v][i];
  }
};

std::vector<std::string> values_of(const std::vector<Site>& sites) {
  std::vector<std::string> names;
  for (const Site& site : sites)
    if (std::ranges::count(names, site.value) == 0) names.push_back(site.value);
  return names;
}

const Tensor<double>* labels_of(const Inputs& data) {
  const auto found = data.find(label_input);
  return found == data.end() ? nullptr : &found->second;
}

SiteAblation from_sums(const std::vector<Site>& sites, const SiteSums& sums) {
  SiteAblation a{.rows = sums.rows, .base = sums.base_mean()};
  for (std::size_t i = 0; i < sites.size(); ++i) a.sites.push_back({.site = sites[i], .change = sums.change(i)});
  return a;
}

SiteAblation resampled(const Inputs& data, SiteProgram program, const std::vector<Site>& sites,
                       const SiteAblationOptions& o) {
  if (o.resamples < 1) throw UsageError(fmt::format("ablation: {} resamples given, wanted 1 or more", o.resamples));
  const std::int64_t n = rows_of(data, "ablation");
  std::vector<std::vector<double>> changes(sites.size());
  SiteAblation a;
  for (std::int64_t r = 0; r < o.resamples; ++r) {
    const Inputs others = rows_at(data, other_rows(n, o.seed, r));
    a = from_sums(sites, program.run(data, others, labels_of(data), nullptr));
    for (std::size_t i = 0; i < sites.size(); ++i) changes[i].push_back(a.sites[i].change.mean);
  }
  for (std::size_t i = 0; o.resamples > 1 && i < sites.size(); ++i) {
    const Estimate e = estimate(changes[i]);
    a.sites[i].change = {e.mean, e.deviation / std::sqrt(double(e.count))};
  }
  return a;
}

}  // namespace

SiteAblationKind site_ablation_from(std::string_view name) {
  for (std::size_t i = 0; i < kinds.size(); ++i)
    if (kinds[i] == name) return SiteAblationKind(i);
  throw UsageError(fmt::format("ablation '{}' given; wanted zero, mean or resample", name));
}

std::string_view name_of(SiteAblationKind kind) { return kinds[std::size_t(kind)]; }

NumbersByName mean_values(const ModelPoint& model, const Inputs& data, const std::vector<std::string>& names,
                          const SweepOptions& options) {
  const ValueSums sums = sweep_reduce(model, data, {.fetch = names}, options, ValueSums{},
                                      [](ValueSums& to, const Chunk& chunk) { to.add(chunk); });
  const double n = double(rows_of(data, "means"));
  NumbersByName means;
  for (std::size_t v = 0; v < names.size(); ++v) {
    Tensor<double>& mean = means[names[v]] = sums.sums[v];
    for (double& x : mean.data) x /= n;
  }
  return means;
}

std::vector<std::int64_t> other_rows(std::int64_t n, std::uint64_t seed, std::int64_t resample) {
  if (n < 2) throw UsageError("resampling: one row given, and each is to be paired with another one");
  const std::vector<std::int64_t> order = Rng(seed, fmt::format("look/resample/{}", resample)).permutation(n);
  std::vector<std::int64_t> places(order.size());  // one cycle through all rows
  for (std::size_t i = 0; i < order.size(); ++i) places[std::size_t(order[i])] = order[(i + 1) % order.size()];
  return places;
}

SiteAblation site_ablation(const ModelPoint& model, const Inputs& data, const std::vector<Site>& sites,
                           const Metric& metric, const SiteAblationOptions& o) {
  if (needs_other_label(metric))
    throw UsageError(fmt::format("ablation: {} is of another row's label, and there is none; help: patching has one",
                                 text_of(metric)));
  SiteProgramSpec spec{.sites = sites, .metric = metric, .sweep = o.patch.sweep, .copies = o.patch.copies};
  SiteAblation a;
  if (o.kind == SiteAblationKind::resample) {
    a = resampled(data, SiteProgram(model, spec), sites, o);
  } else {
    spec.source = SiteSource::numbers;
    if (o.kind == SiteAblationKind::mean) spec.numbers = mean_values(model, data, values_of(sites), o.patch.sweep);
    a = from_sums(sites, SiteProgram(model, spec).run(data, {}, labels_of(data), nullptr));
  }
  for (AblatedSite& s : a.sites) s.metric = {a.base.mean + s.change.mean, s.change.error};
  return a;
}

}  // namespace basin::interp
