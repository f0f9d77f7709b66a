// Derivatives: graph in, more graph out. Any value can be differentiated and any value can be differentiated against,
// so a layer is as good as an input. The results are ordinary values: differentiate them again for higher orders.
#pragma once
#include <vector>

#include "autodiff/graph.h"

namespace basin {

// sum_i seeds[i]^T d ys[i] / d x for every x in `wrt`. seeds[i] has the shape of ys[i] behind any number of leading
// seed axes, the same for all; each result has the shape of x behind the same seed axes. Zeros where ys does not depend
// on x. ShapeError if a seed does not fit, NameError if a value belongs to another graph.
std::vector<Var> vjp(const std::vector<Var>& ys, const std::vector<Var>& seeds, const std::vector<Var>& wrt);

// d loss / d x for every x in `wrt`; the loss is a scalar (ShapeError otherwise; sum it, or use vjp).
std::vector<Var> grad(Var loss, const std::vector<Var>& wrt);

// sum_j d y / d wrt[j] . tangents[j] for every y in `ys`. Tangents may carry leading seed axes.
std::vector<Var> jvp(const std::vector<Var>& ys, const std::vector<Var>& wrt, const std::vector<Var>& tangents);

// Hessian of the loss with respect to `wrt`, times `directions` (one for each wrt, leading seed axes allowed).
std::vector<Var> hvp(Var loss, const std::vector<Var>& wrt, const std::vector<Var>& directions);

}  // namespace basin
