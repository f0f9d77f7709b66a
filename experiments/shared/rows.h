// Numbers from lists of rows: members or functions of a row.
#pragma once
#include <algorithm>
#include <functional>
#include <numeric>
#include <type_traits>
#include <vector>

namespace basin::experiments {

template <class Rows, class Value>
auto values(const Rows& rows, const Value& value) {
  std::vector<std::decay_t<decltype(std::invoke(value, *rows.begin()))>> all;
  for (const auto& row : rows) all.push_back(std::invoke(value, row));
  return all;
}

template <class Rows, class Value>
auto total(const Rows& rows, const Value& value) {
  auto all = values(rows, value);
  return std::accumulate(all.begin(), all.end(), typename decltype(all)::value_type{});
}

// b - a, as far as both go.
inline std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all(std::min(a.size(), b.size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = b[i] - a[i];
  return all;
}

// The different ones, ascending.
template <class Rows, class Value>
auto distinct(const Rows& rows, const Value& value) {
  auto all = values(rows, value);
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

}  // namespace basin::experiments
