#include "interp/look/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/matrix.h"

namespace basin::interp {
namespace {

// Rows made orthonormal one after the other, twice for rounding (Gram-Schmidt).
Matrix orthonormal(Matrix rows, const std::string& where) {
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    const double before = std::sqrt(dot(rows.row(i), rows.row(i)));
    for (int pass = 0; pass < 2; ++pass)
      for (std::int64_t j = 0; j < i; ++j) {
        const double along = dot(rows.row(i), rows.row(j));
        for (std::int64_t c = 0; c < rows.cols(); ++c) rows(i, c) -= along * rows(j, c);
      }
    const double length = std::sqrt(dot(rows.row(i), rows.row(i)));
    if (!(length > 1e-10 * before) || !std::isfinite(length))
      throw UsageError(
          fmt::format("{}: direction {} is zero, no number, or a combination of those before it", where, i));
    for (double& x : rows.row(i)) x /= length;
  }
  return rows;
}

std::pair<std::int64_t, std::int64_t> placed(const AxisRange& range, std::int64_t length, const std::string& where) {
  const auto from_start = [&](std::int64_t i) { return i < 0 ? i + length : i; };
  const std::int64_t begin = from_start(range.begin.value_or(0));
  const std::int64_t end = range.end ? from_start(*range.end) : length;
  if (begin < 0 || end > length || begin >= end)
    throw ShapeError(fmt::format("{}: '{}' is empty or outside an axis of length {}", where, text_of(range), length));
  return {begin, end};
}

}  // namespace

bool PlacedSite::whole() const {
  return directions.size() == 0 && shape() == value.shape().last(value.shape().rank() - 1);
}

Shape PlacedSite::shape() const {
  Shape lengths;
  for (const auto& [begin, end] : ranges) lengths.push_back(end - begin);
  return lengths;
}

PlacedSite placed(Graph& graph, const Site& site, std::int64_t rows) {
  const std::string where = "site '" + text_of(site) + "'";
  PlacedSite at{.value = graph[site.value]};
  const Shape& shape = at.value.shape();
  if (shape.rank() < 1 || shape[0] != rows || std::ranges::count(graph.parameters(), site.value, &ParameterInfo::name))
    throw ShapeError(fmt::format("{}: {} has no rows in front; help: a site is an input or a value computed of it",
                                 where, graph.describe(at.value.id)));
  const int axes = shape.rank() - 1;
  if (std::ssize(site.region) > axes)
    throw ShapeError(fmt::format("{}: {} axes given; behind the rows {} has {}", where, site.region.size(),
                                 graph.describe(at.value.id), axes));
  for (int axis = 0; axis < axes; ++axis)
    at.ranges.push_back(
        placed(axis < std::ssize(site.region) ? site.region[std::size_t(axis)] : AxisRange{}, shape[axis + 1], where));
  if (site.directions.size() == 0) return at;
  if (axes == 0 || site.directions.shape.rank() != 2 || site.directions.cols() != shape.back() ||
      at.shape().back() != shape.back())
    throw ShapeError(fmt::format("{}: directions of shape {} given; wanted [k,{}], over the whole last axis of {}",
                                 where, site.directions.shape.str(), shape.back(), graph.describe(at.value.id)));
  at.directions = orthonormal(site.directions, where);
  return at;
}

}  // namespace basin::interp
