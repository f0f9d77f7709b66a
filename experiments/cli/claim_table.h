// The rows of one claim, written one by one:
//   table.expect("blocks 3, 2, 1", 14, free_directions).within(tolerance).because("sum of k^2");
//   table.report("networks where the bound is exact", "9 of 12").because("no share is predicted");
#pragma once
#include <type_traits>
#include <utility>
#include <vector>

#include "experiments/cli/claims.h"

namespace basin::experiments {

class ClaimTable {
 public:
  // A row that was just written, to say more of it at once.
  class Row {
   public:
    explicit Row(Claim& claim) : claim_(claim) {}
    Row within(double tolerance) const {  // 0 unless given
      claim_.tolerance = tolerance;
      return *this;
    }
    Row because(std::string how) const {
      claim_.how = std::move(how);
      return *this;
    }

   private:
    Claim& claim_;
  };

  explicit ClaimTable(std::string id) : id_(std::move(id)) {}

  const std::string& id() const { return id_; }
  const std::vector<Claim>& rows() const { return rows_; }

  // Values are numbers or texts.
  template <class Predicted, class Measured>
  Row expect(std::string title, Predicted predicted, Measured measured) {
    return add(std::move(title), value(std::move(predicted)), value(std::move(measured)), Standing::predicted);
  }
  // `guess` is a word for what was thought likely, and nothing that a measurement could contradict.
  template <class Measured>
  Row report(std::string title, Measured measured, std::string guess = "none") {
    return add(std::move(title), std::move(guess), value(std::move(measured)), Standing::measured);
  }

 private:
  template <class Value>
  static ClaimValue value(Value v) {
    if constexpr (std::is_arithmetic_v<Value>)
      return double(v);
    else
      return v;
  }
  Row add(std::string title, ClaimValue predicted, ClaimValue measured, Standing standing) {
    return Row(rows_.emplace_back(Claim{.id = id_,
                                        .title = std::move(title),
                                        .predicted = std::move(predicted),
                                        .measured = std::move(measured),
                                        .standing = standing}));
  }

  std::string id_;
  std::vector<Claim> rows_;
};

}  // namespace basin::experiments
