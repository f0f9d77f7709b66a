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

double Schedule::at(std::int64_t step) const {
  if (step < warm_up) return rate * double(step + 1) / double(warm_up);
  if (decay == Decay::constant || steps <= warm_up) return rate;
  const double part = std::min(1.0, double(step - warm_up) / double(steps - warm_up));
  return final_rate + (rate - final_rate) * 0.5 * (1 + std::cos(std::numbers::pi * part));
}

}  // namespace basin::nn
