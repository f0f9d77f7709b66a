#include "core/npy.h"
#include "tests/fuzz/target.h"

FUZZ_TARGET(npy) {
  basin::npy_holds_numbers(bytes);
  const basin::Tensor<double> read = basin::parse_npy(bytes, "x.npy");
  fuzzing::require(fuzzing::same_bits(basin::parse_npy(basin::npy_bytes(read), "y.npy"), read),
                   "written and read again");
}
