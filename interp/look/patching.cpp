#include "interp/look/patching.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/statistics.h"
#include "interp/look/fed_site.h"

namespace basin::interp {
namespace {

const Tensor<double>* numbers_of(const Inputs& data, const char* name) {
  const auto found = data.find(name);
  return found == data.end() ? nullptr : &found->second;
}

void require_fit(const PatchData& data, const Metric& metric) {
  const std::int64_t clean = rows_of(data.clean, "patching"), corrupt = rows_of(data.corrupt, "patching");
  if (clean != corrupt)
    throw DataError(fmt::format("patching: {} clean and {} corrupt rows given; wanted one for each", clean, corrupt));
  if (needs_other_label(metric) && !numbers_of(data.corrupt, label_input))
    throw DataError(
        fmt::format("patching: {} needs labels, and the corrupt rows have no '{}'", text_of(metric), label_input));
}

Inputs first_of(Inputs data, std::int64_t rows) {
  for (auto& [name, numbers] : data) {
    numbers.shape[0] = std::min(rows, numbers.shape[0]);
    numbers.data.resize(std::size_t(numbers.shape.numel()));
  }
  return data;
}

bool is_first_of_its_value(const std::vector<Site>& sites, std::size_t i) {
  const auto first = std::ranges::find(sites, sites[i].value, &Site::value);
  return first - sites.begin() == std::ptrdiff_t(i) && sites[i].directions.size() == 0;
}

}  // namespace

SiteSums run_sites(SiteProgram& program, const PatchData& data, const Metric& metric, const PartsRunner& runner) {
  require_fit(data, metric);
  return program.run(data.corrupt, data.clean, numbers_of(data.clean, label_input),
                     needs_other_label(metric) ? numbers_of(data.corrupt, label_input) : nullptr, runner);
}

Patching patching_from(const SiteSums& sums, const std::vector<Site>& sites) {
  Patching p{.rows = sums.rows, .clean = sums.source_mean(), .corrupt = sums.base_mean()};
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const MeanAndError change = sums.change(i);
    p.effects.push_back({sites[i], {p.corrupt.mean + change.mean, change.error}, sums.share(i)});
  }
  return p;
}

PatchData first_rows(const PatchData& data, std::int64_t rows) {
  return {first_of(data.clean, rows), first_of(data.corrupt, rows)};
}

double residual_of(SiteProgram& program, const PatchData& data, const std::vector<Site>& sites, const Metric& metric,
                   const PlainMetric& plain) {
  const Patching p = patching_from(run_sites(program, data, metric), sites);
  double worst = 0;
  for (std::size_t i = 0; i < sites.size(); ++i)
    if (is_first_of_its_value(sites, i))
      worst = worse(worst, std::abs(p.effects[i].metric.mean - plain(data, sites[i])));
  return worst;
}

Patcher::Patcher(ModelPoint model, std::vector<Site> sites, Metric metric, PatchOptions options)
    : model_(std::move(model)),
      sites_(std::move(sites)),
      metric_(std::move(metric)),
      options_(std::move(options)),
      program_(model_, {.sites = sites_, .metric = metric_, .sweep = options_.sweep, .copies = options_.copies}) {}

Patching Patcher::run(const PatchData& data) {
  return patching_from(run_sites(program_, data, metric_, options_.runner), sites_);
}

double Patcher::residual(const PatchData& data) {
  return residual_of(program_, first_rows(data, options_.sweep.chunk), sites_, metric_,
                     [&](const PatchData& rows, const Site& site) { return fed_metric(model_, rows, site, metric_); });
}

Patching patching(const ModelPoint& model, const PatchData& data, const std::vector<Site>& sites, const Metric& metric,
                  const PatchOptions& options) {
  Patcher patcher(model, sites, metric, options);
  Patching p = patcher.run(data);
  p.residual = patcher.residual(data);
  return p;
}

}  // namespace basin::interp
