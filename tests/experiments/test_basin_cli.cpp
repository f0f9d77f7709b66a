#include <doctest/doctest.h>

#include <filesystem>

#include "core/version.h"
#include "tests/experiments/process.h"

namespace fs = std::filesystem;

namespace {

const std::string bin = BASIN_BIN_DIR;

Result driver(std::vector<std::string> words) { return run_program("basin", std::move(words)); }

// The driver and `page` as an installed tree has them, in a folder whose name has a blank.
std::string installed(const TempFolder& tmp) {
  const fs::path prefix = tmp / "a b";
  fs::create_directories(prefix / "bin");
  fs::create_directories(prefix / "libexec/basin");
  fs::create_directories(prefix / "share/basin/pages");
  fs::copy(bin + "/basin", prefix / "bin/basin");
  fs::copy(bin + "/page", prefix / "libexec/basin/page");
  return prefix.string();
}

}  // namespace

TEST_CASE("basin lists the programs with what each does") {
  const Result r = driver({});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK_CONTAINS(r.out, "\n  train_transformer       Trains a transformer on sequences of tokens\n");
  CHECK_CONTAINS(r.out, "\n  page                    Writes the report.html of a run again from its results.json and");
  CHECK(!contains(r.out, "is not here"));
  CHECK(!contains(r.out, "test_core"));
  for (const char* word : {"--help", "-h", "help"}) CHECK(driver({word}).out == r.out);
  CHECK(driver({"--version"}).out == "basin " BASIN_VERSION "\n");
}

TEST_CASE("every program of the list answers behind basin, under the name that one types") {
  const std::string list = driver({}).out;
  int programs = 0;
  for (const auto& source : fs::directory_iterator(BASIN_SOURCE_DIR "/experiments")) {
    const std::string name = source.path().stem().string();
    if (source.path().extension() != ".cpp" || name == "basin") continue;
    ++programs;
    CHECK_CONTAINS(list, "\n  " + name + " ");
    const Result help = driver({name, "--help"});
    CHECK(help.code == 0);
    CHECK_CONTAINS(help.out, "\nusage: basin " + name);
    CHECK_CONTAINS(help.out, "\nexamples\n  basin " + name);
    CHECK(run_program(name, {"--help"}).out.find("basin " + name) == std::string::npos);
  }
  CHECK(programs > 20);
  CHECK(driver({"help", "page"}).out == driver({"page", "--help"}).out);
}

TEST_CASE("programs get their words and give their exit codes, and errors say what to type") {
  const Result wrong = driver({"train_mlp", "--epoch", "3"});
  CHECK(wrong.code == 2);
  CHECK_CONTAINS(wrong.err,
                 "basin train_mlp: error: unknown option --epoch; help: did you mean --epochs? `basin "
                 "train_mlp --help` lists all");
  CHECK_CONTAINS(driver({"page"}).err, "help: basin page --run runs/x");
  TempFolder tmp;
  tmp.with("x.npy", "no numbers");
  CHECK(driver({"describe", tmp / "x.npy"}).code == 3);
}

TEST_CASE("a run has the program's name in its folder and its files, and basin in its commands") {
  TempFolder tmp;
  const std::string run = tmp / "run";
  REQUIRE(driver({"train_mlp", "--epochs", "1", "--widths", "2", "--out", run, "--quiet"}).code == 0);
  CHECK_CONTAINS(basin::read_file(run + "/manifest.json"), "\"experiment\": \"train_mlp\"");
  CHECK_CONTAINS(basin::read_file(run + "/config.toml"), "Again: basin train_mlp --config FILE");
  CHECK(run_program("train_mlp", {"--resume", "--out", run, "--epochs", "2", "--quiet"}).code == 0);
  CHECK_CONTAINS(driver({"train_mlp", "--help"}).out, "files in runs/train_mlp/digits-seed0/");
}

TEST_CASE("what is no program is refused with what may be meant") {
  const auto refused = [](std::vector<std::string> words, const std::string& part) {
    const Result r = driver(std::move(words));
    CHECK(r.code == 2);
    CHECK(r.out == "");
    CHECK_CONTAINS(r.err, part);
  };
  refused({"trian_mlp"}, "basin: error: there is no program 'trian_mlp'; help: did you mean train_mlp? `basin --help`");
  refused({"train-mlp", "--help"}, "did you mean train_mlp?");
  refused({"help", "lok"}, "did you mean look?");
  refused({"xyzzy"}, "'xyzzy'; help: `basin --help` lists all");
  refused({"basin"}, "there is no program 'basin'");
  refused({"./look"}, "there is no program './look'");
  refused({"--seed", "3"}, "'3' behind --seed");
  refused({"--seed"}, "unknown option --seed");
  refused({"help", "look", "page"}, "'page' behind help");
}

TEST_CASE("an installed tree works where it lies: programs in libexec, pages in share") {
  TempFolder tmp;
  const std::string prefix = installed(tmp);
  fs::create_symlink(prefix + "/bin/basin", tmp / "basin");
  tmp.with("a b/share/basin/pages/kinds.md", "# Mine\n\n> {planted} networks.\n");
  fs::create_directories(tmp / "run");
  tmp.with("run/results.json", R"({"page": "kinds", "planted": 3})");
  const Result r = run_program(tmp / "basin", {"page", "--run", tmp / "run"});
  CHECK(r.err == "");
  CHECK(r.code == 0);
  CHECK_CONTAINS(basin::read_file(tmp / "run/report.html"), "<title>Mine</title>");

  const Result missing = run_program(prefix + "/bin/basin", {"look"});
  CHECK(missing.code == 70);
  CHECK_CONTAINS(missing.err, "a b/libexec/basin/look cannot be started: No such file or directory; help:");
  CHECK_CONTAINS(run_program(prefix + "/bin/basin", {}).out, "\n  look                    is not here: ");
}
