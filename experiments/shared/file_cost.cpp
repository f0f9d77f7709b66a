#include "experiments/shared/file_cost.h"

#include <fmt/format.h>

namespace basin::experiments {

double bytes_in(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  if (fs::is_regular_file(path)) return double(fs::file_size(path));
  double bytes = 0;
  if (fs::is_directory(path))
    for (const auto& entry : fs::recursive_directory_iterator(path))
      if (entry.is_regular_file()) bytes += double(entry.file_size());
  return bytes;
}

CostPart file_cost(const std::string& what, double bytes, double each) {
  return {fmt::format("{} of {:.3g} MB", what, bytes / 1e6), each * machine_speed().small * bytes};
}

}  // namespace basin::experiments
