// One site patched the plain way: its value is computed in both runs, put together in loops, and fed. What the programs
// of many sites are held against.
#pragma once
#include "interp/look/patching.h"

namespace basin::interp {

// The mean over rows of the metric. The site has no directions. Errors of placed, metric_of and Program.
double fed_metric(const ModelPoint& model, const PatchData& data, const Site& site, const Metric& metric);

}  // namespace basin::interp
