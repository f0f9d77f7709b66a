#include "core/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "core/file.h"
#include "core/names.h"

namespace basin {
namespace {

[[noreturn]] void refuse_cell(std::string_view cell, const std::string& where, std::errc error) {
  if (error == std::errc::result_out_of_range)
    throw DataError(fmt::format("{}: {} is beyond what a double holds", where, excerpt(cell)));
  const char* help = "write a number; of a column of words make columns of 0 and 1 (one-hot), or drop it";
  if (cell.find_first_of(";\t|") != cell.npos) help = "--separator, where there is that option, says what parts cells";
  if (cell.find(',') != cell.npos)
    help = "decimal commas need cells separated by ; or tab, and no number has separators of thousands";
  if (missing_cell(cell)) help = "remove the row or fill the cell";
  throw DataError(fmt::format("{}: {} is not a finite number; help: {}", where, excerpt(cell), help));
}

// What parts whole from decimals in one file. With both, a comma may part thousands: 1,234 beside 1.5.
class DecimalMark {
 public:
  void see(std::string_view cell, const CsvLines& lines, std::size_t column) {
    const std::size_t at = cell.find_first_of(".,");
    if (at == cell.npos || cell[at] == mark_) return;
    if (mark_ != 0)
      throw DataError(fmt::format("{}: {} has a decimal {}, {} a decimal {}; help: write all numbers in one way",
                                  lines.where(column), excerpt(cell), name_of(cell[at]), first_, name_of(mark_)));
    mark_ = cell[at];
    first_ = fmt::format("{} in line {}", excerpt(cell), lines.line());
  }
  bool comma() const { return mark_ == ','; }

 private:
  static const char* name_of(char mark) { return mark == ',' ? "comma" : "point"; }
  char mark_ = 0;
  std::string first_;
};

// NaN for a word where words may stand.
double value_of(const CsvLines& lines, std::size_t column, bool words, DecimalMark& mark) {
  const std::string& cell = lines.cells()[column];
  const CsvNumber number = csv_number(cell, lines.format().separator);
  const bool is_number = number.error == std::errc() && std::isfinite(number.value);
  if (is_number) {
    mark.see(cell, lines, column);
    return number.value;
  }
  if (!words || missing_cell(cell) || number.error == std::errc::result_out_of_range)
    refuse_cell(cell, lines.where(column), number.error);
  return std::nan("");
}

std::string quoted_if_needed(const std::string& name) {
  if (name.find_first_of(",\"") == name.npos && trim(name) == name) return name;
  std::string quoted = "\"";
  for (char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

void check_written(const CsvTable& table, const std::string& path) {
  const auto n_columns = std::int64_t(table.columns.size());
  const Shape& shape = table.values.shape;
  if (shape.rank() != 2 || shape[1] != n_columns)
    throw ShapeError(fmt::format("{}: {} column names for values of shape {}", path, n_columns, shape.str()));
  check_columns(table.columns, path);
  const auto is_number = [](const std::string& name) { return csv_number(name, ',').error == std::errc(); };
  if (std::ranges::all_of(table.columns, is_number))
    throw DataError(fmt::format("{}: all columns are called by numbers; help: name one of them by a word", path));
}

}  // namespace

bool is_csv_path(const std::string& path) {
  const std::string ending = lower_case(path.substr(path.size() - std::min<std::size_t>(4, path.size())));
  return ending == ".csv" || ending == ".tsv" || ending == ".txt";
}

bool missing_cell(std::string_view cell) {
  if (const CsvNumber number = csv_number(cell, ','); number.error == std::errc()) return !std::isfinite(number.value);
  constexpr std::array words{"", "NA", "N/A", "NULL", "?"};
  return std::ranges::find(words, cell) != words.end();
}

CsvTable read_rows(CsvLines& lines, std::size_t texts) {
  CsvTable table{.columns = lines.columns(), .values = {}, .format = lines.format()};
  std::vector<double> values;
  std::int64_t rows = 0;
  DecimalMark mark;
  for (; lines.next(); ++rows)
    for (std::size_t j = 0; j < table.columns.size(); ++j) {
      values.push_back(value_of(lines, j, j == texts, mark));
      if (j == texts) table.texts.push_back(lines.cells()[j]);
    }
  table.values = Matrix({rows, std::int64_t(table.columns.size())}, std::move(values));
  table.decimal_comma = mark.comma();
  return table;
}

CsvTable parse_csv(std::string_view text, std::string_view name, CsvFormat format) {
  CsvLines lines(text, name, format);
  return read_rows(lines);
}

CsvTable read_csv(const std::string& path, CsvFormat format) { return parse_csv(read_file(path), path, format); }

void write_csv(const std::string& path, const CsvTable& table) {
  check_written(table, path);
  const Matrix& values = table.values;
  const auto n_columns = std::int64_t(table.columns.size());
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
