// Plan: what a program is made of. Steps, in order: which values are needed → which chains run as one kernel (fuse.h) →
// where each value lies → the list of calls. Nothing here is needed to use a program.
#pragma once
#include <vector>

#include "autodiff/op.h"
#include "autodiff/program.h"
#include "core/slab.h"

namespace basin {

template <class T>
struct Plan {
  Graph* graph = nullptr;
  ProgramSpec spec;  // what it was made for
  std::vector<Binding<T>> bindings;
  std::vector<Id> needed;   // ascending; without values that fused kernels keep to themselves
  std::vector<T*> at;       // by id: where the value lies; null if it is not held
  std::vector<char> held;   // by id: still there after a run (memory reuse gives others away)
  std::vector<char> unfed;  // by id: an input that waits for its numbers
  std::vector<Id> given;    // fed values and free inputs
  std::vector<Id> fetched;
  std::vector<Call<T>> calls;
  std::deque<Node> views;  // views of views, as views of what lies behind them
  Slab<T> slab;
  std::span<T> flat;
  std::int64_t waiting = 0;  // how many values are unfed

  std::size_t bytes() const { return slab.size() * sizeof(T); }
};

template <class T>
Plan<T> make_plan(Graph& graph, const ProgramSpec& spec, const std::vector<Binding<T>>& bindings);

}  // namespace basin
