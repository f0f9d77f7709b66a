// The operations. Each function checks shapes while tracing (ShapeError names op, values and both shapes; NameError for
// an empty handle) and emits one node. What is traced can be planned and run: up to eight axes, broadcast in any way.
// Shapes align on the right as in NumPy; leading axes are free. Each op's rule and kernel stand beside its definition
// in ops_*.cpp.
#pragma once
#include <initializer_list>
#include <vector>

#include "autodiff/graph.h"

namespace basin {

// Elementwise, broadcasting (ops_elementwise.cpp).
Var operator+(Var a, Var b);
Var operator-(Var a, Var b);
Var operator*(Var a, Var b);
Var operator/(Var a, Var b);
Var operator-(Var x);
Var operator+(double c, Var x);
Var operator+(Var x, double c);
Var operator-(double c, Var x);
Var operator-(Var x, double c);
Var operator*(double c, Var x);
Var operator*(Var x, double c);
Var operator/(Var x, double c);
Var where(Var mask, Var a, Var b);  // a where mask is not zero, else b; no derivative to the mask
Var square(Var x);
Var sqrt(Var x);
Var recip(Var x);
Var exp(Var x);
Var log(Var x);
Var erf(Var x);
Var tanh(Var x);
Var sigmoid(Var x);
Var relu(Var x);
Var step(Var x);                            // 1 where x > 0, else 0; derivative zero
Var clamp(Var x, double low, double high);  // derivative 1 inside, 0 outside and at the ends
Var gelu(Var x);                            // x Phi(x), with erf
Var gelu_tanh(Var x);                       // the tanh approximation of gelu

// Linear (ops_linear.cpp). In matmul, tx or ty reads the last two axes of an operand transposed; batch axes broadcast.
// A right side without batch axes is one product over all rows, in its derivative too.
Var matmul(Var x, Var y, bool tx = false, bool ty = false);  // [...,m,k] [...,k,n] -> [...,m,n]
Var dense(Var x, Var weight, Var bias = {});                 // [...,in] [in,out] [out] -> [...,out]
// dense of several chains: weight [C...,in,out], x [rows,in] for all or [C...,rows,in] -> [C...,rows,out]; x [in] ->
// [C...,out]. A bias [C...,out] (or [C...,1,out], broadcast) belongs to its chain, [out] to all; others are
// ShapeErrors.

// Shape (ops_shape.cpp).
Var expand(Var x, const Shape& shape);                         // repeat along axes of length 1 and new leading axes
Var reshape(Var x, const Shape& shape);                        // the same numbers; costs nothing
Var permute(Var x, std::initializer_list<std::int64_t> axes);  // of the last axes.size() axes, e.g. {-1,-3,-2}
Var transpose(Var x);                                          // swaps the last two axes
Var slice(Var x, std::int64_t axis, std::int64_t begin, std::int64_t end);
Var pad(Var x, std::int64_t axis, std::int64_t before, std::int64_t after);  // with zeros
Var concat(const std::vector<Var>& parts, std::int64_t axis);
Var fill(Graph& graph, double value, const Shape& shape);  // a constant of any shape

// Reductions (ops_reduce.cpp).
Var sum(Var x);  // over all axes, to a scalar
Var sum(Var x, std::initializer_list<std::int64_t> axes, bool keep = false);
Var mean(Var x);  // ShapeError if there is nothing to average
Var mean(Var x, std::initializer_list<std::int64_t> axes, bool keep = false);
// Over the last axis, at any size of logits. Entries of -inf count nothing; those of +inf share the row among them. A
// row of -inf alone has softmax 0 (not 1 in sum: nothing is chosen), log_sum_exp -inf, and derivatives 0.
Var softmax(Var x);
Var log_sum_exp(Var x);  // the axis goes away

// Rows of a table (ops_index.cpp). An index is a whole number stored as a real; DataError while running if it is not in
// 0..V-1.
Var take_rows(Var table, Var index);                    // [...,V,d], [I...] -> [...,I...,d]
Var add_rows(Var rows, Var index, std::int64_t count);  // [...,I...,d], [I...] -> [...,V,d]: the transpose of take_rows

// Losses (ops_loss.cpp), scalars.
Var cross_entropy(Var logits,
                  Var labels);  // [...,C], whole-number labels [...]: mean over rows of -log softmax at the label
                                // (+inf where that is 0)
Var mse(Var x, Var target);     // mean over all elements of the squared difference

// Normalisation (ops_norm.cpp): (x - mean) / sqrt(var + epsilon) over the last axis; no scale or shift.
Var layer_norm(Var x, double epsilon = 1e-5);

}  // namespace basin
