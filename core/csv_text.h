// Tables as text, line by line: encoding, separator, names of columns. For their numbers there is core/csv.h.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace basin {

// automatic: line 1 is a row if there are numbers in it and none of its words stands above a number.
enum class Header { automatic, present, absent };

struct CsvFormat {
  // ' ' is any run of blanks. 0: found, the first of tab ; | , blank that is equally often on each of the first lines.
  char separator = 0;
  Header header = Header::automatic;
};

// The rows of a table one after another. Cells may be quoted ("" is a quote inside quotes) and stand on one line;
// blanks around them, a UTF-8 byte order mark, CR before LF and blank lines at the end do not matter. DataError with
// file, line and column for all else: UTF-16, NUL bytes, lines that end in CR alone, quotes that are not closed, a
// repeated or empty name, a line 1 that counts 0, 1, 2, … (names or a row?), blank lines, rows of another length.
class CsvLines {
 public:
  CsvLines(std::string_view text, std::string_view name, CsvFormat format = {});  // the text must stay

  const std::vector<std::string>& columns() const { return columns_; }  // names; 1, 2, … without a header
  const CsvFormat& format() const { return format_; }                   // as found
  std::int64_t line() const { return line_; }                           // of the row; of the header before the first
  bool next();                                                          // to the next row, if there is one
  const std::vector<std::string>& cells() const { return cells_; }
  std::string where() const;                    // "x.csv: line 3"
  std::string where(std::size_t column) const;  // "x.csv: line 3, column 2 ('y')"

 private:
  void find_columns();

  std::string_view rest_;
  std::string name_;
  CsvFormat format_;
  std::vector<std::string> columns_, cells_;
  std::int64_t line_ = 0;
};

// A cell as a number; 3,14 is one too where cells are not separated by commas. invalid_argument where it is none,
// result_out_of_range beyond doubles; nan and inf are numbers.
struct CsvNumber {
  double value = 0;
  std::errc error = {};
};
CsvNumber csv_number(std::string_view cell, char separator);

// DataError naming the file and the first name that is empty, not one line, or there twice.
void check_columns(const std::vector<std::string>& columns, std::string_view name);

// "comma", "';'": for messages.
std::string name_of_separator(char separator);

std::string_view trim(std::string_view text);  // without blanks and line ends around it

}  // namespace basin
