#include "experiments/cli/claims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/file.h"
#include "experiments/cli/main.h"
#include "experiments/cli/terminal.h"

namespace basin::experiments {
namespace {

nlohmann::ordered_json as_json(const ClaimValue& value) {
  return std::visit([](const auto& v) { return nlohmann::ordered_json(v); }, value);
}

using Row = std::array<std::string, 8>;
using Widths = std::array<std::size_t, std::tuple_size_v<Row>>;
constexpr Row heads = {"claim", "title", "predicted", "measured", "tolerance", "standing", "verdict", "seconds"};
constexpr std::size_t verdict_column = 6;

Row row_of(const Claim& c) {
  return {c.id,
          c.title,
          value_text(c.predicted),
          value_text(c.measured),
          value_text(c.tolerance),
          standing_text(c.standing),
          verdict_text(c.verdict()),
          fmt::format("{:.2f}", c.seconds)};
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  std::string blanks(width - std::min(width, columns_of(text)), ' ');
  return right ? blanks + text : text + blanks;
}

std::string line(const Row& row, const Widths& widths) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    bool right = i == 2 || i == 3 || i == 4 || i == 7;
    out += (i ? "  " : "") + padded(row[i], widths[i], right);
  }
  return out;
}

Colour colour_of(Verdict verdict) {
  return verdict == Verdict::pass ? Colour::green : verdict == Verdict::fail ? Colour::red : Colour::blue;
}

std::vector<std::string> failed_ids(std::span<const Claim> claims) {
  std::vector<std::string> ids;
  for (const Claim& c : claims)
    if (c.verdict() == Verdict::fail) ids.push_back(c.id);
  return ids;
}

std::string in_brackets(const std::vector<std::string>& ids) {
  return ids.empty() ? "" : fmt::format(" ({})", fmt::join(ids, ", "));
}

void write_list(const std::string& path, const nlohmann::ordered_json& list) {
  write_atomically(path, list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace

Verdict Claim::verdict() const {
  return standing == Standing::measured ? Verdict::report : compare(predicted, measured, tolerance);
}

Verdict compare(const ClaimValue& predicted, const ClaimValue& measured, double tolerance) {
  bool same = predicted == measured;
  if (std::holds_alternative<double>(predicted) && std::holds_alternative<double>(measured))
    same = std::abs(std::get<double>(predicted) - std::get<double>(measured)) <= tolerance;
  return same ? Verdict::pass : Verdict::fail;
}

std::string value_text(const ClaimValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  double number = std::get<double>(value);
  bool whole = std::abs(number) < 1e15 && number == std::round(number);
  return whole ? fmt::format("{:.0f}", number) : fmt::format("{:.6g}", number);
}

std::string verdict_text(Verdict verdict) {
  return verdict == Verdict::pass ? "pass" : verdict == Verdict::fail ? "fail" : "report";
}

std::string standing_text(Standing standing) { return standing == Standing::predicted ? "predicted" : "measured"; }

void write_claims_json(const std::string& path, std::span<const Claim> claims) {
  auto list = nlohmann::ordered_json::array();
  for (const Claim& c : claims)
    list.push_back({{"id", c.id},
                    {"title", c.title},
                    {"predicted", as_json(c.predicted)},
                    {"measured", as_json(c.measured)},
                    {"tolerance", c.tolerance},
                    {"standing", standing_text(c.standing)},
                    {"verdict", verdict_text(c.verdict())},
                    {"how", c.how}});
  write_list(path, list);
}

void write_timings_json(const std::string& path, std::span<const Claim> claims) {
  auto list = nlohmann::ordered_json::array();
  for (std::size_t first = 0, end = 0; first < claims.size(); first = end) {
    double seconds = 0;
    for (; end < claims.size() && claims[end].id == claims[first].id; ++end) seconds += claims[end].seconds;
    list.push_back({{"id", claims[first].id}, {"seconds", seconds}});
  }
  write_list(path, list);
}

std::string claims_table(std::span<const Claim> claims, bool colour) {
  Widths widths{};
  auto widen = [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  };
  widen(heads);
  for (const Claim& c : claims) widen(row_of(c));
  std::string out = line(heads, widths) + "\n";
  for (const Claim& c : claims) {
    Row row = row_of(c);
    std::string& verdict = row[verdict_column];
    std::size_t& width = widths[verdict_column];
    const std::string plain = padded(verdict, width, false);
    verdict = coloured(plain, colour_of(c.verdict()), colour);
    width += verdict.size() - plain.size();  // escapes take bytes but no columns
    out += line(row, widths) + "\n";
    width = plain.size();
  }
  return out;
}

std::int64_t count_claims(std::span<const Claim> claims, Standing standing, Verdict verdict) {
  return std::ranges::count_if(claims,
                               [&](const Claim& c) { return c.standing == standing && c.verdict() == verdict; });
}

std::string claims_summary(std::span<const Claim> claims) {
  if (claims.empty()) return "nothing was predicted";
  const std::vector<std::string> wrong = failed_ids(claims);
  const auto passed = count_claims(claims, Standing::predicted, Verdict::pass),
             measured = count_claims(claims, Standing::measured, Verdict::report),
             predicted = passed + std::ssize(wrong);
  std::vector<std::string> parts;
  if (predicted)
    parts.push_back(fmt::format("{} prediction{}: {} pass, {} fail{}", predicted, predicted == 1 ? "" : "s", passed,
                                wrong.size(), in_brackets(wrong)));
  if (measured) parts.push_back(fmt::format("{} measured", measured));
  return fmt::format("{}", fmt::join(parts, "; "));
}

int claims_exit_code(std::span<const Claim> claims) {
  bool failed = std::ranges::any_of(claims, [](const Claim& c) { return c.verdict() == Verdict::fail; });
  return failed ? exit_check_failed : exit_ok;
}

}  // namespace basin::experiments
