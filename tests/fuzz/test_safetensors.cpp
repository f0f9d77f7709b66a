#include "core/safetensors.h"
#include "tests/fuzz/target.h"

FUZZ_TARGET(safetensors) {
  const basin::SafeTensors read = basin::parse_safetensors(bytes, "x.safetensors");
  basin::SafeTensorsWriter out;
  for (const auto& [name, tensor] : read.tensors) out.add(name, tensor);
  for (const auto& [key, value] : read.metadata) out.metadata(key, value);
  const basin::SafeTensors again = basin::parse_safetensors(out.bytes(), "y.safetensors");
  fuzzing::require(again.metadata == read.metadata && again.tensors.size() == read.tensors.size(), "read as written");
  for (const auto& [name, tensor] : read.tensors)
    fuzzing::require(fuzzing::same_bits(again.tensors.at(name), tensor), "numbers are read as written");
}
