// Sums of products by letters: einsum("bqhd,bkhd->bhqk", q, k).
//
// A letter names an axis. Letters that the result does not have are summed over; those that both operands have must
// have one length. "..." stands for any number of leading axes, which broadcast as everywhere and come out where the
// result has "..."; spaces mean nothing. No letter may stand twice in one operand or in the result.
//
// A function over matmul, permute, reshape and sum, not an op: its derivative is theirs. What is summed over runs as
// one product for each index of the letters that both operands and the result share, one product in all if there are
// none; an operand or result whose letters are in the way of that is copied. Operands that a product can read as they
// lie (rows, or rows transposed, with summed letters side by side) are not.
// ShapeError, with the specification, for a bad one and for shapes that do not fit it.
#pragma once
#include <string_view>

#include "autodiff/graph.h"

namespace basin {

Var einsum(std::string_view spec, Var a);  // permutes and sums: "bij->ji"
Var einsum(std::string_view spec, Var a, Var b);

}  // namespace basin
