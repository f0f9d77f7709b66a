// Tables as data sets: which column is learnt, and whether as classes or as numbers.
#include "nn/data/csv_data.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "tests/core/fuzz.h"

using namespace basin;
using namespace basin::nn;
using doctest::Contains;

namespace {

using Names = std::vector<std::string>;
using Floats = std::vector<float>;

Dataset parse(const std::string& text, const CsvOptions& options = {}) {
  return parse_csv_data(text, "folder/own.csv", options);
}

void refused(const std::string& text, const CsvOptions& options, const char* why) {
  INFO("text: ", text);
  CHECK_THROWS_WITH_AS(parse(text, options), Contains(why), Error);
}

// One input, and the target of each row.
std::string table(std::int64_t rows, const std::function<std::string(std::int64_t)>& target) {
  std::string text = "x,y\n";
  for (std::int64_t i = 0; i < rows; ++i) text += std::to_string(i) + "," + target(i) + "\n";
  return text;
}

std::string cycling(std::int64_t rows, const Names& targets) {
  return table(rows, [&](std::int64_t i) { return targets[std::size_t(i) % targets.size()]; });
}

const CsvOptions as_classes{.task = Task::classification}, as_numbers{.task = Task::regression};

std::string chosen(const Dataset& data, const std::string& option) {
  for (const auto& [name, value] : data.reading.options)
    if (name == option) return value;
  return "";
}

}  // namespace

TEST_CASE("the last column of a table is the target, the others are inputs") {
  const Dataset data = parse("a,b,label\n1,2,0\n3,4,1\n5,6,1\n");
  CHECK(data.x.data == Floats{1, 2, 3, 4, 5, 6});
  CHECK(data.y.shape == Shape{3});
  CHECK(data.y.data == Floats{0, 1, 1});
  CHECK(data.classes == 2);
  CHECK(data.name == "own");
  CHECK(data.source == "folder/own.csv");
}

TEST_CASE("the target may be any column, by its name, or by its number where there are no names") {
  const Dataset middle = parse("a,b,c\n0,2,1.5\n1,4,2\n1,6,1\n", {.target = "b"});
  CHECK(middle.classes == 0);
  CHECK(middle.y.shape == Shape{3, 1});
  CHECK(middle.x.data == Floats{0, 1.5, 1, 2, 1, 1});
  CHECK(parse("7,2.5\n8,3\n", {.target = "1", .task = Task::regression}).y.data == Floats{7, 8});
}

TEST_CASE("words are classes, sorted, under their names") {
  const Dataset iris = parse("5.1,3.5,virginica\n4.9,3,setosa\n6,2,setosa\n");
  CHECK(iris.class_names == Names{"setosa", "virginica"});
  CHECK(iris.class_name(1) == "virginica");
  CHECK(iris.y.data == Floats{1, 0, 0});
  CHECK(iris.reading.said ==
        "folder/own.csv: no header: columns are called 1 to 3; target '3' is taken for 2 classes: 'setosa', "
        "'virginica'");
  CHECK(parse("x,y\n1,\"a, b\"\n2,c\n3,c\n").class_names == Names{"a, b", "c"});
}

TEST_CASE("a few whole numbers that come again are classes: those that are there") {
  const Dataset data = parse(cycling(30, {"2", "10", "1"}));
  CHECK(data.classes == 3);
  CHECK(data.class_names == Names{"1", "2", "10"});
  CHECK(Floats(data.y.data.begin(), data.y.data.begin() + 3) == Floats{1, 2, 0});
  CHECK(data.reading.said ==
        "folder/own.csv: target 'y' is taken for 3 classes: '1', '2', '10'; --task regression takes it for numbers");
  CHECK(chosen(data, "task") == "classification");
  const Dataset two = parse("x,y\n1,1\n2,2\n3,2\n");
  CHECK(two.classes == 2);
  CHECK(two.class_names == Names{"1", "2"});
  CHECK(parse("x,y\n1,1\n2,1.0\n3,2e0\n4,-1\n").classes == 0);  // three values, each once or twice
}

TEST_CASE("classes that are called 0, 1, 2 have no other names") {
  const Dataset data = parse(cycling(15, {"0", "1", "2"}));
  CHECK(data.classes == 3);
  CHECK(data.class_names.empty());
  CHECK(data.class_name(2) == "2");
}

TEST_CASE("many, rare or broken numbers are numbers") {
  const Dataset counts = parse(table(410, [](std::int64_t i) { return std::to_string(i % 41); }));
  CHECK(counts.classes == 0);
  CHECK(counts.y.shape == Shape{410, 1});
  CHECK(counts.y[40] == 40);
  CHECK(counts.reading.said ==
        "folder/own.csv: target 'y' is taken for numbers, from 0 to 40; --task classification takes its 41 values for "
        "classes");
  CHECK(chosen(counts, "task") == "regression");
  const auto up_to = [](std::int64_t n) { return [n](std::int64_t i) { return std::to_string(i % n); }; };
  CHECK(parse(table(100, up_to(most_number_classes))).classes == 20);
  CHECK(parse(table(105, up_to(most_number_classes + 1))).classes == 0);
  CHECK(parse(table(15, up_to(3))).classes == 3);
  CHECK(parse(table(14, up_to(3))).classes == 0);  // the last value is on 4 rows
  CHECK(parse(cycling(20, {"0.5", "1"})).classes == 0);
}

TEST_CASE("a task that is given is followed, and not explained away") {
  const Dataset classes = parse(cycling(6, {"0.5", "-1.5", "7"}), as_classes);
  CHECK(classes.class_names == Names{"-1.5", "0.5", "7"});
  CHECK(classes.reading.said == "folder/own.csv: target 'y' is taken for 3 classes: '-1.5', '0.5', '7'");
  const Dataset numbers = parse(cycling(20, {"0", "1"}), as_numbers);
  CHECK(numbers.y.shape == Shape{20, 1});
  CHECK(numbers.reading.said == "folder/own.csv: target 'y' is taken for numbers, from 0 to 1");
  CHECK(parse("x,y\n1,1\n2,b\n3,0\n", as_classes).class_names == Names{"0", "1", "b"});
}

TEST_CASE("a target that cannot be learnt is refused with the way out") {
  refused("x,y\n1,3\n2,3.0\n", {}, "own.csv: target 'y', column 2: '3' in all 2 rows: one class, no variance");
  refused("x,y\n1,3\n2,3.0\n", as_classes, "one class, no variance, nothing to learn; help: --target names another");
  refused("x,y\n1,a\n2,a\n", {}, "'a' in all 2 rows");
  refused("x,y\n1,5\n2,7\n3,six\n", {},
          "'six' in line 4 is a word, '5' in line 2 a number; help: mend the cell, or --task classification");
  refused("x,y\n1,yes\n2,no\n", as_numbers, "'yes' in line 2 is no number; help: --task classification learns words");
  refused("x,y\n1,a\n2,b\n3,c\n", {}, "every row has a word of its own; help: --target names another column");
  CHECK(parse("x,y\n1,a\n2,b\n3,c\n", as_classes).classes == 3);
  refused(table(most_classes + 1, [](std::int64_t i) { return std::to_string(i); }), as_classes,
          "65537 classes; wanted at most 65536");
}

TEST_CASE("a missing target is no class") {
  for (const char* cell : {"", "NA", "nan", "?", "inf"})
    refused(std::string("x,y\n1,a\n2,") + cell + "\n3,b\n", as_classes, "line 3, column 2 ('y')");
}

TEST_CASE("a column of words that is no target is refused with what to do") {
  refused("x,colour,y\n1,red,0\n2,blue,1\n", {},
          "line 2, column 2 ('colour'): 'red' is not a finite number; help: write a number; of a column of words make "
          "columns of 0 and 1 (one-hot), or drop it");
}

TEST_CASE("what does not fit a data set is refused") {
  refused("width,height,label\n1,2,0\n", {.target = "hight"}, "help: did you mean 'height'?");
  refused("1,2,0\n", {.target = "height"}, "line 1 is taken for a row, and columns are called 1 to 3");
  refused("label\n1\n", {}, "1 column, wanted at least one input and the target; cells are separated by ','");
  refused("a,y\n1e300,0\n2,1\n", {}, "x row 0, column 0 is inf");
  CHECK_THROWS_AS(read_csv_data("/nonexistent.csv", {}), DataError);
}

TEST_CASE("what was found is said, and given as options it decides the same") {
  const std::string text = "1,5;2,5\n2,5;1\n3,5;7\n";
  const Dataset found = parse(text);
  CHECK(found.reading.said ==
        "folder/own.csv: cells are separated by ';'; decimals by commas; no header: columns are called 1 to 2; target "
        "'2' is taken for numbers, from 1 to 7; --task classification takes its 3 values for classes");
  const CsvOptions again{.task = task_from(chosen(found, "task")),
                         .format = {.separator = separator_from(chosen(found, "separator")),
                                    .header = header_from(chosen(found, "header"))}};
  const Dataset same = parse(text, again);
  CHECK(content_hash(same) == content_hash(found));
  CHECK(same.reading.options == found.reading.options);
}

TEST_CASE("options have names") {
  for (const char* name : {"auto", "comma", "semicolon", "tab", "space", "pipe"})
    CHECK(separator_option(separator_from(name)) == name);
  CHECK(separator_from(";") == ';');
  CHECK(separator_option(separator_from(":")) == ":");
  for (const char* bad : {"-", "\"", "a", "", "::"}) CHECK_THROWS_AS(separator_from(bad), UsageError);
  CHECK_THROWS_WITH_AS(separator_from("dot"), Contains("wants auto, comma, semicolon, tab"), UsageError);
  for (const char* name : {"auto", "present", "absent"}) CHECK(header_option(header_from(name)) == name);
  CHECK_THROWS_WITH_AS(header_from("yes"), Contains("wants auto, present or absent; given 'yes'"), UsageError);
  for (const char* name : {"auto", "classification", "regression"}) CHECK(name_of(task_from(name)) == name);
  CHECK_THROWS_WITH_AS(task_from("classify"), Contains("wanted auto, classification, regression"), UsageError);
}

TEST_CASE("damaged tables are refused or read as data, never worse") {
  const FuzzedReader read = [](const std::string& bytes) { parse(bytes); };
  fuzz("classes", "x,z,y\n1,2,red\n2,3.5,blue\n3,4,\"red\"\n4,5,blue\n", read, 1000);
  fuzz("counts", "1;2;0\n2;3,5;1\n3;4;0\n4;5;3\n", read, 1000);
}

TEST_CASE("standardising uses the training rows alone") {
  Split split{{"t", Tensor<float>({4, 2}, {1, 7, 2, 7, 3, 7, 6, 7}), Tensor<float>({4, 1}), 0, ""},
              {"t", Tensor<float>({1, 2}, {10, 9}), Tensor<float>({1, 1}), 0, ""}};
  standardise(split);
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < 4; ++i) {
    sum += split.train.x(i, 0);
    squares += split.train.x(i, 0) * split.train.x(i, 0);
    CHECK(split.train.x(i, 1) == 0);
  }
  CHECK(sum == doctest::Approx(0));
  CHECK(squares == doctest::Approx(4));
  CHECK(split.test.x(0, 0) == doctest::Approx(7 / std::sqrt(3.5)));
  CHECK(split.test.x(0, 1) == 2);
}

TEST_CASE("a constant column is not blown up by rounding") {
  Split split{{"t", Tensor<float>({7, 1}, 0.1f), Tensor<float>({7, 1}), 0, ""},
              {"t", Tensor<float>({1, 1}, 1.1f), Tensor<float>({1, 1}), 0, ""}};
  standardise(split);
  for (const float x : split.train.x.data) CHECK(std::abs(x) < 1e-6);
  CHECK(split.test.x[0] == doctest::Approx(1));
}
