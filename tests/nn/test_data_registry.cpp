#include <doctest/doctest.h>

#include <cmath>

#include "nn/data/registry.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::nn;

namespace {

struct CsvFile {
  TempFolder folder;
  std::string path;
  explicit CsvFile(const std::string& text) : path(folder.with("own.csv", text)) {}
};

}  // namespace

TEST_CASE("the last column of a CSV file is the target, whole numbers are labels") {
  const CsvFile file("a,b,label\n1,2,0\n3,4,2\n5,6,1\n");
  const Dataset data = read_csv_data(file.path, {});
  CHECK(data.x.data == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(data.y.shape == Shape{3});
  CHECK(data.y.data == std::vector<float>{0, 2, 1});
  CHECK(data.classes == 3);
  CHECK(data.source == file.path);
}

TEST_CASE("a CSV target may be any column, and of a forced kind") {
  const CsvFile file("a,b,c\n0,2,1.5\n1,4,2\n1,6,1\n");
  const Dataset middle = read_csv_data(file.path, {.target = "b"});
  CHECK(middle.classes == 0);  // 7 classes for 3 rows: numbers, not labels
  CHECK(middle.y.shape == Shape{3, 1});
  CHECK(middle.x.data == std::vector<float>{0, 1.5, 1, 2, 1, 1});
  CHECK(read_csv_data(file.path, {.target = "b", .kind = TargetKind::classification}).classes == 7);
  CHECK(read_csv_data(file.path, {.target = "a"}).classes == 2);
  CHECK(read_csv_data(file.path, {.target = "a", .kind = TargetKind::regression}).y.shape == Shape{3, 1});
  CHECK(read_csv_data(file.path, {}).classes == 0);
}

TEST_CASE("a CSV file that does not fit is refused") {
  const auto refused = [](const std::string& text, const CsvOptions& options, const char* why) {
    const CsvFile file(text);
    CHECK_THROWS_WITH_AS(read_csv_data(file.path, options), doctest::Contains(why), Error);
  };
  refused("width,height,label\n1,2,0\n", {.target = "hight"}, "help: did you mean 'height'?");
  refused("label\n1\n", {}, "1 columns, wanted at least one input");
  const CsvOptions labels{.kind = TargetKind::classification};
  refused("a,y\n1,0.5\n", labels, "y row 0, column 0 is 0.5");
  refused("a,y\n1,0\n2,-3\n", labels, "y row 1, column 0 is -3");
  refused("a,y\n1,-3\n", labels, "the largest label is -3");
  refused("a,y\n1,1e9\n", labels, "wanted 0 to 65535");
  refused("a,y\n1e300,0\n", {}, "x row 0, column 0 is inf");
  CHECK_THROWS_AS(read_csv_data("/nonexistent.csv", {}), DataError);
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

TEST_CASE("every data set with a recipe loads by its name") {
  DataOptions options;
  options.modulus = 11;
  options.toy.samples = 100;
  for (const std::string& name : data_names()) {
    if (name == "mnist" || name == "fashion-mnist") continue;
    CAPTURE(name);
    const Split split = load_data(name, options);
    CHECK(split.train.size() > split.test.size());
    CHECK(split.train.inputs() == split.test.inputs());
    CHECK(split.train.outputs() == split.test.outputs());
  }
  CHECK(load_data("parity", options).train.classes == 0);
  options.parity_classes = true;
  CHECK(load_data("parity", options).train.classes == 16);
  CHECK(load_data("digits", options).train.size() == 1437);
  CHECK(load_data("modadd", options).train.x.shape == Shape{96, 22});
  options.tokens = true;
  CHECK(load_data("modadd", options).train.x.shape == Shape{96, 3});
}

TEST_CASE("the options reach the data") {
  DataOptions options;
  options.toy.samples = 100;
  const Split before = load_data("regression", options);
  options.seed = 5;
  const Split after = load_data("regression", options);
  CHECK(content_hash(after.train) != content_hash(before.train));
  CHECK(after.train.source.find("seed 5") != std::string::npos);
  options.train_fraction = 0.5;
  CHECK(load_data("regression", options).train.size() == 50);
  options.data_dir = "/nonexistent";
  CHECK_THROWS_WITH_AS(load_data("mnist", options), doctest::Contains("/nonexistent/mnist"), DataError);
}

TEST_CASE("a path ending in .csv is own data") {
  const CsvFile file("a,y\n1,0\n2,1\n3,0\n4,1\n5,0\n");
  DataOptions options;
  CHECK(load_data(file.path, options).train.size() == 4);
  options.standardise = true;
  const Split split = load_data(file.path, options);
  CHECK(split.train.x[0] + split.train.x[1] + split.train.x[2] + split.train.x[3] == doctest::Approx(0));
}

TEST_CASE("an unknown data set is refused with the nearest name and all names") {
  CHECK_THROWS_WITH_AS(load_data("digit", {}),
                       "no data set is called 'digit'; help: did you mean 'digits'? There are digits, fashion-mnist, "
                       "mnist, modadd, modsub, modquad, blocks, parity, regression, and any path ending in .csv",
                       UsageError);
}
