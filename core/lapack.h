// Dense linear algebra on row-major matrices in double, on LAPACK.
//
// Every matrix has two axes, [rows, cols]; zero rows or columns are legal and give the empty (or identity) result.
// Errors: ShapeError for shapes that do not fit, NumericalError for NaN or Inf in an input and for an iteration that
// does not converge. Vectors are determined up to sign, and up to rotation among equal values.
#pragma once
#include <vector>

#include "core/rank.h"
#include "core/tensor.h"

namespace basin {

// a[m,n] = U diag(s) Vt, thin: k = min(m,n), U [m,k] and Vt [k,n] orthonormal in columns and rows, s [k] descending.
struct Svd {
  Matrix U;
  std::vector<double> s;
  Matrix Vt;
};
Svd svd(Matrix a, bool vectors = true);  // without vectors U and Vt stay empty
std::vector<double> singular_values(Matrix a);
// Of a (x) b, from those of a and b; descending.
std::vector<double> kronecker_singular_values(const std::vector<double>& a, const std::vector<double>& b);

// a[n,n] symmetric = vectors diag(values) vectors^T; values descending, eigenvectors in the columns. ShapeError if not
// square, NumericalError if a and a^T differ by more than 1e-8 of the largest entry; of the rest the lower triangle
// counts.
struct Eigh {
  std::vector<double> values;
  Matrix vectors;
};
Eigh eigh(Matrix a, bool vectors = true);  // without vectors that matrix stays empty

// R [min(m,n), n], upper trapezoidal, of a[m,n] = Q R: R^T R = a^T a without squaring the condition number.
Matrix qr_r(const Matrix& a);

// X [n,p] with a[n,n] X = b[n,p], by LU with partial pivoting. NumericalError if a pivot is exactly zero; nearly
// singular matrices are not noticed: look at the residual.
Matrix solve(const Matrix& a, const Matrix& b);

// op(a) op(b), where op transposes if ta, tb.
Matrix matmul(const Matrix& a, const Matrix& b, bool ta = false, bool tb = false);
Matrix transpose(const Matrix& a);
Matrix identity(std::int64_t n);

// Takes from every row of rows [any, n] its part along the orthonormal rows of Q [any, n]. What it leaves of a large
// part is that part's rounding; a second time removes it.
void project_away(const Matrix& Q, Matrix& rows);

// Replaces rows [m, n], m <= n, by orthonormal ones, of which the first i span what the first i did (Householder QR).
void orthonormalise(Matrix& rows);

// Orthonormal columns that span {x : a x = 0}, [n, n - rank], and {a x}, [m, rank], for a[m,n]. The rank is decided on
// the singular values of a by decide_rank (core/rank.h).
Matrix null_space(const Matrix& a, double relative_tolerance = rank_tolerance);
Matrix range_basis(const Matrix& a, double relative_tolerance = rank_tolerance);

// ShapeError unless a has two axes and its numbers, NumericalError naming the first entry that is NaN or Inf; the
// texts begin with `what`, the operation that needs it.
void require_finite(const char* what, const Matrix& a);

}  // namespace basin
