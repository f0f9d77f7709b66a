// The operations. Each function checks shapes while tracing (ShapeError names op, values and both shapes; NameError for
// an empty handle) and emits one node. What is traced can be planned and run: up to eight axes, broadcast in any way.
// Shapes align on the right as in NumPy; leading axes are free. Each op's rule and kernel stand beside its definition
// in ops_*.cpp.
#pragma once
#include <initializer_list>
#include <span>
#include <vector>

#include "autodiff/graph.h"

namespace basin {

// Elementwise, broadcasting (ops_arithmetic.cpp). Constants fold while tracing.
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

// Elementwise (ops_elementwise.cpp).
Var square(Var x);
Var sqrt(Var x);
Var rsqrt(Var x);  // 1 / sqrt(x)
Var recip(Var x);
Var abs(Var x);   // derivative sign(x)
Var sign(Var x);  // -1, 0 or 1; derivative zero
Var sin(Var x);
Var cos(Var x);
Var exp(Var x);
Var log(Var x);
Var erf(Var x);
Var tanh(Var x);
Var sigmoid(Var x);
Var relu(Var x);
Var step(Var x);                            // 1 where x > 0, else 0; derivative zero
Var clamp(Var x, double low, double high);  // derivative 1 inside, 0 outside and at the ends
Var gelu(Var x);                            // x Phi(x), with erf (ops_gelu.cpp)
Var gelu_tanh(Var x);                       // the tanh approximation of gelu
Var silu(Var x);                            // x sigmoid(x)
Var softplus(Var x);                        // log(1 + e^x)
Var stop_gradient(Var x);                   // x itself; derivative zero

// Comparisons (ops_compare.cpp). maximum and minimum broadcast; where a and b are equal, all of the derivative goes to
// a. NaN in either is NaN in both. max, min and argmax take the first of equal entries, and NaN before all others.
Var maximum(Var a, Var b);
Var minimum(Var a, Var b);
Var greater(Var a, Var b);  // 1 where a > b, else 0; broadcasting; derivative zero
Var max(Var x, std::initializer_list<std::int64_t> axis, bool keep = false);  // over one axis
Var min(Var x, std::initializer_list<std::int64_t> axis, bool keep = false);
Var argmax(Var x);  // [..., n] -> [...], a whole number; derivative zero

// Linear (ops_linear.cpp). In matmul, tx or ty reads the last two axes of an operand transposed; batch axes broadcast.
// A right side without batch axes is one product over all rows, in its derivative too.
Var matmul(Var x, Var y, bool tx = false, bool ty = false);  // [...,m,k] [...,k,n] -> [...,m,n]
Var dense(Var x, Var weight, Var bias = {});                 // [...,in] [in,out] [out] -> [...,out]
// dense of several chains: weight [C...,in,out], x [rows,in] for all or [C...,rows,in] -> [C...,rows,out]; x [in] ->
// [C...,out]. A bias [C...,out] (or [C...,1,out], broadcast) belongs to its chain, [out] to all; others are
// ShapeErrors.

// Shape (ops_shape.cpp).
Var expand(Var x, const Shape& shape);   // repeat along axes of length 1 and new leading axes
Var reshape(Var x, const Shape& shape);  // the same numbers; costs nothing
Var alias(Var x);  // x as a value of its own, so that one of its readers can be fed apart; costs nothing
Var permute(Var x, std::span<const std::int64_t> axes);  // of the last axes.size() axes, e.g. {-1,-3,-2}
inline Var permute(Var x, std::initializer_list<std::int64_t> axes) {
  return permute(x, std::span(axes.begin(), axes.size()));
}
Var transpose(Var x);  // swaps the last two axes
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
// row of -inf alone has softmax 0 (not 1 in sum: nothing is chosen), log_sum_exp -inf, and derivatives 0; log_softmax
// is -inf there, and its derivatives are those of a softmax of 0.
Var softmax(Var x);
Var log_softmax(Var x);
Var log_sum_exp(Var x);  // the axis goes away

// Running sums (ops_scan.cpp): element i is the sum of 0..i along the axis.
Var cumsum(Var x, std::int64_t axis);

// By index (ops_index.cpp). An index is a whole number stored as a real; DataError while running if it is not in
// 0..V-1.
Var take_rows(Var table, Var index);                    // [...,V,d], [I...] -> [...,I...,d]
Var add_rows(Var rows, Var index, std::int64_t count);  // [...,I...,d], [I...] -> [...,V,d]: the transpose of take_rows

Var pick(Var x, Var index);  // [...,I...,n], [I...] -> [...,I...]: the entry of the last axis at the index
Var place(Var values, Var index, std::int64_t n);  // [...,I...], [I...] -> [...,I...,n], else 0: the transpose of pick

// Losses (ops_loss.cpp), one number for each row; who wants a scalar takes the mean. Cross-entropy of a nearly certain
// label and its gradient have the relative accuracy of T, as the logarithms of sums above have: small terms are added
// apart from the largest.
Var cross_entropy(Var logits, Var labels);  // [...,C], whole-number labels [...] -> [...]: -log softmax at the label
                                            // (+inf where that is 0)
Var mse(Var x, Var target);  // [...,n], the same -> [...]: mean over the last axis of the squared difference

// Normalisation (ops_norm.cpp): (x - mean) / sqrt(var + epsilon) over the last axis; no scale or shift.
Var layer_norm(Var x, double epsilon = 1e-5);

}  // namespace basin
