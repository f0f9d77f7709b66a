// llc_oracles as its user runs it.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "experiments/llc_oracles/oracle_study.h"
#include "tests/experiments/process.h"

using namespace basin::experiments;
using basin::read_file;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

Result oracles(const std::string& out, const std::vector<std::string>& more) {
  return run_program("llc_oracles",
                     with_options({"--out", out, "--quiet", "--only", "quadratic/hmc,crossing/*-t100"}, more));
}

}  // namespace

TEST_CASE("llc_oracles prints its table and leaves results, claims, figures and a page") {
  const TempFolder tmp;
  const Result r = oracles(tmp / "a", {});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  for (const char* part : {"quadratic/hmc", "crossing/1-1-t100", "allowed", "pass", "Of 4 losses"})
    CHECK_CONTAINS(r.out, part);
  CHECK_CONTAINS(r.out, tmp / "a/report.html");
  for (const char* name : {"exact_against_estimated", "deviations"})
    CHECK(fs::exists(tmp / ("a/figures/" + std::string(name) + ".svg")));
  const Json results = Json::parse(read_file(tmp / "a/results.json"));
  CHECK(results["count"] == 4);
  CHECK(results["passed"] == 4);
  CHECK(results["failed"] == 0);
  const Json row = results["oracles"]["rows"][0];
  CHECK(row["name"] == "quadratic/hmc");
  CHECK(row["source"] == "quadratic_finite_n");
  CHECK(std::abs(row["estimate"].get<double>() / row["exact"].get<double>() - 1) < 0.01);
  CHECK(results["claims"].size() == 5);  // the quadratic's Fano factor too
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "crossing/1-1-t100");
}

TEST_CASE("results are equal byte for byte for one thread and for three, and others for another seed") {
  const TempFolder tmp;
  for (const char* threads : {"1", "3"}) CHECK(oracles(tmp / threads, {"--threads", threads}).code == 0);
  CHECK(oracles(tmp / "other", {"--seed", "2"}).code == 0);
  const std::string claims = read_file(tmp / "1/claims.json");
  CHECK(claims == read_file(tmp / "3/claims.json"));
  CHECK(claims != read_file(tmp / "other/claims.json"));
}

TEST_CASE("--json is the results and nothing else; --list names all rows and runs none") {
  const TempFolder tmp;
  const Result json = oracles(tmp / "a", {"--json", "--only", "quadratic/hmc"});
  CHECK(Json::parse(json.out)["passed"] == 1);
  const Result list = run_program("llc_oracles", {"--list", "--out", tmp / "b"});
  CHECK(list.code == 0);
  for (const char* part : {"stratum/3-3-5-ranks-3-1-1", "linear_gibbs", "units/tanh-dead", "sgnht"})
    CHECK_CONTAINS(list.out, part);
  CHECK_FALSE(fs::exists(tmp / "b"));
  const Result some = run_program("llc_oracles", {"--list", "--only", "smooth/*"});
  CHECK(std::ranges::count(some.out, '\n') == 3);
}

TEST_CASE("llc_oracles refuses unknown names with the nearest, before a folder is made") {
  const TempFolder tmp;
  const Result r = oracles(tmp / "a", {"--only", "quadratic/hmcc"});
  CHECK(r.code == 2);
  CHECK_CONTAINS(r.err, "did you mean quadratic/hmc?");
  CHECK(oracles(tmp / "a", {"--resume"}).code == 2);
  CHECK_FALSE(fs::exists(tmp / "a"));
}

TEST_CASE("a row that is off fails the run, and is counted") {
  OracleRow row{.oracle = {.name = "family/row", .tolerance = 0.01, .gamma_law = true},
                .result = {.exact = {2, 0}, .off = 0.02, .uncertainty = 0.03, .within = false, .wide = true}};
  row.result.estimate.lambda.mean = 2.04, row.result.estimate.fano = 1.01;
  CHECK(row.verdict() == "fail, wide");
  CHECK(row.family() == "family");
  const std::vector<Claim> claims = oracle_claims({row});
  REQUIRE(claims.size() == 2);
  CHECK(claims[0].verdict() == basin::experiments::Verdict::fail);
  CHECK(claims[1].verdict() == basin::experiments::Verdict::pass);
  CHECK(claims_exit_code(claims) == 1);
  const auto results = oracle_results({row});
  CHECK(results["off"] == 1);
  CHECK(results["wide"] == 1);
  CHECK(results["worst"]["name"] == "family/row");
}
