// The kinds of degeneracy as families of directions, each orthogonal to those before (docs/theory.md §3.7): what
// interp/degeneracy/null_space.h labels. Directions are of the network in its own units, the centre undone
// (interp/jacobian/scaled_jacobian.h).
#pragma once
#include "interp/degeneracy/subject.h"

namespace basin::interp {

struct Families {
  Matrix rows;                      // [any, N], linearly independent
  std::vector<std::string> labels;  // one for each row; equal labels are neighbours
};

// Low ranks layer by layer, rescalings and blocks, conditional low ranks, related patterns. What a family adds is
// decided in coordinates in which what inputs and gradients show of each parameter has one size.
Families explained_families(const Subject& s);

// Of layers [first, first + layers) of J~ what is low, and what J~ dropped because it is zero, as directions of all
// parameters [any, N]: together the null space.
Matrix null_directions(const Subject& s, const LowSpace& low, std::size_t first, std::size_t layers);
Matrix dropped_directions(const Subject& s);

// Directions of all parameters, the centre undone [any, N], in the coordinates of J~ [any, columns()] and back; what is
// in dropped columns is dropped, and zero.
Matrix to_columns(const Subject& s, const Matrix& directions);
Matrix from_columns(const Subject& s, const Matrix& columns);

// Divides each row by its length; rows of zeros stay.
void normalise(Matrix& rows);

}  // namespace basin::interp
