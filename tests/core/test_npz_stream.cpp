#include "core/npz_stream.h"

#include <doctest/doctest.h>

#include <numeric>

#include "core/file.h"
#include "core/npz.h"
#include "core/parallel.h"
#include "tests/core/temp_folder.h"

using namespace basin;

namespace {

std::vector<double> counted(std::int64_t first, std::int64_t count) {
  std::vector<double> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), double(first));
  return numbers;
}

const std::vector<std::pair<std::string, Shape>> arrays{{"b", {10, 3}}, {"a.c", {6}}, {"none", {0, 4}}};

void fill(NpzStream& out, std::int64_t step, int threads) {
  parallel_for(threads, 10 / step, [&](std::int64_t i, int) {
    const std::int64_t first = 10 - (i + 1) * step;  // from the end
    out.write("b", first, counted(3 * first, 3 * step));
  });
  out.write("a.c", 4, counted(4, 2));
  out.write("a.c", 0, counted(0, 4));
}

}  // namespace

TEST_CASE("arrays that were written in pieces are read whole, and the pieces do not show") {
  const TempFolder tmp;
  for (const std::int64_t step : {1, 2, 5, 10}) {
    NpzStream out(tmp / "a.npz", arrays);
    fill(out, step, int(step));
    CHECK_FALSE(std::filesystem::exists(tmp / "a.npz"));
    out.keep();
    const auto read = read_npz(tmp / "a.npz");  // checks checksums
    REQUIRE(read.size() == 3);
    CHECK(read.at("b").shape == Shape{10, 3});
    CHECK(read.at("b").data == counted(0, 30));
    CHECK(read.at("a.c").data == counted(0, 6));
    CHECK(read.at("none").shape == Shape{0, 4});
    const std::string bytes = read_file(tmp / "a.npz");
    static const std::string first = bytes;
    CHECK(bytes == first);
    std::filesystem::remove(tmp / "a.npz");
  }
}

TEST_CASE("what is not whole does not stay") {
  const TempFolder tmp;
  {
    NpzStream out(tmp / "a.npz", {{"b", {4, 2}}});
    out.write("b", 0, counted(0, 4));
    CHECK_THROWS_WITH_AS(out.keep(), doctest::Contains("missing or were written twice"), UsageError);
    out.write("b", 1, counted(0, 6));
    CHECK_THROWS_AS(out.keep(), UsageError);
  }
  CHECK(tmp.n_files() == 0);
}

TEST_CASE("arrays and rows that are not there are refused") {
  const TempFolder tmp;
  CHECK_THROWS_AS(NpzStream(tmp / "a.npz", {}), UsageError);
  CHECK_THROWS_AS(NpzStream(tmp / "a.npz", {{"", {1}}}), NameError);
  CHECK_THROWS_AS(NpzStream(tmp / "a.npz", {{"b", {1}}, {"b", {2}}}), NameError);
  CHECK_THROWS_AS(NpzStream(tmp / "a.npz", {{"b", {}}}), ShapeError);
  CHECK_THROWS_AS(NpzStream(tmp / "no/a.npz", {{"b", {1}}}), StorageError);
  NpzStream out(tmp / "a.npz", {{"b", {4, 2}}});
  CHECK_THROWS_AS(out.write("c", 0, counted(0, 2)), NameError);
  CHECK_THROWS_AS(out.write("b", 0, counted(0, 3)), ShapeError);
  CHECK_THROWS_AS(out.write("b", 3, counted(0, 4)), ShapeError);
  CHECK_THROWS_AS(out.write("b", -1, counted(0, 2)), ShapeError);
}
