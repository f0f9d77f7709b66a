// Sites as text.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/file.h"
#include "interp/look/site.h"

namespace basin::interp {
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw UsageError(
      fmt::format("site {}: {}; help: wanted NAME or NAME[2,:,-1] with an index or begin:end for each "
                  "axis behind the rows",
                  excerpt(text), why));
}

std::optional<std::int64_t> number_in(std::string_view part, std::string_view text) {
  if (part.empty()) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (error != std::errc{} || end != part.data() + part.size()) refuse(text, excerpt(part) + " is no number");
  if (std::abs(double(value)) > 1e9) refuse(text, fmt::format("{} is no place of an axis", value));
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

}  // namespace

AxisRange AxisRange::at(std::int64_t index) { return {index, index == -1 ? std::nullopt : std::optional(index + 1)}; }

std::string text_of(const AxisRange& range) {
  if (range.begin && range == AxisRange::at(*range.begin)) return std::to_string(*range.begin);
  const auto text = [](const auto& number) { return number ? std::to_string(*number) : std::string(); };
  return text(range.begin) + ":" + text(range.end);
}

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

}  // namespace basin::interp
