#include "core/chain_cumulants.h"

#include <fmt/format.h>

#include "core/autocorrelation.h"
#include "core/matrix.h"

namespace basin {
namespace {

Matrix centred(std::string_view what, const Matrix& traces) {
  require_traces(what, traces, 4);
  const double mean = between_chains(traces).mean;
  Matrix result = traces;
  for (double& v : result.data) v -= mean;
  return result;
}

void require_same(std::string_view what, const Matrix& x, const Matrix& y) {
  if (x.shape != y.shape)
    throw UsageError(
        fmt::format("{}: traces {} and {} given, wanted draws of the same chains; help: observe both at the "
                    "same places",
                    what, x.shape.str(), y.shape.str()));
}

double mean_product(const Matrix& a, const Matrix& b) { return dot(a.data, b.data) / double(a.size()); }

}  // namespace

ChainMean chain_covariance(const Matrix& x, const Matrix& y) {
  require_same("chain_covariance", x, y);
  Matrix products = centred("chain_covariance", x);
  const Matrix b = centred("chain_covariance", y);
  for (std::int64_t i = 0; i < b.size(); ++i) products[i] *= b[i];
  return chain_mean(products);
}

ChainMean chain_third_cumulant(const Matrix& x, const Matrix& y, const Matrix& z) {
  require_same("chain_third_cumulant", x, y);
  require_same("chain_third_cumulant", x, z);
  const Matrix a = centred("chain_third_cumulant", x), b = centred("chain_third_cumulant", y),
               c = centred("chain_third_cumulant", z);
  const double ab = mean_product(a, b), ac = mean_product(a, c), bc = mean_product(b, c);
  Matrix parts(a.shape);
  for (std::int64_t i = 0; i < a.size(); ++i) parts[i] = a[i] * b[i] * c[i] - ab * c[i] - ac * b[i] - bc * a[i];
  return chain_mean(parts);
}

}  // namespace basin
