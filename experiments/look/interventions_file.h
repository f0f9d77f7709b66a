// Interventions (interp/look/interventions.h) as TOML, to be kept, named, combined and done again:
//
//   [[intervention]]
//   label = "without head 3"
//   at = "blocks.0.attn.hook_z[:,3]"
//   replace = "zero"                 # mean, resample, patch, numbers, scale, add
//   seed = 1                         # of resample
//   numbers = [0.5, -1]              # of numbers and add: one, a list, or lists of lists …
//   file = "direction.npy"           # … or a file of them, beside this one
//   factor = 2                       # of scale and add
//   directions = [[1, 0, 0, 1]]      # the subspace that is meant; empty: all
//
//   [[set]]
//   label = "both"
//   of = ["without head 3", "steered"]
#pragma once
#include <string>
#include <vector>

#include "interp/look/interventions.h"

namespace basin::experiments {

struct InterventionSet {
  std::string label{};
  std::vector<std::string> of{};
};

struct InterventionsFile {
  std::vector<interp::Intervention> interventions{};
  std::vector<InterventionSet> sets{};

  // Those of these labels, each once, in the order of the file; a set stands for its members. None: all interventions.
  // NameError with the nearest for another label.
  std::vector<interp::Intervention> chosen(const std::vector<std::string>& labels) const;
};

// DataError, with file and line, for what is not written as above: an unknown or missing key, another type, a label
// that is given twice, a set of unknown members; UsageError for a site or a replacement that is none.
InterventionsFile read_interventions(const std::string& path);
InterventionsFile interventions_from(const std::string& toml, const std::string& path);

// Read again it is the same, with all numbers in it.
std::string toml_of(const std::vector<interp::Intervention>& interventions);

}  // namespace basin::experiments
