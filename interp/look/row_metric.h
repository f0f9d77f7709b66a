// What is asked of each row of a model: one number that derivatives are taken of. It is more graph, so it may be any
// expression of named values.
#pragma once
#include <functional>
#include <string>

#include "autodiff/graph.h"

namespace basin::interp {

// Traces the number of each row, [rows], in a graph in which the model has been traced. A row's number must depend on
// that row alone.
using RowMetric = std::function<Var(Graph& graph)>;

// Entry `entry` of the last axis of a named value [rows, n]: a logit, a neuron. Errors come when it is traced:
// NameError for the name, ShapeError for other axes or an entry that is not there.
RowMetric entry_of(std::string name, std::int64_t entry);

// The metric in this graph. ShapeError unless it is [rows].
Var traced_metric(Graph& graph, const RowMetric& metric, std::int64_t rows);

}  // namespace basin::interp
