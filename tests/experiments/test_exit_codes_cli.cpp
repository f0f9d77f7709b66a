// Each exit code of README and --help, as scripts meet it.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "core/npy.h"
#include "core/safetensors.h"
#include "tests/experiments/process.h"
#include "tests/sanitized.h"

using namespace basin;

namespace {

using Words = std::vector<std::string>;

const Words small{"--widths", "4", "--epochs", "1", "--quiet"};

Words small_with(Words more) {
  more.insert(more.begin(), small.begin(), small.end());
  return more;
}

// One line on stderr, and it says what to do.
void check_said(const Result& r, int code, const std::string& part) {
  CHECK_MESSAGE(r.code == code, r.err);
  CHECK_CONTAINS(r.err, part);
  CHECK_CONTAINS(r.err, "help: ");
}

}  // namespace

TEST_CASE("0 ok, 2 usage, 3 data, 4 numerical") {
  const TempFolder tmp;
  CHECK(run_program("train_mlp", small_with({"--out", tmp / "a"})).code == 0);
  check_said(run_program("train_mlp", small_with({"--out", tmp / "a"})), 2, "already holds something");
  check_said(run_program("train_mlp", small_with({"--out", tmp / "b", "--data", tmp / "no.csv"})), 3, "cannot read");
  check_said(run_program("train_mlp", small_with({"--out", tmp / "c", "--lr", "1e30"})), 4, "NaN or Inf");
}

TEST_CASE("5: a place that is no folder, or takes none") {
  const TempFolder tmp;
  const std::string file = tmp.with("file", "mine");
  check_said(run_program("train_mlp", small_with({"--out", file})), 5, "exists and is no folder");
  check_said(run_program("train_mlp", small_with({"--out", file + "/x"})), 5, "Not a directory");
  check_said(run_program("train_mlp", small_with({"--out", "/proc/basin"})), 5, "/proc/basin");
  CHECK(read_file(file) == "mine");
  const std::string pipe = tmp / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  check_said(run_program("train_mlp", small_with({"--out", pipe})), 5, "exists and is no folder");
}

TEST_CASE("5: a disk that fills while a run is written, and an answer that stdout does not take") {
  const TempFolder tmp;
  const std::string limit = "trap '' XFSZ; ulimit -f 8;";  // no file over 4 or 8 KiB: the digits' network has more
  check_said(run_in_shell(limit, "train_mlp", {"--epochs", "1", "--quiet", "--out", tmp / "a"}), 5, "cannot write");
  const Result full = run_in_shell("", "train_mlp", {"--help"}, "> /dev/full");
  CHECK(full.code == 5);
  CHECK_CONTAINS(full.err, "the answer could not be written to stdout");
}

// Sanitizers reserve terabytes of addresses, and do not start under a limit on them.
TEST_CASE("6: a network larger than memory, said before or when memory ends" * doctest::skip(sanitized)) {
  const TempFolder tmp;
  const Words large{"--widths", "1000000,1000000", "--epochs", "1", "--quiet", "--out", tmp / "a"};
  const Result r = run_in_shell("ulimit -v 4000000;", "train_mlp", large);
  CHECK_MESSAGE(r.code == 6, r.err);
  CHECK_CONTAINS(r.err, "memory");
  CHECK_CONTAINS(r.err, "help: ");
}

TEST_CASE("--help and docs/programs.md say all codes") {
  const std::string help = run_program("train_mlp", {"--help"}).out;
  const std::string document = read_file(std::string(BASIN_SOURCE_DIR) + "/docs/programs.md");
  for (const char* part :
       {"0 ok", "1 a check failed", "2 usage or config", "3 data missing or invalid", "4 numerical failure",
        "5 storage full or not writable", "6 not enough memory", "70 another failure", "130 interrupted"})
    for (const std::string& text : {help, document}) CHECK_CONTAINS(text, part);
}
