#include "nn/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "core/error.h"

namespace basin::nn {

Decay decay_from(std::string_view name) {
  if (name == "constant") return Decay::constant;
  if (name == "cosine") return Decay::cosine;
  throw UsageError("schedule: '" + std::string(name) + "' given; wanted constant or cosine");
}

void Schedule::validate() const {
  if (!(rate >= 0 && std::isfinite(rate) && final_rate >= 0 && std::isfinite(final_rate)))
    throw UsageError("schedule: rate " + std::to_string(rate) + " and final rate " + std::to_string(final_rate) +
                     " given; wanted finite numbers of 0 or more");
  if (warm_up < 0 || steps < 0)
    throw UsageError("schedule: " + std::to_string(warm_up) + " warm-up steps of " + std::to_string(steps) +
                     " steps given; wanted 0 or more");
}

double Schedule::at(std::int64_t step) const {
  if (step < warm_up) return rate * double(step + 1) / double(warm_up);
  if (decay == Decay::constant || steps <= warm_up) return rate;
  const double part = std::min(1.0, double(step - warm_up) / double(steps - warm_up));
  return final_rate + (rate - final_rate) * 0.5 * (1 + std::cos(std::numbers::pi * part));
}

}  // namespace basin::nn
