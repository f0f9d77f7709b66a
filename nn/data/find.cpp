#include "nn/data/find.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/error.h"

namespace basin::nn {
namespace fs = std::filesystem;
namespace {

fs::path variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::vector<fs::path> places(const std::string& name, const fs::path& data_dir) {
  if (!data_dir.empty()) return {data_dir / name, data_dir};
  std::vector<fs::path> out;
  if (const fs::path dir = variable("BASIN_DATA_DIR"); !dir.empty()) {
    out.push_back(dir / name);
    // Only under its own name: the files of MNIST and Fashion-MNIST are called the same.
    const fs::path last = dir.has_filename() ? dir.filename() : dir.parent_path().filename();
    if (last == name) out.push_back(dir);
  }
  if (const fs::path home = variable("HOME"); !home.empty()) out.push_back(home / ".local/share/basin" / name);
  out.push_back(fs::path("/usr/share/datasets") / name);
  return out;
}

bool holds_idx(const fs::path& dir) {
  std::error_code ignored;  // a place that may not be looked into is a place without data
  return fs::exists(dir / "train-images-idx3-ubyte", ignored) ||
         fs::exists(dir / "train-images-idx3-ubyte.gz", ignored);
}

}  // namespace

fs::path find_data(const std::string& name, const fs::path& data_dir) {
  const std::vector<fs::path> looked_at = places(name, data_dir);
  const auto found = std::find_if(looked_at.begin(), looked_at.end(), holds_idx);
  if (found != looked_at.end()) return *found;

  std::string list;
  for (const fs::path& place : looked_at) list += "\n  " + place.string();
  const char* package = name == "fashion-mnist" ? "apt-get install dataset-fashion-mnist, or " : "";
  throw DataError(
      fmt::format("data set {}: train-images-idx3-ubyte[.gz] is in none of{}"
                  "; help: {}name the folder with its four IDX files: --data-dir DIR",
                  name, list, package));
}

}  // namespace basin::nn
