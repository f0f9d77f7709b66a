// Config files of experiments, in TOML.
#include "tests/cli/demo_options.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/target.h"

namespace {

std::string resolved(const std::string& toml) {
  const fuzzing::InputFile file(toml);
  return parsed({"--config", file.path().c_str()}).resolved_toml();
}

}  // namespace

FUZZ_TARGET(config) {
  const std::string written = resolved(bytes);
  fuzzing::require(resolved(written) == written, "read as written");
}
