// What a model is without its sites, one at a time: zeros, the mean over the data, or the value of another row in a
// site's place (docs/theory.md §5.9). For features of interaction bases see interp/edges/ablation.h.
#pragma once
#include "interp/look/patching.h"

namespace basin::interp {

enum class SiteAblationKind { zero, mean, resample };
SiteAblationKind site_ablation_from(std::string_view name);  // UsageError listing the names
std::string_view name_of(SiteAblationKind kind);

struct SiteAblationOptions {
  SiteAblationKind kind = SiteAblationKind::zero;
  std::int64_t resamples = 8;  // each pairs every row with another one, by a stream of its own
  std::uint64_t seed = 0;
  PatchOptions patch{};
};

struct AblatedSite {
  Site site{};
  MeanAndError metric{};  // its error is that of the change
  // Of the metric, from the model as it is. Zero and mean: the error is over rows. Resampled: the mean over resamples,
  // the error over them (two or more; with one it is over rows).
  MeanAndError change{};
};

struct SiteAblation {
  std::int64_t rows = 0;
  MeanAndError base{};
  std::vector<AblatedSite> sites{};  // in the order given
};

// Each site of the list in one program. The mean is that of the model as it is. UsageError for a metric of another
// label, for resampling one row, and for fewer than one resample; errors of SiteProgram.
SiteAblation site_ablation(const ModelPoint& model, const Inputs& data, const std::vector<Site>& sites,
                           const Metric& metric, const SiteAblationOptions& options = {});

// Means over rows of named values [rows, …]: […] each.
NumbersByName mean_values(const ModelPoint& model, const Inputs& data, const std::vector<std::string>& names,
                          const SweepOptions& options = {});

// A random pairing of n rows, none with itself: row i is given row places[i]. UsageError for fewer than two.
std::vector<std::int64_t> other_rows(std::int64_t n, std::uint64_t seed, std::int64_t resample);

}  // namespace basin::interp
