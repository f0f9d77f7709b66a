// Functions of a vector as local posteriors, and the mean of what their chains saw.
#pragma once
#include <span>

#include "interp/llc/function_posterior.h"

namespace basin::interp {

inline LocalPosterior function(std::int64_t d, const std::function<Var(Graph&, Var)>& loss, double n_beta,
                               double gamma) {
  return function_posterior(d, loss, n_beta, gamma);
}

inline double mean(std::span<const double> u) {
  double sum = 0;
  for (const double v : u) sum += v;
  return sum / double(u.size());
}

}  // namespace basin::interp
