// Matrix products whose numbers are packs: one product for each lane, in loops over whole packs. They are for sizes at
// which a BLAS call for each lane would cost more than its arithmetic; transposed operands cost nothing. Compiled for
// several kinds of vectors (core/cpu.h), all of which give the same bits: multiply and add are not fused.
#pragma once
#include <cstdint>

#include "core/cpu.h"
#include "core/pack.h"

namespace basin {

template <class T>
struct PackMatrix {  // element (i, j) lies at data + i down + j right
  const Pack<T>* data;
  std::int64_t down, right;
};

// C[m,n] = A[m,k] B[k,n] + row; rows of C are ldc packs apart, and `row` [n], the same for all rows, may be null. T is
// float or double.
template <class T>
void pack_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const PackMatrix<T>& a, const PackMatrix<T>& b,
               const Pack<T>* row, Pack<T>* c, std::int64_t ldc, Vectors use = vectors_here());

}  // namespace basin
