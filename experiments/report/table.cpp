#include "experiments/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/file.h"

namespace basin::report {
namespace {

bool is_blank(const Json& value) { return value.is_null(); }

// "-0.00" says less than "0.00".
std::string without_negative_zero(std::string text) {
  const bool zero = text.find_first_of("123456789naif") == std::string::npos;
  return zero && text.starts_with('-') ? text.substr(1) : text;
}

std::string number(double value, const std::string& format) {
  if (!format.ends_with("%}")) return without_negative_zero(fmt::format(fmt::runtime(format), value));
  const std::string as_real = format.substr(0, format.size() - 2) + "f}";
  return without_negative_zero(fmt::format(fmt::runtime(as_real), 100 * value)) + " %";
}

bool is_for_reals(const std::string& format) {
  return format.size() > 2 && std::string_view("aefgAEFG%").find(format[format.size() - 2]) != std::string_view::npos;
}

// fmt takes any width and fills it: three digits in a row are more than a page has room for.
bool is_wide(const std::string& format) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t digits = 0;
  return std::ranges::any_of(format, [&](char c) { return (digits = is_digit(c) ? digits + 1 : 0) == 3; });
}

std::string shown_as(const Json& value, const std::string& format) {
  if (value.is_string()) return fmt::format(fmt::runtime(format), value.get<std::string>());
  if (value.is_boolean()) return fmt::format(fmt::runtime(format), value.get<bool>() ? "yes" : "no");
  if (value.is_number_integer() && !is_for_reals(format))
    return fmt::format(fmt::runtime(format), value.get<std::int64_t>());
  return number(value.get<double>(), format);
}

std::size_t width_of(const std::string& text) {  // characters, not bytes
  return std::size_t(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return right ? blanks + text : text + blanks;
}

}  // namespace

std::string shown(const Json& value, const std::string& format) {
  if (is_blank(value)) return "–";
  if (!value.is_primitive()) throw DataError("a list or a table cannot be shown as one value");
  if (is_wide(format)) throw DataError(excerpt(format) + " is wider than a page");
  try {
    return shown_as(value, !format.empty() ? format : value.is_number_float() ? "{:g}" : "{}");
  } catch (const fmt::format_error& e) {
    throw DataError(fmt::format("{} does not fit {}: {}", excerpt(format), excerpt(value.dump()), e.what()));
  }
}

std::vector<std::string> table_heads(const Json& table) {
  std::vector<std::string> heads;
  for (const Json& c : table.at("columns")) heads.push_back(c.at("head"));
  return heads;
}

std::vector<std::vector<std::string>> table_cells(const Json& table) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& row : table.at("rows")) {
    std::vector<std::string>& cells = rows.emplace_back();
    for (const Json& c : table.at("columns"))
      cells.push_back(shown(row.at(c.at("key").get<std::string>()), c.at("format")));
  }
  return rows;
}

std::string table_text(const Json& table) {
  std::vector<std::vector<std::string>> lines = table_cells(table);
  std::vector<bool> right(table.at("columns").size(), true);  // columns of numbers
  for (const Json& row : table.at("rows"))
    for (std::size_t j = 0; j < right.size(); ++j)
      right[j] = right[j] && !row.at(table["columns"][j]["key"].get<std::string>()).is_string();
  lines.insert(lines.begin(), table_heads(table));
  std::vector<std::size_t> widths(right.size(), 0);
  for (const auto& line : lines)
    for (std::size_t j = 0; j < line.size(); ++j) widths[j] = std::max(widths[j], width_of(line[j]));
  std::string text;
  for (const auto& line : lines) {
    std::string all;
    for (std::size_t j = 0; j < line.size(); ++j) all += (j ? "  " : "") + padded(line[j], widths[j], right[j]);
    all.erase(all.find_last_not_of(' ') + 1);
    text += all + "\n";
  }
  return text;
}

std::string table_csv(const Json& table) {
  const auto cell = [](const Json& value) {
    if (!value.is_string()) return is_blank(value) ? std::string("nan") : value.dump();
    std::string text = value;
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) text.insert(at, 1, '"');
    return '"' + text + '"';
  };
  std::string text;
  for (const Json& c : table.at("columns")) text += (text.empty() ? "" : ",") + cell(c.at("key"));
  text += "\n";
  for (const Json& row : table.at("rows")) {
    const char* comma = "";
    for (const Json& c : table.at("columns")) text += comma + cell(row.at(c.at("key").get<std::string>())), comma = ",";
    text += "\n";
  }
  return text;
}

std::string table_json_lines(const Json& table) {
  std::string text;
  for (const Json& row : table.at("rows")) text += row.dump() + "\n";
  return text;
}

}  // namespace basin::report
