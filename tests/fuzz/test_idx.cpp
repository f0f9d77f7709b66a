#include "core/idx.h"
#include "tests/fuzz/target.h"

FUZZ_TARGET(idx) {
  const basin::Tensor<float> read = basin::parse_idx(bytes, "x-idx3-ubyte");
  fuzzing::require(read.size() > 0 && read.shape.rank() > 0, "no axis is empty");
}
