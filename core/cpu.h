// Which vector instructions this machine has. A few inner loops are compiled for several kinds and chosen at run time;
// all give the same bits. AVX2 is used there without FMA, and AVX-512 for integers only, since a multiply and an add
// that are fused round differently.
#pragma once

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define BASIN_X86 1
#endif

namespace basin {

enum class Vectors { baseline, avx2, avx512 };

inline Vectors vectors_here() {
#ifdef BASIN_X86
  static const Vectors found = __builtin_cpu_supports("avx512f") ? Vectors::avx512
                               : __builtin_cpu_supports("avx2")  ? Vectors::avx2
                                                                 : Vectors::baseline;
  return found;
#else
  return Vectors::baseline;
#endif
}

}  // namespace basin
