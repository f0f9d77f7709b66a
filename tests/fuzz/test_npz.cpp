#include "core/npz.h"
#include "tests/fuzz/target.h"

FUZZ_TARGET(npz) {
  const auto read = basin::parse_npz(bytes, "x.npz");
  basin::NpzWriter out;
  for (const auto& [name, tensor] : read) out.add(name, tensor);
  const auto again = basin::parse_npz(out.bytes(), "y.npz");
  fuzzing::require(again.size() == read.size(), "as many arrays as were written");
  for (const auto& [name, tensor] : read)
    fuzzing::require(fuzzing::same_bits(again.at(name), tensor), "read as written");
}
