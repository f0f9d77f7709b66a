#include "interp/llc/log_axis.h"

#include <fmt/format.h>

#include <cmath>

#include "core/error.h"
#include "core/gauss_legendre.h"

namespace basin::interp {

Integrated by_doubling(const std::string& what, const std::function<double(int)>& rule) {
  const double half = rule(8), value = rule(16), error = std::abs(value - half);
  if (!(error <= 1e-6 * std::abs(value)))
    throw NumericalError(fmt::format(
        "{}: quadrature gives {:.9g} with 8 nodes a panel and {:.9g} with 16; wanted a difference of at most 1e-6 of "
        "it; help: the exact value is out of reach here, use a smaller model, truth or t",
        what, half, value));
  return {value, error};
}

LogAxis::LogAxis(double low, double high, double width, int nodes) : below_(gauss_legendre_below(nodes)) {
  const auto [at, weight] = gauss_legendre(nodes);
  const int panels = int(std::ceil((high - low) / width));
  const double half = (high - low) / (2 * panels);
  for (double& b : below_.data) b *= half;
  for (int panel = 0; panel < panels; ++panel)
    for (std::size_t i = 0; i < at.size(); ++i) {
      x_.push_back(std::exp(low + half * (2 * panel + 1 + at[i])));
      weights_.push_back(half * weight[i] * x_.back());
    }
}

}  // namespace basin::interp
