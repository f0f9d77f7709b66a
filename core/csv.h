// Tables of numbers as text: a line of column names, then one line per row, separated by commas.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.h"

namespace basin {

struct CsvTable {
  std::vector<std::string> columns;
  Matrix values;  // [rows, columns]
};

// Lines end in LF or CRLF; names may be quoted ("" is a quote inside quotes); spaces around cells and blank lines at
// the end are allowed. DataError with line and column for everything else: no header (all names are numbers), an empty
// or repeated name, no rows, rows of another length, cells that are not finite numbers.
CsvTable read_csv(const std::string& path);
CsvTable parse_csv(std::string_view text, std::string_view name);

// Every number in the fewest digits that read back to the same double. ShapeError when columns and values disagree,
// NumericalError at NaN or Inf, DataError for names that read_csv would refuse.
void write_csv(const std::string& path, const CsvTable& table);

}  // namespace basin
