// How the constant of a value is laid out when the value's axes are: constants have length 1 along the last axis, and
// along others where they are the same all over.
#pragma once
#include <optional>

#include "autodiff/graph.h"

namespace basin::interp {

// Of a value reshaped from `in` to `out`. Axes that are merged into the last one, such as heads, leave their mean
// behind: what follows reads them all alike. None if axes are merged that the constant tells apart.
std::optional<Var> reshaped(Var constant, const Shape& in, const Shape& out);

// Of a view: a choice, order and repetition of axes. None if it shows the last axis as another.
std::optional<Var> viewed(Var constant, const Shape& in, const Node& view);

// For a product over the next to last axis of a value: as many rows as the value has.
Var along_rows(Var constant, const Shape& value);

}  // namespace basin::interp
