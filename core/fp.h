// Floating-point modes of the calling thread.
#pragma once
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace basin {

// While it lives, subnormal results and operands count as zero in this thread (FTZ and DAZ of x86): it changes nothing
// but numbers below 1.2e-38 (float) or 2.2e-308 (double), which are slow on some processors. The modes found are put
// back at the end, so user code called from a run should be wrapped the other way round. Elsewhere it does nothing.
class FlushDenormals {
 public:
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
#if defined(__SSE2__)
  FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | flush_to_zero | denormals_are_zero); }
  ~FlushDenormals() { _mm_setcsr(saved_); }

 private:
  static constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
  unsigned saved_;
#else
  FlushDenormals() {}
  ~FlushDenormals() {}
#endif
};

}  // namespace basin
