// What an exact count will take (interp/degeneracy/degeneracy.h), before it is begun: so that it can be said, and
// refused where the machine is too small.
#pragma once
#include "interp/layers/relu_net.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

struct Cost {
  double bytes = 0, flops = 0, seconds = 0;
};

// Of the exact ranks on so many samples. The smaller side of J decides, m = min(n k, N): some three m x m matrices, the
// tables n (sum d~_l + k sum d_{l+1}), and a time of m^3 and of the Gram matrix; below m = 256, and with fewer rows n k
// than N, J itself, and a time of m^2 N. The memory is
// meant as an upper bound for what grows; seconds are those of a core of 2025 at some 60 Gflop/s in matrix products and
// right to a factor of two or three elsewhere.
Cost exact_cost(const ReluNet& net, std::int64_t samples, int threads = 1);

// Of a basis of the free directions beside them: some N x N matrices.
Cost null_space_cost(const ReluNet& net);
// Of the exact ranks of any traced model and what explains them (interp/degeneracy/model_degeneracy.h): J twice, a few
// N x N matrices, and some ten decompositions of N x N. Errors of tracing.
Cost model_cost(const ModelPoint& model, const Inputs& data, int threads = 1);
Cost operator+(const Cost& a, const Cost& b);

std::string cost_text(const Cost& cost);  // "about 1.4 GB of memory and 12 minutes"

// ResourceError, saying what is needed, what is there and what to do instead, if the cost is beyond `available` bytes
// (core/memory.h).
void require_memory(const Cost& cost, double available, const std::string& where);

}  // namespace basin::interp
