// manifest.json of a run that is to go on.
#include "experiments/cli/run_directory.h"
#include "experiments/shared/same_run.h"
#include "tests/cli/demo_options.h"
#include "tests/core/temp_folder.h"
#include "tests/fuzz/target.h"

using namespace basin::experiments;

FUZZ_TARGET(manifest) {
  static const TempFolder run;
  run.with("manifest.json", bytes);
  run.with("config.toml", "");
  experiment_of(run.path());
  fuzzing::feed([](const std::string&) { expect_same_data(run.path(), {.data_hash = "1"}); }, bytes);
  const RunDirectory goes_on(parsed({"--resume", "--out", run.path().c_str()}), {});
}
