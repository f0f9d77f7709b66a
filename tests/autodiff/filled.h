// Programs with numbers in all of their inputs, for tests that compare two ways to one value.
#pragma once
#include <cmath>

#include "autodiff/op.h"
#include "autodiff/plan.h"
#include "autodiff/program.h"

namespace basin::testing {

inline double number(std::int64_t i) { return std::sin(1.7 * double(i) + 0.3); }

template <class T>
void fill_inputs(Program<T>& p) {
  for (Id i = 0; i < p.graph().size(); ++i)
    if (const Var v{&p.graph(), i}; is_input(p.graph().node(i)) && p.has(v))
      for (std::int64_t at = 0; T & x : p.input(v)) x = T(number(at++ + 100 * i));
}

inline std::size_t calls(Graph& g, const ProgramSpec& spec) { return Program<double>(g, spec).plan().calls.size(); }

}  // namespace basin::testing
