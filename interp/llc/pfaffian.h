// Pfaffians: the square root of the determinant of an antisymmetric matrix that is a polynomial in its entries.
#pragma once
#include <vector>

#include "interp/llc/dual.h"

namespace basin::interp {

// log Pf(a) up to a multiple of 2πi, and its derivative, for a[n, n] antisymmetric, row by row: elimination of two rows
// at a time with pivoting (Wimmer, "Efficient numerical computation of the Pfaffian", ACM TOMS 38, 2012). Not finite if
// a is singular. UsageError unless n is even and a has n² entries.
Dual log_pfaffian(std::vector<Dual> a, std::size_t n);

}  // namespace basin::interp
