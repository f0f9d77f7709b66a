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

using Row = std::array<std::string, 7>;
constexpr Row heads = {"claim", "title", "predicted", "measured", "tolerance", "verdict", "seconds"};

Row row_of(const Claim& c) {
  return {c.id,
          c.title,
          value_text(c.predicted),
          value_text(c.measured),
          value_text(c.tolerance),
          verdict_text(c.verdict),
          fmt::format("{:.2f}", c.seconds)};
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  std::string blanks(width - std::min(width, columns_of(text)), ' ');
  return right ? blanks + text : text + blanks;
}

std::string line(const Row& row, const std::array<std::size_t, 7>& widths) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    bool right = i == 2 || i == 3 || i == 4 || i == 6;
    out += (i ? "  " : "") + padded(row[i], widths[i], right);
  }
  return out;
}

Colour colour_of(Verdict verdict) {
  return verdict == Verdict::pass ? Colour::green : verdict == Verdict::fail ? Colour::red : Colour::blue;
}

}  // namespace

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

void write_claims_json(const std::string& path, std::span<const Claim> claims) {
  auto list = nlohmann::ordered_json::array();
  for (const Claim& c : claims)
    list.push_back({{"id", c.id},
                    {"title", c.title},
                    {"predicted", as_json(c.predicted)},
                    {"measured", as_json(c.measured)},
                    {"tolerance", c.tolerance},
                    {"verdict", verdict_text(c.verdict)},
                    {"seconds", c.seconds},
                    {"how", c.how}});
  write_atomically(path, list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string claims_table(std::span<const Claim> claims, bool colour) {
  std::array<std::size_t, 7> widths{};
  auto widen = [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  };
  widen(heads);
  for (const Claim& c : claims) widen(row_of(c));
  std::string out = line(heads, widths) + "\n";
  for (const Claim& c : claims) {
    Row row = row_of(c);
    std::string plain = padded(row[5], widths[5], false), verdict = coloured(plain, colour_of(c.verdict), colour);
    widths[5] += verdict.size() - plain.size();  // escapes take bytes but no columns
    row[5] = verdict;
    out += line(row, widths) + "\n";
    widths[5] -= verdict.size() - plain.size();
  }
  return out;
}

std::string claims_summary(std::span<const Claim> claims) {
  if (claims.empty()) return "nothing was predicted";
  std::size_t passed = 0;
  std::vector<std::string> failed;
  for (const Claim& c : claims) {
    passed += c.verdict == Verdict::pass;
    if (c.verdict == Verdict::fail) failed.push_back(c.id);
  }
  std::string text =
      fmt::format("{} claim{}: {} pass, {} fail", claims.size(), claims.size() == 1 ? "" : "s", passed, failed.size());
  if (!failed.empty()) text += fmt::format(" ({})", fmt::join(failed, ", "));
  std::size_t reported = claims.size() - passed - failed.size();
  return reported ? text + fmt::format(", {} reported", reported) : text;
}

int claims_exit_code(std::span<const Claim> claims) {
  bool failed = std::ranges::any_of(claims, [](const Claim& c) { return c.verdict == Verdict::fail; });
  return failed ? exit_check_failed : exit_ok;
}

}  // namespace basin::experiments
