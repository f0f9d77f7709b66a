#include "core/pack_gemm.h"

#include <cstring>

// Keeps the compiler from multiplying and adding at once where a machine or a build could: a value that passes through
// an empty instruction is in a register, rounded. There is one kind of vectors elsewhere, and nothing to keep equal.
#ifdef BASIN_X86
#define PACK_UNFUSED(product) asm("" : "+v"(product))
#else
#define PACK_UNFUSED(product)
#endif

namespace basin {
namespace {

template <class T>
struct Job {  // C[m,n] = A[m,k] B[k,n] + row; the row may be missing
  std::int64_t m, n, k;
  PackMatrix<T> a, b;
  const Pack<T>* row;
  Pack<T>* c;
  std::int64_t ldc;
};

namespace baseline {
#define PACK_BYTES 16
#define PACK_REGISTERS 16
#define PACK_TARGET
#include "core/pack_gemm.inc"
#undef PACK_BYTES
#undef PACK_REGISTERS
#undef PACK_TARGET
}  // namespace baseline

#ifdef BASIN_X86
namespace avx2 {
#define PACK_BYTES 32
#define PACK_REGISTERS 16
#define PACK_TARGET [[gnu::target("avx2")]]
#include "core/pack_gemm.inc"
#undef PACK_BYTES
#undef PACK_REGISTERS
#undef PACK_TARGET
}  // namespace avx2

namespace avx512 {
#define PACK_BYTES 64
#define PACK_REGISTERS 32
#define PACK_TARGET [[gnu::target("avx512f")]]
#include "core/pack_gemm.inc"
#undef PACK_BYTES
#undef PACK_REGISTERS
#undef PACK_TARGET
}  // namespace avx512
#endif

}  // namespace

template <class T>
void pack_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const PackMatrix<T>& a, const PackMatrix<T>& b,
               const Pack<T>* row, Pack<T>* c, std::int64_t ldc, Vectors use) {
  const Job<T> job{m, n, k, a, b, row, c, ldc};
#ifdef BASIN_X86
  if (use == Vectors::avx512) return avx512::product(job);
  if (use == Vectors::avx2) return avx2::product(job);
#endif
  baseline::product(job);
}

template void pack_gemm<float>(std::int64_t, std::int64_t, std::int64_t, const PackMatrix<float>&,
                               const PackMatrix<float>&, const Pack<float>*, Pack<float>*, std::int64_t, Vectors);
template void pack_gemm<double>(std::int64_t, std::int64_t, std::int64_t, const PackMatrix<double>&,
                                const PackMatrix<double>&, const Pack<double>*, Pack<double>*, std::int64_t, Vectors);

}  // namespace basin
