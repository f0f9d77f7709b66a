// What named values of a model, and the gradients at them, amount to over a data set.
#pragma once
#include "interp/sweep/sweep.h"

namespace basin::interp {

struct ValueSummary {
  std::string name = {};
  bool gradient = false;  // of the loss at the value of that name
  Shape shape = {};       // over the data: [samples, features]
  double root_mean_square = 0, share_of_zeros = 0;
};

// All values [rows, features] in the order of `names`, then the gradient at each of `loss`, a named value with one loss
// for each row. Errors: those of sweep.
std::vector<ValueSummary> value_summaries(const ModelPoint& model, const Inputs& inputs,
                                          const std::vector<std::string>& names, const std::string& loss,
                                          const SweepOptions& options = {});

}  // namespace basin::interp
