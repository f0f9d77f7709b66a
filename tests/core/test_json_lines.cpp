#include "core/json_lines.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "core/file.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using doctest::Contains;

TEST_CASE("each call writes one line that is on disk when it returns") {
  const TempFolder folder;
  JsonLines metrics(folder / "m.jsonl", false);
  metrics.write({{"step", 3}, {"loss", 0.5}});
  CHECK(read_file(folder / "m.jsonl") == "{\"step\":3,\"loss\":0.5}\n");
  metrics.write({{"done", true}});
  metrics.write({});
  CHECK(read_file(folder / "m.jsonl") == "{\"step\":3,\"loss\":0.5}\n{\"done\":true}\n{}\n");
}

TEST_CASE("values are valid JSON of their own type") {
  CHECK(JsonValue(-7).str() == "-7");
  CHECK(JsonValue(std::size_t(18446744073709551615u)).str() == "18446744073709551615");
  CHECK(JsonValue(false).str() == "false");
  CHECK(JsonValue(0.1).str() == "0.1");
  CHECK(JsonValue(1e300).str() == "1e+300");
  CHECK(JsonValue(1.0f / 3).str() == "0.3333333432674408");
  CHECK(JsonValue(std::nan("")).str() == "null");
  CHECK(JsonValue(-std::numeric_limits<double>::infinity()).str() == "null");
  CHECK(JsonValue("a \"b\"\n\\").str() == R"("a \"b\"\n\\")");
  CHECK(JsonValue("é\xff").str() == "\"é\xEF\xBF\xBD\"");
  CHECK_FALSE(std::is_constructible_v<JsonValue, int*>);
}

TEST_CASE("a name appears once in a line, and the refused line is not written") {
  const TempFolder folder;
  JsonLines metrics(folder / "m.jsonl", false);
  CHECK_THROWS_WITH_AS(metrics.write({{"a", 1}, {"a", 2}}), Contains("'a' is given twice"), NameError);
  CHECK(read_file(folder / "m.jsonl").empty());
}

TEST_CASE("a new file starts empty, a continued one keeps its lines") {
  const TempFolder folder;
  const std::string path = folder.with("m.jsonl", "{\"old\":1}\n");
  JsonLines(path, true).write({{"new", 2}});
  CHECK(read_file(path) == "{\"old\":1}\n{\"new\":2}\n");
  JsonLines(path, false).write({{"new", 3}});
  CHECK(read_file(path) == "{\"new\":3}\n");
  JsonLines(folder / "fresh.jsonl", true).write({{"a", 1}});
  CHECK(read_file(folder / "fresh.jsonl") == "{\"a\":1}\n");
}

TEST_CASE("a file that ends inside a line is not continued") {
  const TempFolder folder;
  CHECK_THROWS_WITH_AS(JsonLines(folder.with("m.jsonl", "{\"old\":1}\n{\"ne"), true), Contains("incomplete; help: "),
                       DataError);
}

TEST_CASE("a full disk and a missing folder are errors with the system's reason") {
  const TempFolder folder;
  JsonLines metrics("/dev/full", false);
  CHECK_THROWS_WITH_AS(metrics.write({{"a", 1}}), Contains("cannot write /dev/full: No space left"), Error);
  CHECK_THROWS_WITH_AS(JsonLines(folder / "no/m.jsonl", false), Contains("No such file or directory"), Error);
}

TEST_CASE("keeping the first lines drops the rest, an incomplete last line included") {
  const TempFolder folder;
  const std::string path = folder.with("m.jsonl", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\"");
  keep_json_lines(path, 3);
  CHECK(read_file(path) == "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
  keep_json_lines(path, 1);
  CHECK(read_file(path) == "{\"a\":1}\n");
  keep_json_lines(path, 0);
  CHECK(read_file(path).empty());
  CHECK(folder.n_files() == 1);
}

TEST_CASE("keeping lines that are not there or not JSON is refused and changes nothing") {
  const TempFolder folder;
  const std::string text = "{\"a\":1}\n[2]\n{\"a\":3";
  const std::string path = folder.with("m.jsonl", text);
  CHECK_THROWS_WITH_AS(keep_json_lines(path, 2), Contains("line 2 is not a JSON object: '[2]'"), DataError);
  CHECK_THROWS_WITH_AS(keep_json_lines(folder.with("n.jsonl", "{}\n{"), 2), Contains("1 complete lines, 2 are"),
                       DataError);
  CHECK_THROWS_AS(keep_json_lines(folder / "none", 1), DataError);
  CHECK_THROWS_AS(keep_json_lines(path, -1), UsageError);
  CHECK(read_file(path) == text);
}
