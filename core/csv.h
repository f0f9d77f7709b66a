// Tables of numbers as text: CSV with any separator, with or without a line of column names.
//   const CsvTable table = read_csv("x.csv");
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/csv_text.h"
#include "core/tensor.h"

namespace basin {

struct CsvTable {
  std::vector<std::string> columns;
  Matrix values;                        // [rows, columns]
  std::vector<std::string> texts = {};  // of one column that may hold words: its cells, and NaN in `values` for words
  CsvFormat format = {};                // as found
  bool decimal_comma = false;

  std::int64_t line_of(std::int64_t row) const { return row + (format.header == Header::present ? 2 : 1); }
};

inline constexpr std::size_t no_column = std::size_t(-1);

// The rows of `lines`, all cells of them finite numbers but for those of column `texts`, which may be words. DataError
// with line and column for what core/csv_text.h refuses, other cells, cells that stand for missing ones (missing_cell),
// and decimal commas beside decimal points.
CsvTable read_rows(CsvLines& lines, std::size_t texts = no_column);
CsvTable parse_csv(std::string_view text, std::string_view name, CsvFormat format = {});
CsvTable read_csv(const std::string& path, CsvFormat format = {});

// Ends in .csv, .tsv or .txt, in small letters or capitals.
bool is_csv_path(const std::string& path);

// Nothing, NA, N/A, NULL, ?, or NaN or Inf in any spelling.
bool missing_cell(std::string_view cell);

// Every number in the fewest digits that read back to the same double. ShapeError when columns and values disagree,
// NumericalError at NaN or Inf, DataError for names that read_csv would refuse or take for numbers.
void write_csv(const std::string& path, const CsvTable& table);

}  // namespace basin
