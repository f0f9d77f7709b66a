// Tables as they come out of spreadsheets, R, numpy and pandas.
#include "core/csv_text.h"

#include <doctest/doctest.h>

#include "core/csv.h"

using namespace basin;
using doctest::Contains;

namespace {

using Names = std::vector<std::string>;
using Numbers = std::vector<double>;

void refuses_table(std::string_view text, const char* why, CsvFormat format = {}) {
  INFO("text: ", std::string(text));
  CHECK_THROWS_WITH_AS(parse_csv(text, "x.csv", format), Contains(why), DataError);
}

// Every character in two bytes, as Windows calls "Unicode".
std::string utf16(std::string_view text, bool little, bool marked) {
  std::string bytes = !marked ? "" : little ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : text) bytes += little ? std::string{c, '\0'} : std::string{'\0', c};
  return bytes;
}

}  // namespace

TEST_CASE("the separator is found: tab, semicolon, pipe, comma, or blanks") {
  struct Case {
    const char* text;
    char separator;
  };
  for (const auto& [text, separator] : {Case{"x,y\n1,2\n", ','},
                                        {"x;y\n1;2\n", ';'},
                                        {"x\ty\n1\t2\n", '\t'},
                                        {"x|y\n1|2\n", '|'},
                                        {"x y\n1 2\n", ' '},
                                        {"  x \t y\n   1   2  \n", ' '},
                                        {"x (a, b);y\n1;2\n", ';'},
                                        {"\"x;a\",y\n1,2\n", ','},
                                        {"x a, y b\n1, 2\n", ','},
                                        {"x; a,y\n1,2\n", ','}}) {
    INFO("text: ", text);
    const CsvTable table = parse_csv(text, "x.csv");
    CHECK(table.format.separator == separator);
    CHECK(table.values.data == Numbers{1, 2});
  }
  const CsvTable one = parse_csv("a name of blanks\n1\n2\n", "x.csv");
  CHECK(one.columns == Names{"a name of blanks"});
  CHECK(one.values.data == Numbers{1, 2});
}

TEST_CASE("a separator that is given is not looked for") {
  CHECK(parse_csv("x;a,y;b\n1,2\n", "x.csv", {.separator = ','}).columns == Names{"x;a", "y;b"});
  refuses_table("x,y\n1,2,3\n", "'1,2,3' is not a finite number", {.separator = '|', .header = Header::present});
}

TEST_CASE("decimal commas are numbers where commas do not separate") {
  for (const char* text : {"x;y\n3,14;-2,5e1\n", "x\ty\n3,14\t-2,5e1\n", "x y\n3,14 -2,5e1\n", "3,14;-2,5e1\n"}) {
    INFO("text: ", text);
    const CsvTable table = parse_csv(text, "x.csv");
    CHECK(table.values.data == Numbers{3.14, -25});
    CHECK(table.decimal_comma);
  }
  CHECK_FALSE(parse_csv("x;y\n3.14;2\n", "x.csv").decimal_comma);
}

TEST_CASE("commas that may part thousands are refused") {
  refuses_table("x;y\n1,5;2\n1;2.5\n",
                "line 3, column 2 ('y'): '2.5' has a decimal point, '1,5' in line 2 a decimal comma");
  refuses_table("x;y\n1.5;1,234\n",
                "line 2, column 2 ('y'): '1,234' has a decimal comma, '1.5' in line 2 a decimal point");
  refuses_table("x;y\n1.234,5;1\n", "'1.234,5' is not a finite number; help: decimal commas need");
  refuses_table("x;y\n1,234,567;1\n", "'1,234,567' is not a finite number");
  refuses_table("x,y\n\"3,14\",1\n",
                "'3,14' is not a finite number; help: decimal commas need cells separated by ; or tab");
}

TEST_CASE("line 1 is a row where it has numbers and no word above a number") {
  const CsvTable none = parse_csv("5.1,3.5\n4.9,3\n", "x.csv");
  CHECK(none.columns == Names{"1", "2"});
  CHECK(none.values.shape == Shape{2, 2});
  CHECK(none.line_of(0) == 1);
  CHECK(parse_csv("2019,2020,y\n1,2,3\n", "x.csv").columns == Names{"2019", "2020", "y"});
  CHECK(parse_csv("x,y\n1,2\n", "x.csv").line_of(0) == 2);
  CHECK(parse_csv("1,2\n3,4\n", "x.csv", {.header = Header::present}).columns == Names{"1", "2"});
  CHECK(parse_csv("0,1\n3,4\n", "x.csv", {.header = Header::absent}).values.shape == Shape{2, 2});
  CHECK(parse_csv("7,8\n", "x.csv").values.data == Numbers{7, 8});
}

TEST_CASE("the words of a column below a first line of words and numbers make it a row") {
  CsvLines iris("5.1,3.5,setosa\n4.9,3,virginica\n", "x.csv");
  CHECK(iris.format().header == Header::absent);
  REQUIRE(iris.next());
  CHECK(iris.cells() == Names{"5.1", "3.5", "setosa"});
  CHECK(iris.where(2) == "x.csv: line 1, column 3 ('3')");
}

TEST_CASE("a first line that counts is not guessed at") {
  refuses_table("0,1,2\n5,6,7\n", "line 1 counts 0 to 2: names of columns, or a row?; help: name columns by words");
  refuses_table("0,1,2,label\n5,6,7,red\n", "line 1 counts 0 to 2");
  CHECK(parse_csv("0,1,2,label\n5,6,7,8\n", "x.csv").columns == Names{"0", "1", "2", "label"});
  CHECK(parse_csv("0,2,1\n5,6,7\n", "x.csv").values.rows() == 2);
}

TEST_CASE("an index that has no name is pointed at") {
  refuses_table(",x,y\n0,1,2\n",
                "line 1, column 1: a name must be one non-empty line; help: name the column, or leave it out");
}

TEST_CASE("quoted cells are read whole") {
  const CsvTable table = parse_csv("\"x\",\"y\"\r\n\"1.5\", \"2\" \r\n", "x.csv");
  CHECK(table.values.data == Numbers{1.5, 2});
  CsvLines words("x,y\n1,\"a, \"\"b\"\" \"\n", "x.csv");
  REQUIRE(words.next());
  CHECK(words.cells()[1] == "a, \"b\" ");
  refuses_table("x,y\n1,\"2\n3\",4\n", "line 2: a quote is not closed: '\"2'; help: a cell stands on one line");
  refuses_table("x,y\n\"1\"2,3\n", "line 2: '2' follows a closing quote");
}

TEST_CASE("UTF-16 is named, with the command that mends it") {
  for (const bool little : {true, false}) {
    refuses_table(utf16("x,y\n1,2\n", little, true),
                  "the text is UTF-16; wanted UTF-8; help: iconv -f UTF-16 -t UTF-8 x.csv");
    refuses_table(utf16("x,y\n1,2\n", little, false), little ? "iconv -f UTF-16LE" : "iconv -f UTF-16BE");
  }
  refuses_table(std::string_view("x,y\n1,\0\n", 8), "line 2: a NUL byte, which no text has");
}

TEST_CASE("lines may end in LF or CR LF, not in CR alone") {
  refuses_table("x,y\r1,2\r3,4\r", "lines end in CR alone; wanted LF or CR LF; help: tr '\\r' '\\n' < x.csv");
}

TEST_CASE("blank lines are for the end") {
  refuses_table("x,y\n1,2\n\n3,4\n", "line 3: the line is blank; help: remove it");
}

TEST_CASE("a row of another length says what separates") {
  refuses_table("x;y\n1;2\n3;4;5\n", "line 3: 3 cells, the header names 2; help: cells are separated by ';'");
  refuses_table("1.5,2\n3\n", "line 2: 1 cells, line 1 has 2");
  refuses_table("x\ty\n1\t2\n3\t\n", "line 3: 1 cells");
  refuses_table("x\ty\n1\t\n3\t4\n", "line 2, column 2 ('y'): '' is not a finite number; help: remove the row or fill");
}

TEST_CASE("lines of a hundred thousand cells are read") {
  std::string names, numbers;
  for (int i = 0; i < 100000; ++i) {
    names += (i ? ",c" : "c") + std::to_string(i);
    numbers += (i ? ",0." : "0.") + std::to_string(i);
  }
  const CsvTable table = parse_csv(names + "\n" + numbers + "\n" + numbers + "\n", "x.csv");
  CHECK(table.values.shape == Shape{2, 100000});
  CHECK(table.values(1, 99999) == 0.99999);
  refuses_table(names + "\n" + numbers + ",1\n", "line 2: 100001 cells, the header names 100000");
}
