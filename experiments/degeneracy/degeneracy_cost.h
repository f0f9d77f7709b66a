// What counting free directions will take, before it is begun.
#pragma once
#include "experiments/cli/cost.h"
#include "interp/degeneracy/cost.h"

namespace basin::experiments {

// Of an exact count, whose seconds are those of the machine that interp/degeneracy/cost.h has in mind.
RunCost exact_count_cost(const interp::Cost& cost, const std::string& what);

// Of interp::scaled_degeneracy of the model's value `output`: from one product on up to 1,000 of the rows.
RunCost scaled_count_cost(const Options& options, const interp::ModelPoint& model, const std::string& output,
                          const Inputs& data);

// Of the eigenvalues of a symmetric matrix, on one thread of this machine.
double spectrum_seconds(double order);

}  // namespace basin::experiments
