// Claims: what theory predicts, what was measured, and the verdict. Rows that predict nothing are kept beside them, and
// counted apart.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <variant>

#include "core/error.h"

namespace basin::experiments {

enum class Standing {
  predicted,  // the measurement could have contradicted theory
  measured    // nothing was predicted, the measurement is the result
};
enum class Verdict { pass, fail, report };  // report: of what was only measured

using ClaimValue = std::variant<double, std::string>;

struct Claim {
  std::string id = {}, title = {};
  ClaimValue predicted = {}, measured = {};
  double tolerance = 0;  // on |predicted - measured|, for numbers
  Standing standing = Standing::predicted;
  std::string how = {};  // the experiment in one sentence
  double seconds = 0;    // its share of what its id took

  Verdict verdict() const;
};
inline auto fields(Claim& c) {
  return std::tie(c.id, c.title, c.predicted, c.measured, c.tolerance, c.standing, c.how, c.seconds);
}

// Numbers: pass when |predicted - measured| <= tolerance (never with NaN). Texts: when equal. A text against a number
// fails.
Verdict compare(const ClaimValue& predicted, const ClaimValue& measured, double tolerance);

std::string value_text(const ClaimValue& value);  // numbers in the shortest form, at most 6 significant digits
std::string verdict_text(Verdict verdict);
std::string standing_text(Standing standing);  // "predicted", "measured"

// A JSON list of objects, numbers in full, NaN as null, and nothing that differs from run to run. Written atomically;
// Error when it cannot be.
void write_claims_json(const std::string& path, std::span<const Claim> claims);
void write_timings_json(const std::string& path, std::span<const Claim> claims);  // the same: [{id, seconds}], ids once

std::string claims_table(std::span<const Claim> claims, bool colour);  // for a terminal, one line per row
// "9 predictions: 8 pass, 1 fail (C4); 12 measured", without what there is none of; "nothing
// was predicted" without rows.
std::string claims_summary(std::span<const Claim> claims);
std::int64_t count_claims(std::span<const Claim> claims, Standing standing, Verdict verdict);
int claims_exit_code(std::span<const Claim> claims);  // 1 if any fails, whatever its standing, else 0

}  // namespace basin::experiments
