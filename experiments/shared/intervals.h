// Estimates and correlations as results and pages have them: {"value", "low", "high", "count", "text", "more", "less"}.
#pragma once
#include "core/statistics.h"
#include "experiments/report/table.h"

namespace basin::experiments {

// `text` is "+0.012 [+0.003, +0.021]"; `more` and `less`: the interval is above 0, below 0.
report::Json interval(const Estimate& estimate, int digits = 3);
report::Json interval(const Correlation& correlation);

}  // namespace basin::experiments
