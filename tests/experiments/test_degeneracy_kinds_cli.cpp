#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/experiments/process.h"

using basin::read_file;
namespace fs = std::filesystem;

namespace {

Result kinds(const std::string& out, const std::vector<std::string>& more) {
  const std::vector<std::string> words{"--out", out, "--planted", "2", "--untouched", "1", "--nets", "1"};
  return run_program("degeneracy_kinds", with_options(words, more));
}

}  // namespace

TEST_CASE("degeneracy_kinds says what it does, then leaves claims, figures and a report") {
  TempFolder tmp;
  const Result r = kinds(tmp / "a", {});
  CHECK(r.code == 0);
  CHECK_CONTAINS(r.err, "planted networks, depth 3\n");
  CHECK_CONTAINS(r.out, " 0 fail; 3 measured\n" + tmp / "a/report.html" + "\n");
  for (const char* name : {"counts_by_kind", "bound_against_truth", "untouched_networks", "slack_by_cause"})
    for (const char* ending : {".csv", ".gp", ".svg"}) CHECK(fs::exists(tmp / "a/figures/" + name + ending));
  for (const auto& claim : nlohmann::json::parse(read_file(tmp / "a/claims.json")))
    CHECK(claim.at("verdict") != "fail");
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "In 6 planted and 6 untouched random ReLU networks");
  CHECK(nlohmann::json::parse(read_file(tmp / "a/manifest.json")).at("status") == "finished");
}

TEST_CASE("degeneracy_kinds refuses a folder that is taken and options it does not have") {
  TempFolder tmp;
  tmp.with("file", "mine");
  CHECK(kinds(tmp.path(), {}).code == 2);
  CHECK(kinds(tmp / "a", {"--json"}).code == 2);
  CHECK(kinds(tmp / "a", {"--planted", "0"}).code == 2);
  CHECK_FALSE(fs::exists(tmp / "a"));
}
