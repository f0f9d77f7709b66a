// metrics.jsonl of a run that is looked at and goes on.
#include "core/json_lines.h"
#include "nn/network_folder.h"
#include "tests/core/temp_folder.h"
#include "tests/fuzz/target.h"

using namespace basin;

FUZZ_TARGET(metrics) {
  static const TempFolder folder;
  const std::string path = folder.with("metrics.jsonl", bytes);
  fuzzing::feed([](const std::string&) { nn::read_metrics(folder.path()); }, bytes);
  nn::NetworkFolder(folder.path(), {.resume = true}).open(2);
  keep_json_lines(path, 1);
}
