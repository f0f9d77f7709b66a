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

TEST_CASE("a path ending in .csv, .tsv or .txt is own data") {
  const CsvFile file("a,y\n1,0\n2,1\n3,0\n4,1\n5,0\n");
  for (const char* name : {"t.tsv", "t.txt", "T.CSV"})
    CHECK(load_data(file.folder.with(name, "a\ty\n1\t0\n2\t1\n3\t0\n4\t1\n5\t0\n"), {}).train.classes == 2);
  DataOptions options;
  CHECK(load_data(file.path, options).train.size() == 4);
  options.standardise = true;
  const Split split = load_data(file.path, options);
  CHECK(split.train.x[0] + split.train.x[1] + split.train.x[2] + split.train.x[3] == doctest::Approx(0));
}

TEST_CASE("training rows with one target alone are refused, whatever the test rows have") {
  const CsvFile file("a,y\n1,0\n2,1\n3,0\n4,0\n5,0\n");
  DataOptions options;
  const auto refusal = [&]() -> std::string {
    try {
      load_data(file.path, options);
    } catch (const DataError& e) {
      return e.what();
    }
    return "";
  };
  int refused = 0;
  for (options.seed = 0; options.seed < 20; ++options.seed) {
    const std::string text = refusal();
    if (text.empty()) continue;
    ++refused;
    CHECK(text == file.path +
                      ": the 4 training rows all have one target; help: more rows, or another --seed or "
                      "--train-fraction");
  }
  CHECK(refused > 0);
  CHECK(refused < 20);
}

TEST_CASE("an unknown data set is refused with the nearest name and all names") {
  CHECK_THROWS_WITH_AS(
      load_data("digit", {}),
      "no data set is called 'digit'; help: did you mean 'digits'? There are digits, fashion-mnist, "
      "mnist, modadd, modsub, modquad, blocks, parity, regression, and any path ending in .csv, .tsv or .txt",
      UsageError);
}
