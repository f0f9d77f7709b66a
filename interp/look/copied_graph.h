// A traced model written once more into another graph, where some values may be others.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "autodiff/model.h"

namespace basin::interp {

class CopiedGraph {
 public:
  CopiedGraph(const Graph& from, Graph& to) : from_(from), to_(to), copies_(std::size_t(from.size())) {}

  // Called for each copied value, in order of computation: what readers get in its place.
  using Change = std::function<Var(Id id, Var copy)>;
  // Copies all, with inputs, parameters and names. Names go to the changed values.
  void copy_with_names(const Change& change);
  // Copies what is computed up to value `last`, from where an earlier call ended, with inputs of their own, called
  // PREFIX/NAME, and no other names. Parameters are those that the graph has already.
  void copy_beside(const std::string& prefix, Id last);

  Var of(Id id) const { return copies_[std::size_t(id)]; }
  Var of(Var v) const { return v ? of(v.id) : Var{}; }

 private:
  Var copy(Id id, const std::function<Var(Id)>& input);
  Var parameter_or_input(Id id);
  const Graph& from_;
  Graph& to_;
  std::vector<Var> copies_;  // by id of `from`
  Id next_ = 0;              // that copy_beside has not reached
};

}  // namespace basin::interp
