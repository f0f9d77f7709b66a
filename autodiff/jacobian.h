// Jacobians as numbers: one backward sweep carries a chunk of seeds, and sweeps repeat until all rows are filled.
#pragma once
#include "autodiff/program.h"

namespace basin {

// d of / d at where samples do not mix: of [samples…, k], at [samples…, n]. Made once, run for any inputs.
//   Jacobian<double> j(graph, g["layers.2.pre"], g["layers.0.post"], bindings);
//   j.program().feed("x", x);  Tensor<double> J = j.compute();     // [k, samples…, n]
// `rows`: Jacobian rows in one sweep (0: all). ShapeError if leading axes of `of` and `at` differ.
template <class T>
class Jacobian {
 public:
  Jacobian(Graph& graph, Var of, Var at, const std::vector<Binding<T>>& bindings = {}, std::int64_t rows = 0,
           const std::vector<Var>& feed = {});
  Program<T>& program() { return program_; }
  Tensor<T> compute();

 private:
  Jacobian(Graph& graph, Var of, Var at, Var seed, Var value, const std::vector<Binding<T>>& bindings,
           const std::vector<Var>& feed);
  Var of_, at_, seed_, value_;
  Program<T> program_;
};

}  // namespace basin
