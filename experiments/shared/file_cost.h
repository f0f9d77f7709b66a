// What programs that only read and write files will take: so much for each byte.
#pragma once
#include <filesystem>
#include <string>

#include "experiments/cli/cost.h"

namespace basin::experiments {

double bytes_in(const std::filesystem::path& path);  // of a file, or of all files in a folder; 0 where there is nothing

// `each`: seconds of a byte on the machine that rates are of.
CostPart file_cost(const std::string& what, double bytes, double each);

}  // namespace basin::experiments
