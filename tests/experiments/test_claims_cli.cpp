#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/experiments/process.h"

using basin::read_file;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

Result claims(const std::string& out, const Words& more) {
  return run_program("claims", with_options({"--out", out, "--quiet", "--nets", "1", "--mixed-nets", "2"}, more));
}

}  // namespace

TEST_CASE("claims prints a table and writes claims.json") {
  TempFolder tmp;
  const Result r = claims(tmp / "a", {"--only", "C3,C5"});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK(r.out.starts_with("claim  title "));
  CHECK_CONTAINS(r.out, "4 predictions: 4 pass, 0 fail\n" + tmp / "a/claims.json" + "\n");
  const auto list = nlohmann::json::parse(read_file(tmp / "a/claims.json"));
  REQUIRE(list.size() == 4);
  CHECK(list.front().at("id") == "C3");
  CHECK(list.back().at("id") == "C5");
  for (const auto& claim : list) {
    CHECK(claim.at("verdict") == "pass");
    CHECK(claim.at("predicted") == claim.at("measured"));
    for (const char* key : {"title", "tolerance", "how"}) CHECK(claim.contains(key));
    CHECK(claim.at("standing") == "predicted");
  }
  const auto timings = nlohmann::json::parse(read_file(tmp / "a/timings.json"));
  REQUIRE(timings.size() == 2);
  CHECK(timings[1].at("id") == "C5");
  CHECK(timings[1].at("seconds") > 0);
  CHECK(nlohmann::json::parse(read_file(tmp / "a/manifest.json")).at("status") == "finished");
}

TEST_CASE("with --json stdout is the list of claims.json and nothing else") {
  TempFolder tmp;
  const Result r = run_program("claims", {"--out", tmp / "a", "--only", "C3", "--nets", "1", "--json"});
  CHECK(nlohmann::json::parse(r.out) == nlohmann::json::parse(read_file(tmp / "a/claims.json")));
  CHECK_CONTAINS(r.err, "1/1 C3: ");
}

TEST_CASE("claims.json is equal byte for byte if the seed and the config are") {
  TempFolder tmp;
  CHECK(claims(tmp / "a", {"--only", "C3, C8", "--seed", "4", "--threads", "1"}).code == 0);
  CHECK(run_program("claims", {"--config", tmp / "a/config.toml", "--out", tmp / "b", "--threads", "3"}).code == 0);
  CHECK(read_file(tmp / "a/claims.json") == read_file(tmp / "b/claims.json"));
  CHECK(nlohmann::json::parse(read_file(tmp / "a/claims.json")).back().at("id") == "C8");
}

TEST_CASE("an unknown claim is refused with the nearest, before a folder is made") {
  TempFolder tmp;
  for (const char* ids : {"C99", "C9,C99", "c9"}) {
    const Result r = claims(tmp / "a", {"--only", ids});
    CHECK(r.code == 2);
    CHECK(r.out == "");
    CHECK_CONTAINS(r.err, "help: did you mean C9? There are C1 to C47");
    CHECK_FALSE(fs::exists(tmp / "a"));
  }
}

TEST_CASE("claims refuses wrong options and a folder that is taken with exit code 2") {
  TempFolder tmp;
  const auto refused = [&](const Words& words, const std::string& part) {
    const Result r = claims(tmp / "a", words);
    CHECK(r.code == 2);
    CHECK_CONTAINS(r.err, part);
  };
  refused({"--onyl", "C3"}, "did you mean --only?");
  refused({"--nets", "0"}, "given '0'");
  refused({"--resume"}, "there is no run in");
  refused({"--shard", "4/3"}, "wanted I/N with I from 1 to N");
  CHECK(claims(tmp / "a", {"--only", "C3"}).code == 0);
  refused({"--only", "C5"}, "already holds something");
  CHECK(claims(tmp / "a", {"--only", "C5", "--force"}).code == 0);
  const Result missing = claims(tmp / "b", {"--config", tmp / "no.toml"});
  CHECK(missing.code == 3);
  CHECK_CONTAINS(missing.err, "cannot read " + tmp / "no.toml");
}

TEST_CASE("claims' help has every option and every claim") {
  const Result r = run_program("claims", {"--help"});
  CHECK(r.code == 0);
  for (const char* option : {"only", "nets", "mixed-nets", "seed", "threads", "preset", "config", "set", "out", "force",
                             "quiet", "json", "help", "version"})
    CHECK_CONTAINS(r.out, std::string("  --") + option);
  for (int i = 1; i <= 9; ++i) CHECK_CONTAINS(r.out, "\n  C" + std::to_string(i) + "  ");
}
