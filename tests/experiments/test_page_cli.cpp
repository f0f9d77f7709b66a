#include <doctest/doctest.h>

#include "experiments/shared/study.h"
#include "tests/experiments/process.h"

using namespace basin;
using namespace basin::experiments;
namespace fs = std::filesystem;

namespace {

Result page(std::vector<std::string> words) { return run_program("page", std::move(words)); }

// A run as run_study leaves it.
void with_run(TempFolder& tmp) {
  fs::create_directories(tmp / "run");
  tmp.with("run/results.json", R"({"page": "kinds", "planted": 3, "gap": null})");
  report::write_figure(tmp / "run/figures", "line", {.series = {{"", {1, 2}, {3, 4}}}});
  tmp.with("edited.md",
           "# Mine\n\n> {planted} networks{if gap}, with a gap{end}.\n\n## Section\n{figure line} A line.\n");
}

}  // namespace

TEST_CASE("page fills an edited page in from what a run found") {
  TempFolder tmp;
  with_run(tmp);
  const Result r = page({"--run", tmp / "run", "--page", tmp / "edited.md"});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK(r.out == tmp / "run/report.html" + "\n");
  const std::string html = read_file(tmp / "run/report.html");
  CHECK_CONTAINS(html, "3 networks.");
  CHECK_CONTAINS(html, "<svg");
}

TEST_CASE("page writes the same page again that a study wrote") {
  TempFolder tmp;
  const Result first = run_program(
      "degeneracy_kinds", {"--out", tmp / "a", "--planted", "1", "--untouched", "1", "--nets", "1", "--quiet"});
  REQUIRE(first.code == 0);
  const std::string before = read_file(tmp / "a/report.html");
  CHECK(page({"--run", tmp / "a"}).code == 0);
  CHECK(read_file(tmp / "a/report.html") == before);
}

TEST_CASE("page says what it misses, with file and line") {
  TempFolder tmp;
  with_run(tmp);
  const auto refused = [&](std::vector<std::string> words, int code, const std::string& part) {
    const Result r = page(std::move(words));
    CHECK(r.code == code);
    CHECK_CONTAINS(r.err, part);
  };
  refused({}, 2, "no --run given");
  refused({"--run", tmp / "none"}, 3, "has no results.json");
  tmp.with("wrong.md", "# Mine\n\n> {plantet} networks\n");
  refused({"--run", tmp / "run", "--page", tmp / "wrong.md"}, 3, "wrong.md:3: the results have no 'plantet'");
  for (const char* run : {"bad", "odd"}) fs::create_directory(tmp / run);
  tmp.with("bad/results.json", "[1, 2");
  refused({"--run", tmp / "bad"}, 3, "no object that names its page");
  tmp.with("odd/results.json", R"({"page": "kindes"})");
  refused({"--run", tmp / "odd"}, 2, "no page is named 'kindes'; help: the nearest is 'kinds'");
  CHECK_CONTAINS(page({"--help"}).out, "--page");
}
