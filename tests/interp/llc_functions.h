// Functions of a vector as local posteriors.
#pragma once
#include "interp/llc/function_posterior.h"

namespace basin::interp {

inline LocalPosterior function(std::int64_t d, const std::function<Var(Graph&, Var)>& loss, double n_beta,
                               double gamma) {
  return function_posterior(d, loss, n_beta, gamma);
}

}  // namespace basin::interp
