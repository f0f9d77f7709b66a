#include "experiments/shared/intervals.h"

#include <fmt/format.h>

#include <cmath>

namespace basin::experiments {
namespace {

report::Json json(double value, double low, double high, std::int64_t count, const std::string& text) {
  return {{"value", value}, {"low", low},      {"high", high},    {"count", count},
          {"text", text},   {"more", low > 0}, {"less", high < 0}};
}

std::string bracketed(double value, double low, double high, int digits) {
  const auto number = [&](double v) { return report::shown(v, fmt::format("{{:+.{}f}}", digits)); };
  if (!std::isfinite(low)) return number(value) + " (too few)";
  return fmt::format("{} [{}, {}]", number(value), number(low), number(high));
}

}  // namespace

report::Json interval(const Estimate& e, int digits) {
  return json(e.mean, e.low, e.high, e.count, e.count == 0 ? "none" : bracketed(e.mean, e.low, e.high, digits));
}

report::Json interval(const Correlation& c) {
  return json(c.r, c.low, c.high, c.count,
              std::isnan(c.r) ? "none: one side is constant" : bracketed(c.r, c.low, c.high, 2));
}

}  // namespace basin::experiments
