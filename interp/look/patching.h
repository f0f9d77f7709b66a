// Activation patching: a model runs on corrupt inputs, and one site at a time is given the value that it has on clean
// ones (Vig et al. 2020, arXiv 2004.12265; Meng et al. 2022, arXiv 2202.05262; docs/theory.md §5.9). All sites are
// copies in one program (interp/look/site_program.h), so that a map of layers and positions is one sweep.
#pragma once
#include <functional>

#include "interp/look/site_program.h"

namespace basin::interp {

// Row i of `corrupt` is run with the sites' values of row i of `clean`. Labels are those of the clean rows, in both
// runs; a metric's `other` label is that of the corrupt row.
struct PatchData {
  Inputs clean{}, corrupt{};
};

struct PatchOptions {
  SweepOptions sweep{.chunk = 64};
  std::int64_t copies =
      0;                 // of one value in one program, where memory is short; 0: all. Answers are the same to rounding
  PartsRunner runner{};  // of patches, not of the residual
};

struct SiteEffect {
  Site site{};
  MeanAndError metric{};      // with the site patched; its error is that of the change from the corrupt run
  MeanAndError normalised{};  // 0: as corrupt, 1: as clean; NaN where these do not differ
};

struct Patching {
  std::int64_t rows = 0;
  MeanAndError clean{}, corrupt{};
  std::vector<SiteEffect> effects{};  // in the order of the sites
  // The largest difference of a site's metric, over the first site of each value and the first chunk of rows, to that
  // of a program into which the patched value was fed. Sites with directions are passed over.
  double residual = 0;
};

// A map that is planned once and run again and again.
class Patcher {
 public:
  // Errors of SiteProgram.
  Patcher(ModelPoint model, std::vector<Site> sites, Metric metric, PatchOptions options = {});

  // DataError unless both have as many rows and the label input that the metric needs. The residual is not computed.
  Patching run(const PatchData& data);
  double residual(const PatchData& data);
  std::int64_t bytes() const { return program_.bytes(); }  // of one thread: said before anything is computed

 private:
  ModelPoint model_;
  std::vector<Site> sites_;
  Metric metric_;
  PatchOptions options_;
  SiteProgram program_;
};

Patching patching(const ModelPoint& model, const PatchData& data, const std::vector<Site>& sites, const Metric& metric,
                  const PatchOptions& options = {});

// For programs of sites of any kind: run on clean and corrupt rows, and its sums as effects.
SiteSums run_sites(SiteProgram& program, const PatchData& data, const Metric& metric, const PartsRunner& runner = {});
Patching patching_from(const SiteSums& sums, const std::vector<Site>& sites);
PatchData first_rows(const PatchData& data, std::int64_t rows);

// Patching::residual on these rows: the mean of the metric by the program against what `plain` finds.
using PlainMetric = std::function<double(const PatchData&, const Site&)>;
double residual_of(SiteProgram& program, const PatchData& data, const std::vector<Site>& sites, const Metric& metric,
                   const PlainMetric& plain);

}  // namespace basin::interp
