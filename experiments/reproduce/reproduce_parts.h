// The other experiments that `reproduce` runs along, each as its own executable would.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/claims/degeneracy_claims.h"
#include "experiments/cli/experiment.h"

namespace basin::experiments {

struct PartSpec {
  Experiment experiment{};
  std::string name{};                // of its folder in experiments/
  std::vector<std::string> words{};  // behind its name, but for --out
  bool of_this_run = false;          // it looks at a network that is trained before it, here
};

// In their order; none with --experiments none. `run`: the folder of reproduce.
std::vector<PartSpec> reproduce_parts(const Options& options, const std::filesystem::path& run);

ClaimSettings claim_settings(const Options& options);

}  // namespace basin::experiments
