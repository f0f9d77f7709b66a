// Autoregressive chains x_{t+1} = φ x_t + sqrt(1 - φ²) noise: mean 0, variance 1, autocorrelations φ^k and therefore an
// autocorrelation time of (1 + φ) / (1 - φ).
#pragma once
#include <cmath>
#include <string_view>

#include "core/rng.h"
#include "core/tensor.h"

namespace basin {

inline Matrix ar1(std::int64_t chains, std::int64_t draws, double phi, Rng& rng) {
  Matrix x({chains, draws});
  rng.fill_normal(x.data);
  const double noise = std::sqrt(1 - phi * phi);
  for (std::int64_t c = 0; c < chains; ++c)
    for (std::int64_t t = 1; t < draws; ++t) x(c, t) = phi * x(c, t - 1) + noise * x(c, t);
  return x;
}

inline Matrix ar1(std::int64_t chains, std::int64_t draws, double phi, std::string_view stream) {
  Rng rng(1, stream);
  return ar1(chains, draws, phi, rng);
}

// What a far start adds to each draw, `from` at the first.
inline void add_start(Matrix& x, double from, double phi) {
  for (std::int64_t c = 0; c < x.rows(); ++c)
    for (std::int64_t t = 0; t < x.cols(); ++t) x(c, t) += from * std::pow(phi, double(t));
}

}  // namespace basin
