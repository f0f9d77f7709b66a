#include <cmath>

#include "interp/look/site_program.h"

namespace basin::interp {
namespace {

void add(std::vector<double>& to, const std::vector<double>& more) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += more[i];
}

// From sums of x and x^2 over n rows.
MeanAndError mean_of(double sum, double squares, std::int64_t n) {
  const double mean = sum / double(n), variance = (squares - sum * mean) / double(n - 1);
  return {mean, n < 2 ? NAN : std::sqrt(std::max(variance, 0.0) / double(n))};
}

}  // namespace

void SiteSums::merge(const SiteSums& o) {
  rows += o.rows;
  base += o.base, base2 += o.base2, source += o.source, source2 += o.source2, D += o.D, D2 += o.D2;
  add(d, o.d), add(d2, o.d2), add(dD, o.dD);
}

void SiteSums::append(const SiteSums& more) {
  if (d.empty()) {
    *this = more;
    return;
  }
  d.insert(d.end(), more.d.begin(), more.d.end());
  d2.insert(d2.end(), more.d2.begin(), more.d2.end());
  dD.insert(dD.end(), more.dD.begin(), more.dD.end());
}

MeanAndError SiteSums::base_mean() const { return mean_of(base, base2, rows); }
MeanAndError SiteSums::source_mean() const { return mean_of(source, source2, rows); }
MeanAndError SiteSums::change(std::size_t i) const { return mean_of(d[i], d2[i], rows); }

MeanAndError SiteSums::share(std::size_t i) const {
  if (D == 0) return {NAN, NAN};
  const double r = d[i] / D;  // rows of d - r D have mean 0
  const double squares = std::max(d2[i] - 2 * r * dD[i] + r * r * D2, 0.0);
  return {r, rows < 2 ? NAN : std::sqrt(squares * double(rows) / double(rows - 1)) / std::abs(D)};
}

}  // namespace basin::interp
