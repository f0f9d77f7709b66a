// One site patched the plain way: values are computed in runs of their own, put together in loops, and fed. What the
// programs of many sites are held against.
#pragma once
#include "interp/look/path_patching.h"

namespace basin::interp {

// The mean over rows of the metric. No site has directions. Errors of placed, metric_of and Program.
double fed_metric(const ModelPoint& model, const PatchData& data, const Site& site, const Metric& metric);

// The same along the paths from `sender` through the receivers; `frozen` are names.
double fed_metric(const ModelPoint& model, const PatchData& data, const Site& sender,
                  const std::vector<Site>& receivers, const std::vector<std::string>& frozen, const Metric& metric);

}  // namespace basin::interp
