#include "core/csv_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "core/file.h"

namespace basin {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void refuse_utf16(std::string_view text, std::string_view name) {
  const bool marked = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  const std::size_t nul = text.substr(0, 2).find('\0');  // of an ASCII character in two bytes, one is 0
  if (!marked && nul == text.npos) return;
  const char* encoding = marked ? "UTF-16" : nul == 0 ? "UTF-16BE" : "UTF-16LE";
  throw DataError(fmt::format("{}: the text is {}; wanted UTF-8; help: iconv -f {} -t UTF-8 {} > utf8.csv", name,
                              encoding, encoding, name));
}

// The text without byte order mark and blank end.
std::string_view plain_text(std::string_view text, std::string_view name) {
  refuse_utf16(text, name);
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // spreadsheets put it in front
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty()) throw DataError(fmt::format("{}: the file is empty", name));
  if (const std::size_t nul = text.find('\0'); nul != text.npos)
    throw DataError(fmt::format("{}: line {}: a NUL byte, which no text has; help: save the table as CSV", name,
                                1 + std::ranges::count(text.substr(0, nul), '\n')));
  if (text.find('\n') == text.npos && text.find('\r') != text.npos)
    throw DataError(
        fmt::format("{}: lines end in CR alone; wanted LF or CR LF; help: tr '\\r' '\\n' < {} > lf.csv", name, name));
  return text;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::int64_t count_separators(std::string_view line, char separator) {
  std::int64_t count = 0;
  bool quoted = false, after_blank = false;
  for (const char c : separator == ' ' ? trim(line) : line) {
    quoted ^= c == '"';
    count += !quoted && (separator == ' ' ? is_blank(c) && !after_blank : c == separator);
    after_blank = is_blank(c);
  }
  return count;
}

// Decimal commas are common, and names with blanks: so these separators are asked for last. Where no separator has the
// same count on every line, rows differ in length: then one that the first two lines have, so that the message fits.
char find_separator(std::string_view text) {
  constexpr std::array candidates{'\t', ';', '|', ',', ' '};
  std::vector<std::string_view> lines;
  while (lines.size() < 10 && !text.empty()) lines.push_back(take_line(text));
  for (const char c : candidates) {
    const std::int64_t count = count_separators(lines[0], c);
    if (count > 0 && std::ranges::all_of(lines, [&](auto line) { return count_separators(line, c) == count; }))
      return c;
  }
  for (const char c : candidates)
    if (lines.size() > 1 && count_separators(lines[0], c) > 0 && count_separators(lines[1], c) > 0) return c;
  return ',';
}

// A cell in quotes at the front of `line`, which becomes what follows the closing quote.
void take_quoted(std::string_view& line, std::string& cell, std::string_view where) {
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '"' && !line.substr(i + 1).starts_with('"')) return line.remove_prefix(i + 1);
    if (line[i] == '"') ++i;
    cell += line[i];
  }
  throw DataError(fmt::format("{}: a quote is not closed: {}; help: a cell stands on one line", where, excerpt(line)));
}

// Everything up to a separator, which is dropped with it; whether there was one.
bool take_until(std::string_view& line, char separator, std::string_view& taken) {
  const std::size_t end = separator == ' ' ? line.find_first_of(" \t") : line.find(separator);
  taken = trim(line.substr(0, end));
  line.remove_prefix(std::min(end == line.npos ? end : end + 1, line.size()));
  return end != line.npos;
}

// Into cells that are there already, where there are: a long table allocates once.
void split_cells(std::string_view line, char separator, std::string_view where, std::vector<std::string>& cells) {
  const std::string_view blanks = separator == '\t' ? " \r" : " \t\r";
  if (separator == ' ') line = trim(line);
  std::size_t n = 0;
  for (bool more = true; more; ++n) {
    if (cells.size() == n) cells.emplace_back();
    cells[n].clear();
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const bool quoted = line.starts_with('"');
    if (quoted) take_quoted(line, cells[n], where);
    std::string_view taken;
    more = take_until(line, separator, taken);
    if (quoted && !taken.empty()) throw DataError(fmt::format("{}: {} follows a closing quote", where, excerpt(taken)));
    if (!quoted) cells[n] = taken;
  }
  cells.resize(n);
}

bool is_number(std::string_view cell, char separator) {
  return csv_number(cell, separator).error != std::errc::invalid_argument;
}

bool is_header(const std::vector<std::string>& first, const std::vector<std::string>& second, char separator) {
  bool numbers = false;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const bool number = is_number(first[i], separator);
    if (!number && i < second.size() && is_number(second[i], separator)) return true;
    numbers |= number;
  }
  return !numbers;
}

// As pandas names columns that have no names.
void refuse_counting(const std::vector<std::string>& first, char separator, std::string_view name) {
  int count = 0;
  for (const std::string& cell : first)
    if (is_number(cell, separator) && cell != std::to_string(count++)) return;
  if (count > 1)
    throw DataError(
        fmt::format("{}: line 1 counts 0 to {}: names of columns, or a row?; help: name columns by words, or say "
                    "--header present or --header absent where there is that option",
                    name, count - 1));
}

}  // namespace

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == text.npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string name_of_separator(char separator) {
  if (separator == '\t') return "tab";
  if (separator == ' ') return "space";
  return fmt::format("'{}'", separator);
}

CsvNumber csv_number(std::string_view cell, char separator) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  std::string with_point;
  const std::size_t comma = separator == ',' ? cell.npos : cell.find(',');
  if (comma != cell.npos && cell.find('.') == cell.npos) {
    with_point = cell;
    with_point[comma] = '.';
    cell = with_point;
  }
  CsvNumber number;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number.value);
  number.error = error == std::errc() && end != cell.data() + cell.size() ? std::errc::invalid_argument : error;
  return number;
}

void check_columns(const std::vector<std::string>& columns, std::string_view name) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& column = columns[i];
    if (column.empty() || column.find_first_of("\r\n") != column.npos)
      throw DataError(
          fmt::format("{}: line 1, column {}: a name must be one non-empty line; help: name the column, or leave it "
                      "out if it numbers the rows",
                      name, i + 1));
    if (!seen.insert(column).second)
      throw DataError(fmt::format("{}: line 1, column {}: the name {} appears twice; help: rename one of them", name,
                                  i + 1, excerpt(column)));
  }
}

CsvLines::CsvLines(std::string_view text, std::string_view name, CsvFormat format)
    : rest_(plain_text(text, name)), name_(name), format_(format) {
  if (format_.separator == 0) format_.separator = find_separator(rest_);
  find_columns();
}

void CsvLines::find_columns() {
  std::string_view below = rest_;
  split_cells(take_line(below), format_.separator, name_ + ": line 1", columns_);
  if (format_.header == Header::automatic) {
    std::string_view further = below;
    if (!below.empty()) split_cells(take_line(further), format_.separator, name_ + ": line 2", cells_);
    format_.header = is_header(columns_, cells_, format_.separator) ? Header::present : Header::absent;
    if (format_.header == Header::absent) refuse_counting(columns_, format_.separator, name_);
  }
  if (format_.header == Header::absent) {
    for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i] = std::to_string(i + 1);
    return;
  }
  check_columns(columns_, name_);
  if (below.empty()) throw DataError(fmt::format("{}: a header but no rows", name_));
  rest_ = below;
  line_ = 1;
}

bool CsvLines::next() {
  if (rest_.empty()) return false;
  ++line_;
  const std::string_view line = take_line(rest_);
  if (trim(line).empty()) throw DataError(fmt::format("{}: the line is blank; help: remove it", where()));
  split_cells(line, format_.separator, where(), cells_);
  if (cells_.size() != columns_.size())
    throw DataError(
        fmt::format("{}: {} cells, {} {}; help: cells are separated by {}, and one that holds it stands in "
                    "quotes",
                    where(), cells_.size(), format_.header == Header::present ? "the header names" : "line 1 has",
                    columns_.size(), name_of_separator(format_.separator)));
  return true;
}

std::string CsvLines::where() const { return fmt::format("{}: line {}", name_, line_); }

std::string CsvLines::where(std::size_t column) const {
  return fmt::format("{}, column {} ({})", where(), column + 1, excerpt(columns_[column]));
}

}  // namespace basin
