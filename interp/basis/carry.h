// How a value and the constant that belongs to it go through the operations of a graph (interp/basis/folded.h).
#pragma once
#include "autodiff/graph.h"

namespace basin {
struct Op;
}

namespace basin::interp {

struct Carried {
  Var value, constant;  // [rows, d] and [rows, 1]
};

// What `to` would be if `from` were x.value and biases on the way counted x.constant times, and the constant there.
// UsageError naming the value for an operation without a rule and where `to` depends on the data in another way.
Carried carry(Graph& graph, Id from, Id to, const Carried& x);

// Where this activation is 1; 0 if it is carried past.
double constant_preactivation(const Op& activation);
bool is_activation(const Op& op);  // one value entry by entry, without attributes

}  // namespace basin::interp
