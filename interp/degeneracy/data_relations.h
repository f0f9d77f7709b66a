// What data say of a traced graph's nonlinear steps, whatever the network: which ReLUs fire on the same samples and
// positions, and which heads attend with one pattern (docs/theory.md §3.13).
#pragma once
#include <cmath>

#include "interp/sweep/sweep.h"

namespace basin::interp {

// Two heads share a pattern if no entry differs by more than this on any sample.
inline constexpr double pattern_tolerance = 1e-9;

// Places of nodes in a graph, ascending: those that the value depends on, itself included.
std::vector<Id> nodes_behind(const Graph& graph, Var value);

// Of one relu, by the last axis of its input.
struct FiringRelations {
  std::vector<std::int64_t> block{};  // the first neuron with the same pattern
  std::vector<char> always{};         // whether it fires wherever there is data
  std::vector<char> never{};          // or nowhere
};

// Of one softmax [..., head, query, key], by head; one head where there is no such axis.
struct PatternRelations {
  std::vector<std::int64_t> group{};  // the first head with the same pattern
  double within = 0;                  // largest difference between patterns taken as one; 0 if there are none
  double between = INFINITY;          // smallest between others
};

struct DataRelations {
  std::vector<FiringRelations> relus{};       // in the order of the graph
  std::vector<PatternRelations> softmaxes{};  // the same
};

// Of all that the model's output depends on, in one sweep. UsageError if it has no output; errors of sweep.
DataRelations data_relations(const ModelPoint& model, const Inputs& data, const SweepOptions& options = {});

}  // namespace basin::interp
