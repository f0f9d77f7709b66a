#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/experiments/process.h"

using basin::read_file;
namespace fs = std::filesystem;

namespace {

Result fibre_walk(const std::string& out, const std::vector<std::string>& more) {
  return run_program(
      "fibre_walk",
      with_options({"--out",   out,    "--moduli", "5", "--grids", "4",  "--trained", "1",  "--epochs",  "200",
                    "--steps", "0.01", "--walks",  "1", "--draws", "60", "--warm-up", "40", "--threads", "1"},
                   more));
}

}  // namespace

TEST_CASE("fibre_walk leaves claims, a figure and a report") {
  TempFolder tmp;
  const Result r = fibre_walk(tmp / "a", {});
  CHECK(r.code == 0);
  CHECK_CONTAINS(r.err, "1/2 C34: ");
  CHECK_CONTAINS(r.out, "21 predictions: 21 pass, 0 fail; 1 measured\n" + tmp / "a/report.html" + "\n");
  for (const char* ending : {".csv", ".gp", ".svg"}) CHECK(fs::exists(tmp / "a/figures/bounds" + ending));
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "Beside 1 of 1 exact networks");
  const auto rows = nlohmann::json::parse(read_file(tmp / "a/results.json")).at("networks").at("rows");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].at("rank") == 113);
  CHECK(rows[0].at("along") == "125");
  CHECK(rows[1].at("network") == "5: seed 1");
  CHECK(nlohmann::json::parse(read_file(tmp / "a/manifest.json")).at("status") == "finished");
}

TEST_CASE("fibre_walk repeats byte for byte from its config, on any number of threads") {
  TempFolder tmp;
  CHECK(fibre_walk(tmp / "a", {"--quiet"}).code == 0);
  const Result again =
      run_program("fibre_walk", {"--config", tmp / "a/config.toml", "--out", tmp / "b", "--threads", "2", "--quiet"});
  CHECK(again.code == 0);
  CHECK(again.err == "");
  const auto networks = [&](const char* run) {
    return nlohmann::json::parse(read_file(tmp / run)).at("networks").dump();
  };
  CHECK(networks("a/results.json") == networks("b/results.json"));
}

TEST_CASE("fibre_walk refuses what it cannot do, before a folder is made") {
  TempFolder tmp;
  const Result even = fibre_walk(tmp / "a", {"--moduli", "5,8"});
  CHECK(even.code == 2);
  CHECK_CONTAINS(even.err, "--moduli has 8; wanted odd numbers");
  CHECK_CONTAINS(fibre_walk(tmp / "a", {"--grids", "", "--trained", "0", "--epochs", "20000"}).err, "no networks");
  CHECK_CONTAINS(fibre_walk(tmp / "a", {"--moduli", ""}).err, "no networks");
  CHECK_CONTAINS(fibre_walk(tmp / "a", {"--steps", ""}).err, "--steps is empty");
  CHECK_CONTAINS(fibre_walk(tmp / "a", {"--grids", "3,3"}).err, "once");
  const Result unused = fibre_walk(tmp / "a", {"--trained", "0"});
  CHECK(unused.code == 2);
  CHECK_CONTAINS(unused.err, "--epochs 200 has no effect");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--grids", "2"}, {"--steps", "0"}, {"--walks", "0"}, {"--draws", "10"}, {"--json"}, {"--resume"}})
    CHECK(fibre_walk(tmp / "a", words).code == 2);
  CHECK_FALSE(fs::exists(tmp / "a"));
  CHECK_CONTAINS(run_program("fibre_walk", {"--help"}).out, "--n-beta");
}
