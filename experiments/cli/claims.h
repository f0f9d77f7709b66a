// Claims: what theory predicts, what was measured, and the verdict.
#pragma once
#include <span>
#include <string>
#include <variant>

#include "core/error.h"

namespace basin::experiments {

enum class Verdict { pass, fail, report };  // report: nothing was predicted, the measurement is the result

using ClaimValue = std::variant<double, std::string>;

struct Claim {
  std::string id = {}, title = {};
  ClaimValue predicted = {}, measured = {};
  double tolerance = 0;  // on |predicted - measured|, for numbers
  Verdict verdict = Verdict::report;
  double seconds = 0;
  std::string how = {};  // the experiment in one sentence
};

// Numbers: pass when |predicted - measured| <= tolerance (never with NaN). Texts: when equal. A text against a number
// fails.
Verdict compare(const ClaimValue& predicted, const ClaimValue& measured, double tolerance);

std::string value_text(const ClaimValue& value);  // numbers in the shortest form, at most 6 significant digits
std::string verdict_text(Verdict verdict);

// A JSON list of objects, numbers in full, NaN as null. Written atomically; Error when it cannot be.
void write_claims_json(const std::string& path, std::span<const Claim> claims);

std::string claims_table(std::span<const Claim> claims, bool colour);  // for a terminal, one line per claim
std::string claims_summary(std::span<const Claim> claims);  // "9 claims: 8 pass, 1 fail (C4)", "nothing was predicted"
int claims_exit_code(std::span<const Claim> claims);        // 1 if any fails, else 0

}  // namespace basin::experiments
