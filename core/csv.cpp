#include "core/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <set>

#include "core/file.h"

namespace basin {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == text.npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Everything up to `separator`, which is dropped; `text` becomes the rest.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

struct Number {
  double value = 0;
  std::errc error = {};
};
Number parse_number(std::string_view cell) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  Number number;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number.value);
  number.error = error == std::errc() && end != cell.data() + cell.size() ? std::errc::invalid_argument : error;
  return number;
}

// A quoted name at the front of `text`, with its closing quote; `text` becomes what follows.
std::string take_quoted(std::string_view& text, std::string_view name) {
  std::string inside;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"' && !text.substr(i + 1).starts_with('"')) {
      text.remove_prefix(i + 1);
      return inside;
    }
    if (text[i] == '"') ++i;
    inside += text[i];
  }
  throw DataError(fmt::format("{}: line 1: a quote is not closed: {}", name, excerpt(text)));
}

std::vector<std::string> split_header(std::string_view line, std::string_view name) {
  std::vector<std::string> columns;
  for (bool more = true; more;) {
    line = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
    std::string quoted;
    const bool is_quoted = line.starts_with('"');
    if (is_quoted) quoted = take_quoted(line, name);
    more = line.find(',') != line.npos;
    const std::string_view cell = trim(take_until(line, ','));
    if (is_quoted && !cell.empty())
      throw DataError(fmt::format("{}: line 1: {} follows a closing quote", name, excerpt(cell)));
    columns.push_back(is_quoted ? quoted : std::string(cell));
  }
  return columns;
}

void check_columns(const std::vector<std::string>& columns, std::string_view name) {
  const auto is_number = [](const std::string& column) {
    return parse_number(column).error != std::errc::invalid_argument;
  };
  if (std::ranges::all_of(columns, is_number))  // asked first: numbers repeat
    throw DataError(
        fmt::format("{}: line 1 holds numbers instead of column names"
                    "; help: add a first line that names the columns",
                    name));
  std::set<std::string> seen;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& column = columns[i];
    if (column.empty() || column.find_first_of("\r\n") != column.npos)
      throw DataError(fmt::format("{}: line 1, column {}: a name must be one non-empty line", name, i + 1));
    if (!seen.insert(column).second)
      throw DataError(fmt::format("{}: line 1, column {}: the name {} appears twice", name, i + 1, excerpt(column)));
  }
}

[[noreturn]] void refuse_cell(std::string_view cell, std::string_view where, bool out_of_range) {
  if (out_of_range) throw DataError(fmt::format("{}: {} is beyond what a double holds", where, excerpt(cell)));
  const char* help = "remove the row or fill the cell";
  if (cell.find('"') != cell.npos) help = "write numbers without quotes";
  if (cell.find_first_of(";\t") != cell.npos) help = "separate cells by commas, decimals by a point";
  throw DataError(fmt::format("{}: {} is not a finite number; help: {}", where, excerpt(cell), help));
}

void append_row(std::vector<double>& values, std::string_view line, const CsvTable& table, std::string_view where) {
  std::size_t n_cells = 0;
  for (bool more = true; more; ++n_cells) {
    more = line.find(',') != line.npos;
    const std::string_view cell = trim(take_until(line, ','));
    if (n_cells >= table.columns.size()) continue;  // counted, then refused below
    const Number number = parse_number(cell);
    if (number.error != std::errc() || !std::isfinite(number.value))
      refuse_cell(cell, fmt::format("{}, column {} ({})", where, n_cells + 1, excerpt(table.columns[n_cells])),
                  number.error == std::errc::result_out_of_range);
    values.push_back(number.value);
  }
  if (n_cells != table.columns.size())
    throw DataError(fmt::format("{}: {} cells, the header names {}", where, n_cells, table.columns.size()));
}

std::string quoted_if_needed(const std::string& name) {
  if (name.find_first_of(",\"") == name.npos && trim(name) == name) return name;
  std::string quoted = "\"";
  for (char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

CsvTable read_csv(const std::string& path) { return parse_csv(read_file(path), path); }

CsvTable parse_csv(std::string_view text, std::string_view name) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // spreadsheets put it in front
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty()) throw DataError(fmt::format("{}: the file is empty", name));
  CsvTable table;
  table.columns = split_header(take_until(text, '\n'), name);
  check_columns(table.columns, name);
  std::vector<double> values;
  std::int64_t rows = 0;
  for (; !text.empty(); ++rows)
    append_row(values, take_until(text, '\n'), table, fmt::format("{}: line {}", name, rows + 2));
  if (rows == 0) throw DataError(fmt::format("{}: a header but no rows", name));
  table.values = Matrix({rows, std::int64_t(table.columns.size())}, std::move(values));
  return table;
}

void write_csv(const std::string& path, const CsvTable& table) {
  const Matrix& values = table.values;
  const auto n_columns = std::int64_t(table.columns.size());
  if (values.shape.rank() != 2 || values.shape[1] != n_columns)
    throw ShapeError(fmt::format("{}: {} column names for values of shape {}", path, n_columns, values.shape.str()));
  check_columns(table.columns, path);
  std::string text;
  for (const std::string& column : table.columns) text += (text.empty() ? "" : ",") + quoted_if_needed(column);
  text += '\n';
  for (std::int64_t i = 0; i < values.rows(); ++i)
    for (std::int64_t j = 0; j < n_columns; ++j) {
      if (!std::isfinite(values(i, j)))
        throw NumericalError(
            fmt::format("{}: row {} of {} is {}", path, i + 1, excerpt(table.columns[j]), values(i, j)));
      fmt::format_to(std::back_inserter(text), "{}{}", values(i, j), j + 1 < n_columns ? ',' : '\n');
    }
  write_atomically(path, text);
}

}  // namespace basin
