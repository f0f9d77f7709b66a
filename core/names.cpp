#include "core/names.h"

#include <fnmatch.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace basin {
namespace {

// By the rows of the last two letters of `a` and of this one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last, row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
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

std::string near_name(std::string_view given, std::span<const std::string> candidates) {
  std::string nearest = nearest_name(given, candidates);
  const bool near = 3 * edit_distance(given, nearest) <= std::max(given.size(), nearest.size());
  return near ? nearest : std::string();
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return lower;
}

bool matches_glob(const std::string& glob, std::string_view name) {
  const auto fits = [&](std::string_view part) { return fnmatch(glob.c_str(), std::string(part).c_str(), 0) == 0; };
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
    if (fits(name.substr(0, dot))) return true;
  return fits(name);
}

}  // namespace basin
