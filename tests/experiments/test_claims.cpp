#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "experiments/cli/claims.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

std::vector<Claim> three() {
  return {{"C1", "rank H = rank J", 14.0, 14.0, 0, Verdict::pass, 0.25, "by autodiff"},
          {"C3", "blocks Σk²", 14.0, 12.5, 1e-8, Verdict::fail, 1, "planted"},
          {"C28", "sparser", std::string("-"), 0.61, 0, Verdict::report, 12, ""}};
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
  CHECK(j[2]["seconds"] == 12);
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
  CHECK(claims_summary(claims) == "3 claims: 1 pass, 1 fail (C3), 1 reported");
  CHECK(claims_exit_code(claims) == 1);
  claims.erase(claims.begin() + 1);
  CHECK(claims_summary(claims) == "2 claims: 1 pass, 0 fail, 1 reported");
  CHECK(claims_exit_code(claims) == 0);
}

TEST_CASE("numbers are short in tables") {
  CHECK(value_text(26.0) == "26");
  CHECK(value_text(1e-8) == "1e-08");
  CHECK(value_text(0.123456789) == "0.123457");
  CHECK(value_text(std::string("a")) == "a");
}
