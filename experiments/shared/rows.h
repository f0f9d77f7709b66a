// Numbers from lists of rows: members or functions of a row.
#pragma once
#include <algorithm>
#include <functional>
#include <numeric>
#include <type_traits>
#include <vector>

#include "core/statistics.h"

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

template <class Rows, class Value>
double mean(const Rows& rows, const Value& value) {
  return estimate(values(rows, value)).mean;
}

template <class Rows, class Keep>
auto where(const Rows& rows, const Keep& keep) {
  std::vector<std::decay_t<decltype(*rows.begin())>> kept;
  for (const auto& row : rows)
    if (std::invoke(keep, row)) kept.push_back(row);
  return kept;
}

// The different ones, ascending.
template <class Rows, class Value>
auto distinct(const Rows& rows, const Value& value) {
  auto all = values(rows, value);
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

// Whether none is given twice: networks that are counted twice would make intervals narrower than they are.
template <class List>
bool all_differ(const List& list) {
  return distinct(list, std::identity()).size() == list.size();
}

}  // namespace basin::experiments
