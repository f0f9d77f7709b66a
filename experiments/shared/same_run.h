// Whether a run that is to go on is the one that began: so that a refused --resume leaves it as it was, these are asked
// before the run directory is opened.
#pragma once
#include <filesystem>
#include <span>

#include "experiments/cli/options.h"
#include "experiments/cli/run_directory.h"

namespace basin::experiments {

// What made the run, by its manifest.json; empty if that is not there, or no manifest.
std::string experiment_of(const std::filesystem::path& run);

// What the run's config.toml says, as these options have it: they are those that its experiment declares. Errors of
// Options::parse.
Options options_of_run(Options declared, const std::filesystem::path& run);

// DataError when the run's manifest.json names other data than these: a file may have changed since.
void expect_same_data(const std::filesystem::path& run, const RunFacts& now);

// DataError naming the first of these config keys whose value, however it is spelt, is another than in the config.toml
// of the run that these options resume.
void expect_same_options(const Options& options, std::span<const char* const> keys);

}  // namespace basin::experiments
