#include "interp/look/site.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "autodiff/ops.h"
#include "core/matrix.h"

namespace basin::interp {
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw UsageError(
      fmt::format("site '{}': {}; help: wanted NAME or NAME[2,:,-1] with an index or begin:end for each "
                  "axis behind the rows",
                  text, why));
}

std::optional<std::int64_t> number_in(std::string_view part, std::string_view text) {
  if (part.empty()) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (error != std::errc{} || end != part.data() + part.size()) refuse(text, fmt::format("'{}' is no number", part));
  return value;
}

std::string_view trimmed(std::string_view part) {
  while (part.starts_with(' ')) part.remove_prefix(1);
  while (part.ends_with(' ')) part.remove_suffix(1);
  return part;
}

AxisRange range_in(std::string_view part, std::string_view text) {
  part = trimmed(part);
  const std::size_t colon = part.find(':');
  if (colon != part.npos) return {number_in(part.substr(0, colon), text), number_in(part.substr(colon + 1), text)};
  if (part.empty()) refuse(text, "an axis has neither an index nor a range");
  return AxisRange::at(*number_in(part, text));
}

std::string text_of(const AxisRange& range) {
  if (range.begin && range == AxisRange::at(*range.begin)) return std::to_string(*range.begin);
  const auto text = [](const auto& number) { return number ? std::to_string(*number) : std::string(); };
  return text(range.begin) + ":" + text(range.end);
}

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

AxisRange AxisRange::at(std::int64_t index) { return {index, index == -1 ? std::nullopt : std::optional(index + 1)}; }

Site site_from(std::string_view text) {
  const std::size_t open = text.find('[');
  Site site{.value = std::string(trimmed(text.substr(0, open)))};
  if (site.value.empty()) refuse(text, "it has no name");
  if (open == text.npos) return site;
  const std::string_view behind = trimmed(text.substr(open));
  if (!behind.ends_with(']')) refuse(text, "']' is missing at its end");
  const std::string_view inside = behind.substr(1, behind.size() - 2);
  for (std::size_t at = 0; at <= inside.size();) {
    const std::size_t end = std::min(inside.find(',', at), inside.size());
    site.region.push_back(range_in(inside.substr(at, end - at), text));
    at = end + 1;
  }
  return site;
}

std::string text_of(const Site& site) {
  std::vector<std::string> parts;
  for (const AxisRange& range : site.region) parts.push_back(text_of(range));
  std::string text = site.value + (parts.empty() ? "" : fmt::format("[{}]", fmt::join(parts, ",")));
  if (const std::int64_t k = site.directions.size() ? site.directions.rows() : 0)
    text += fmt::format(" along {} direction{}", k, k == 1 ? "" : "s");
  return text;
}

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
