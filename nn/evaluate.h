// Means of any values of a model over a data set.
#pragma once
#include "autodiff/runner.h"

namespace basin::nn {

// Values to average: a number for each row, or several, [rows, …]; or a scalar that already is the mean over the rows.
using Values = std::function<std::vector<Var>(Graph& graph, const Ends& ends)>;

// The programs are traced and planned once; the parameters are read as they are at each call.
template <class T>
class Evaluator {
 public:
  Evaluator(const Model& model, const Parameters<T>& parameters, Values values);

  // Over all rows and what stands behind them, in the order of the values. NumericalError naming the first value with
  // NaN or Inf; errors of Runner.
  std::vector<double> means(const Inputs& data);

 private:
  Runner<T> runner_;
};

}  // namespace basin::nn
