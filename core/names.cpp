#include "core/names.h"

#include <fnmatch.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace basin {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_name(std::string_view given, std::span<const std::string> candidates) {
  auto closer = [&](const std::string& a, const std::string& b) {
    return edit_distance(given, a) < edit_distance(given, b);
  };
  auto best = std::min_element(candidates.begin(), candidates.end(), closer);
  return best == candidates.end() ? std::string() : *best;
}

bool matches_glob(const std::string& glob, std::string_view name) {
  const auto fits = [&](std::string_view part) { return fnmatch(glob.c_str(), std::string(part).c_str(), 0) == 0; };
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
    if (fits(name.substr(0, dot))) return true;
  return fits(name);
}

}  // namespace basin
