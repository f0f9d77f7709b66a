// Copies of a value that are parts of two runs, and what follows of them, with no more work than the mixing needs.
//
// A copy that has some positions of the other run and the rest of this one stays such a mixture through everything that
// acts on positions one by one: its keys are the other run's keys at those positions and this run's elsewhere, and both
// are known. Only what brings positions together, such as attention scores, is computed for each copy. A copy that is
// the other run altogether is the other run (docs/theory.md §5.9).
#pragma once
#include <vector>

#include "autodiff/graph.h"

namespace basin::interp {

// The values of another run, by id, each [1, own shape], and whether they follow from what differs between the runs.
struct OtherRun {
  std::vector<Var> values{};
  std::vector<char> differs{};
};

// What `output` would be if `value` were in copy c as `other` is where mask is 1 and as it is elsewhere: [C, own
// shape]. `masks` [C, 1, …] as masks_of has them, of length 1 along all axes but at most one (mixes_along_one_axis).
// The same numbers as lift with the mixtures as copies gives.
Var mixed(Var output, Var value, const Tensor<double>& masks, const OtherRun& other);
bool mixes_along_one_axis(const Tensor<double>& masks);

}  // namespace basin::interp
