#include "core/names.h"

#include <doctest/doctest.h>

#include <vector>

using namespace basin;

TEST_CASE("the nearest name is the one with the fewest edits, the first of equals") {
  const std::vector<std::string> known{"epochs", "seed", "seeds"};
  CHECK(nearest_name("epoch", known) == "epochs");
  CHECK(nearest_name("sees", known) == "seed");
  CHECK(nearest_name("x", {}) == "");
}

TEST_CASE("a near name is a slip away: one letter in three, and letters that changed places are one slip") {
  const std::vector<std::string> known{"epochs", "widths", "out", "resume"};
  CHECK(near_name("epoch", known) == "epochs");
  CHECK(near_name("widht", known) == "widths");
  CHECK(near_name("uot", known) == "out");
  CHECK(near_name("hidden-size", known) == "");
  CHECK(near_name("zzz", known) == "");
  CHECK(near_name("x", {}) == "");
}

TEST_CASE("letters are made small, and nothing else") { CHECK(lower_case("ReLU_2Ä") == "relu_2Ä"); }

TEST_CASE("patterns fit names, and all that stands below one") {
  CHECK(matches_glob("blocks.*.W_Q", "blocks.0.attn.W_Q"));
  CHECK_FALSE(matches_glob("blocks.*.W_Q", "blocks.0.attn.W_K"));
  CHECK(matches_glob("W_[QK]", "W_Q"));
  CHECK_FALSE(matches_glob("W_[QK]", "W_V"));
  CHECK(matches_glob("b?", "b1"));
  CHECK_FALSE(matches_glob("b?", "b10"));
  CHECK(matches_glob("blocks.0", "blocks.0.attn.W_Q"));
  CHECK(matches_glob("blocks.0", "blocks.0"));
  CHECK_FALSE(matches_glob("blocks.1", "blocks.10.attn"));
  CHECK(matches_glob("*", ""));
  CHECK_FALSE(matches_glob("", "x"));
  CHECK(matches_glob("[", "["));
}
