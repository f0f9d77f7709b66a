#include "core/memory.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace basin {
namespace {

constexpr double unknown = INFINITY;

// The number behind a key in lines of "key number"; unknown without the key.
double entry(const std::string& path, const std::string& key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    double value = 0;
    if (words >> name >> value && name == key) return value;
  }
  return unknown;
}

// A file of one number; unknown if it is missing or says "max".
double number(const std::string& path) {
  double value = unknown;
  std::ifstream(path) >> value;
  return value > 0 ? value : unknown;  // a failed read leaves 0
}

// What a group leaves; its file cache is given back when needed.
double left_in(const std::string& folder, const char* limit, const char* usage, const char* cache) {
  const double most = number(folder + limit), used = number(folder + usage);
  if (!std::isfinite(most) || !std::isfinite(used)) return unknown;
  const double cached = entry(folder + "/memory.stat", cache);
  return std::max(0.0, most - used + (std::isfinite(cached) ? std::min(cached, used) : 0));
}

// Of a group and all groups above it.
double left_in_groups(const std::string& mount, std::filesystem::path group, const char* limit, const char* usage,
                      const char* cache) {
  double least = unknown;
  for (;; group = group.parent_path()) {
    const std::string folder = mount + (group == "/" ? "" : group.string());
    least = std::min(least, left_in(folder, limit, usage, cache));
    if (group == "/" || group.empty()) return least;
  }
}

// Lines "0::/group" (v2) and "4:memory:/group" (v1).
double left_in_cgroups(const std::string& root) {
  double least = unknown;
  std::ifstream in(root + "/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), group = line.substr(second + 1);
    if (controllers.empty())
      least = std::min(
          least, left_in_groups(root + "/sys/fs/cgroup", group, "/memory.max", "/memory.current", "inactive_file"));
    if (("," + controllers + ",").find(",memory,") != std::string::npos)
      least = std::min(least, left_in_groups(root + "/sys/fs/cgroup/memory", group, "/memory.limit_in_bytes",
                                             "/memory.usage_in_bytes", "total_inactive_file"));
  }
  return least;
}

double left_in_address_space(const std::string& root) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unknown;
  double pages = 0;
  std::ifstream(root + "/proc/self/statm") >> pages;
  return std::max(0.0, double(limit.rlim_cur) - pages * double(sysconf(_SC_PAGESIZE)));
}

}  // namespace

double available_memory(const std::string& root) {
  const double system = 1024 * entry(root + "/proc/meminfo", "MemAvailable:");
  return std::min({system, left_in_cgroups(root), left_in_address_space(root)});
}

std::string bytes_text(double bytes) {
  return bytes < 1e9 ? fmt::format("{:.0f} MB", std::max(1.0, bytes / 1e6)) : fmt::format("{:.1f} GB", bytes / 1e9);
}

double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024 * double(usage.ru_maxrss);
}

}  // namespace basin
