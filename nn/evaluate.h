// Means of any values of a model over a data set.
#pragma once
#include "autodiff/runner.h"

namespace basin::nn {

// Values to average: a number for each row, or several, [rows, …]; or a scalar that already is the mean over the rows.
using Values = std::function<std::vector<Var>(Graph& graph, const Ends& ends)>;

// The programs are traced and planned once; the parameters are read as they are at each call. Of packs (core/pack.h) it
// evaluates the networks in the lanes of the parameters together.
template <class T>
class Evaluator {
 public:
  Evaluator(const Model& model, const Parameters<T>& parameters, Values values);

  // Over all rows and what stands behind them, in the order of the values. NumericalError naming the first value with
  // NaN or Inf; errors of Runner.
  // For packs each value's means by lane stand side by side.
  std::vector<double> means(const Inputs& data);
  // The same for data of its own in each lane, as many rows for all.
  std::vector<double> means(std::span<const Inputs* const, lanes_of<T>> data);

 private:
  template <class Run>
  std::vector<double> means_of(std::int64_t rows, const Run& run);
  Runner<T> runner_;
};

}  // namespace basin::nn
