#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "experiments/cli/claim_table.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

std::vector<Claim> three() {
  return {{"C1", "rank H = rank J", 14.0, 14.0, 0, Standing::predicted, "by autodiff", 0.25},
          {"C3", "blocks Σk²", 14.0, 12.5, 1e-8, Standing::predicted, "planted", 1},
          {"C28", "sparser", std::string("-"), 0.61, 0, Standing::measured, "", 12}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    lines.push_back(text.substr(at, text.find('\n', at) - at));
  return lines;
}

}  // namespace

TEST_CASE("verdicts follow the tolerance, and NaN never passes") {
  CHECK(compare(1.0, 1.5, 0.5) == Verdict::pass);
  CHECK(compare(1.0, 1.51, 0.5) == Verdict::fail);
  CHECK(compare(NAN, NAN, 1) == Verdict::fail);
  CHECK(compare(1.0, NAN, INFINITY) == Verdict::fail);
  CHECK(compare(std::string("3,2,1"), std::string("3,2,1"), 0) == Verdict::pass);
  CHECK(compare(std::string("3,2,1"), std::string("3,2"), 9) == Verdict::fail);
  CHECK(compare(std::string("3"), 3.0, 9) == Verdict::fail);
}

TEST_CASE("claims.json holds every field, numbers as numbers") {
  TempFolder tmp;
  auto claims = three();
  claims[1].measured = NAN;
  write_claims_json(tmp / "claims.json", claims);
  auto j = nlohmann::json::parse(read_file(tmp / "claims.json"));
  REQUIRE(j.size() == 3);
  CHECK(j[0]["id"] == "C1");
  CHECK(j[0]["predicted"] == 14.0);
  CHECK(j[0]["verdict"] == "pass");
  CHECK(j[0]["how"] == "by autodiff");
  CHECK(j[1]["title"] == "blocks Σk²");
  CHECK(j[1]["tolerance"] == 1e-8);
  CHECK(j[1]["measured"].is_null());
  CHECK(j[2]["predicted"] == "-");
  CHECK(j[2]["standing"] == "measured");
  CHECK(j[2]["verdict"] == "report");
  for (const auto& row : j) CHECK_FALSE(row.contains("seconds"));
}

TEST_CASE("timings.json has each id once, with the seconds of all its rows") {
  TempFolder tmp;
  auto claims = three();
  claims.insert(claims.begin(), claims.front());
  write_timings_json(tmp / "timings.json", claims);
  const auto j = nlohmann::json::parse(read_file(tmp / "timings.json"));
  CHECK(j == nlohmann::json::parse(R"([{"id": "C1", "seconds": 0.5}, {"id": "C3", "seconds": 1.0},
                                      {"id": "C28", "seconds": 12.0}])"));
}

TEST_CASE("rows are written one by one, numbers or texts, and say what they are worth") {
  ClaimTable table("C9");
  table.expect("a", 3, std::int64_t(4)).within(1).because("close");
  table.expect("b", "1, 2", "1, 3");
  table.report("d", 7, "many").because("seen");
  const std::vector<Claim>& rows = table.rows();
  REQUIRE(rows.size() == 3);
  for (const Claim& row : rows) CHECK(row.id == "C9");
  CHECK((rows[0].verdict() == Verdict::pass && rows[0].how == "close"));
  CHECK((rows[1].verdict() == Verdict::fail && rows[1].tolerance == 0));
  CHECK((rows[2].verdict() == Verdict::report && rows[2].predicted == ClaimValue("many")));
}

TEST_CASE("the table is aligned, also with Greek letters and with colours") {
  auto lines = lines_of(claims_table(three(), false));
  REQUIRE(lines.size() == 4);
  auto columns = [](const std::string& s) {
    return std::count_if(s.begin(), s.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; });
  };
  for (const std::string& line : lines) CHECK(columns(line) == columns(lines[0]));
  CHECK(lines[2].find("fail") != std::string::npos);
  CHECK(lines[1].find('\033') == std::string::npos);
  std::string coloured = claims_table(three(), true);
  for (const char* code : {"\033[1;31m", "\033[1;32m", "\033[1;34m", "\033[0m"})
    for (std::size_t at; (at = coloured.find(code)) != std::string::npos;) coloured.erase(at, std::string(code).size());
  CHECK(coloured == claims_table(three(), false));
}

TEST_CASE("the summary names what failed, and one failure makes exit code 1") {
  auto claims = three();
  CHECK(claims_summary({}) == "nothing was predicted");
  CHECK(claims_summary(claims) == "2 predictions: 1 pass, 1 fail (C3); 1 measured");
  CHECK(claims_exit_code(claims) == 1);
  claims.erase(claims.begin() + 1);
  CHECK(claims_summary(claims) == "1 prediction: 1 pass, 0 fail; 1 measured");
  CHECK(claims_exit_code(claims) == 0);
  claims.erase(claims.begin());
  CHECK(claims_summary(claims) == "1 measured");
}

TEST_CASE("numbers are short in tables") {
  CHECK(value_text(26.0) == "26");
  CHECK(value_text(1e-8) == "1e-08");
  CHECK(value_text(0.123456789) == "0.123457");
  CHECK(value_text(std::string("a")) == "a");
}
