#include "experiments/look/interventions_file.h"
#include "tests/fuzz/target.h"

using namespace basin::experiments;

FUZZ_TARGET(interventions) {
  const InterventionsFile read = interventions_from(bytes, "/nonexistent/x.toml");
  const std::string written = toml_of(read.interventions);
  fuzzing::require(toml_of(interventions_from(written, "y.toml").interventions) == written, "read as written");
}
