// Numbers from lists of rows: members or functions of a row.
#pragma once
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

}  // namespace basin::experiments
