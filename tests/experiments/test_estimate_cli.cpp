// Every program says with --estimate what it will take, and does nothing else.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/experiments/process.h"

namespace {

using Words = std::vector<std::string>;

// What --estimate says of this command, in seconds.
double estimated(const std::string& program, Words words = {}) {
  CAPTURE(program);
  words.push_back("--estimate");
  const Result r = run_program(program, words);
  CHECK_MESSAGE(r.code == 0, r.err);
  CHECK_CONTAINS(r.out, "about ");
  CHECK_CONTAINS(r.out, " of memory\n");
  const std::size_t at = r.out.find('(');
  const double seconds = at == std::string::npos ? -1 : std::stod(r.out.substr(at + 1));
  CHECK(seconds >= 0);
  CHECK(seconds < 1e6);
  return seconds;
}

}  // namespace

TEST_CASE("trainings say what they take, more for more") {
  CHECK(estimated("train_mlp", {"--epochs", "400"}) > 3 * estimated("train_mlp", {"--epochs", "40"}));
  CHECK(estimated("train_mlp", {"--seeds", "0..31", "--widths", "8"}) > 0);
  CHECK(estimated("modular_addition", {"--preset", "paper"}) > estimated("modular_addition", {"--preset", "quick"}));
  CHECK(estimated("train_superposition", {"--starts", "200"}) > estimated("train_superposition"));
}

TEST_CASE("no folder is made") {
  const TempFolder tmp;
  for (const char* program : {"train_mlp", "train_superposition", "modular_addition"}) {
    estimated(program, {"--out", tmp / "run"});
    CHECK_FALSE(std::filesystem::exists(tmp / "run"));
  }
}
