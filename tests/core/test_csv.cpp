#include "core/csv.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/file.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using doctest::Contains;

namespace {

void refuses(std::string_view text, const char* why) {
  INFO("text: ", std::string(text));
  CHECK_THROWS_WITH_AS(parse_csv(text, "x.csv"), Contains(why), DataError);
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a table reads with its names and numbers") {
  const CsvTable table = parse_csv("x,y\n1,-2.5\n3e2,+.5\n", "x.csv");
  CHECK(table.columns == Names{"x", "y"});
  CHECK(table.values.shape == Shape{2, 2});
  CHECK(table.values.data == std::vector<double>{1, -2.5, 300, 0.5});
}

TEST_CASE("line ends, blank lines at the end, spaces and a byte order mark do not matter") {
  for (const char* text :
       {"x,y\r\n1,2\r\n", "x,y\n1,2", "x,y\n1,2\n\n \r\n", " x , y \n 1 ,\t2 \n", "\xEF\xBB\xBFx,y\n1,2\n"}) {
    const CsvTable table = parse_csv(text, "x.csv");
    CHECK(table.columns == Names{"x", "y"});
    CHECK(table.values.data == std::vector<double>{1, 2});
  }
}

TEST_CASE("quoted names may hold commas and quotes, and any name may be a number beside others") {
  CHECK(parse_csv("\"a, b\",\"c \"\"d\"\"\" , 2019\n1,2,3\n", "x.csv").columns == Names{"a, b", "c \"d\"", "2019"});
  refuses("\"a,b\n1,2\n", "line 1: a quote is not closed");
  refuses("\"a\"b,c\n1,2\n", "line 1: 'b' follows a closing quote");
}

TEST_CASE("a cell that is no finite number is refused with its line and column") {
  refuses("x,y\n1,2\n3,four\n", "x.csv: line 3, column 2 ('y'): 'four' is not a finite number");
  for (const char* cell : {"", "nan", "NaN", "inf", "-Infinity", "1,5", "0x10", "1 2", "+-1", "++1", "--1", "1e", "NA"})
    refuses(std::string("x,y\n") + cell + ",1\n", "line 2");
  refuses("x,y\n1e999,1\n", "'1e999' is beyond what a double holds");
}

TEST_CASE("the help says what to do with the cell") {
  for (const char* cell : {"", "NA", "N/A", "NULL", "?", "nan", "-inf"})
    refuses(std::string("a,b\n") + cell + ",2\n", "help: remove the row or fill the cell");
  refuses("a,b\nred,2\n",
          "column 1 ('a'): 'red' is not a finite number; help: write a number; of a column of words make columns of 0 "
          "and 1 (one-hot), or drop it");
  refuses("a,b\n1;2,2\n", "'1;2' is not a finite number; help: --separator");
}

TEST_CASE("words may stand in one column, and nothing that stands for a missing cell") {
  CsvLines lines("a,b,c\n1,red,2\n3,4,5\n", "x.csv");
  const CsvTable table = read_rows(lines, 1);
  CHECK(table.texts == Names{"red", "4"});
  CHECK(std::isnan(table.values(0, 1)));
  CHECK(table.values(1, 1) == 4);
  for (const char* cell : {"", "NA", "nan", "Infinity", "1e999"}) {
    const std::string text = std::string("a,b,c\n1,") + cell + ",2\n";
    CsvLines bad(text, "x.csv");
    CHECK_THROWS_WITH_AS(read_rows(bad, 1), Contains("line 2, column 2 ('b')"), DataError);
  }
}

TEST_CASE("a path says by its ending that it is a table") {
  for (const char* path : {"x.csv", "a/X.CSV", "x.tsv", ".txt"}) CHECK(is_csv_path(path));
  for (const char* path : {"x.npy", "csv", "", "x.csv.gz"}) CHECK_FALSE(is_csv_path(path));
}

TEST_CASE("rows of another length are refused with both counts") {
  refuses("x,y\n1,2\n3\n", "line 3: 1 cells, the header names 2");
  refuses("x,y\n1,2,3\n", "line 2: 3 cells, the header names 2");
  refuses("x,y\n1,2,\n", "line 2: 3 cells");
}

TEST_CASE("a missing, empty or repeated header is refused with the way out") {
  refuses("", "x.csv: the file is empty");
  refuses("\n \n", "the file is empty");
  refuses("x,y\n", "a header but no rows");
  refuses("nan,1e999\n3,4\n", "line 1, column 1 ('1'): 'nan' is not a finite number");
  refuses("x,x\n1,2\n", "line 1, column 2: the name 'x' appears twice");
  refuses("x,,z\n1,2,3\n", "line 1, column 2: a name must be");
}

TEST_CASE("a written table reads back with every bit") {
  const TempFolder folder;
  const CsvTable table{{"a", "b, \"c\""}, Matrix({3, 2}, {0.1, 1.0 / 3, -0.0, 5e-324, 1.7976931348623157e308, 1e22})};
  write_csv(folder / "x.csv", table);
  CHECK(read_file(folder / "x.csv").starts_with("a,\"b, \"\"c\"\"\"\n0.1,0.3333333333333333\n-0,5e-324\n"));
  const CsvTable back = read_csv(folder / "x.csv");
  CHECK(back.columns == table.columns);
  CHECK(back.values.data == table.values.data);
  CHECK(std::signbit(back.values(1, 0)));
}

TEST_CASE("a table that could not be read back is not written") {
  const TempFolder folder;
  const std::string path = folder / "x.csv";
  CHECK_THROWS_WITH_AS(write_csv(path, {{"a"}, Matrix({1, 2})}), Contains("1 column names for values of shape [1,2]"),
                       ShapeError);
  CHECK_THROWS_AS(write_csv(path, {{"a"}, Matrix(Shape{1})}), ShapeError);
  CHECK_THROWS_AS(write_csv(path, {{"a", "a"}, Matrix({1, 2})}), DataError);
  CHECK_THROWS_AS(write_csv(path, {{"a\nb"}, Matrix({1, 1})}), DataError);
  CHECK_THROWS_WITH_AS(write_csv(path, {{"1", "2"}, Matrix({1, 2})}), Contains("all columns are called by numbers"),
                       DataError);
  CHECK_THROWS_WITH_AS(write_csv(path, {{"a"}, Matrix({2, 1}, {1, std::nan("")})}), Contains("row 2 of 'a' is nan"),
                       NumericalError);
  CHECK(folder.n_files() == 0);
}
