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

TEST_CASE("studies say what they take, more for more") {
  CHECK(estimated("degeneracy_training", {"--tasks", "blocks", "--widths", "8", "--epochs", "0,400"}) >
        2 * estimated("degeneracy_training", {"--tasks", "blocks", "--widths", "8", "--epochs", "0,40"}));
  CHECK(estimated("modularity_degeneracy", {"--pairs", "320", "--threads", "1"}) >
        1.5 * estimated("modularity_degeneracy", {"--pairs", "80", "--threads", "1"}));
  CHECK(estimated("free_directions", {"--samples", "1000000000"}) > 1.5 * estimated("free_directions"));
  CHECK(estimated("degeneracy_kinds", {"--planted", "600"}) > 3 * estimated("degeneracy_kinds"));
  CHECK(estimated("fibre_walk", {"--moduli", "7"}) > estimated("fibre_walk", {"--moduli", "5"}));
  CHECK(estimated("sparsity", {"--settings", "blocks", "--seeds", "32"}) >
        2 * estimated("sparsity", {"--settings", "blocks", "--seeds", "4"}));
  CHECK(estimated("sparsity", {"--settings", "planted", "--seeds", "32"}) >
        4 * estimated("sparsity", {"--settings", "planted", "--seeds", "4"}));
  CHECK(estimated("grokking_degeneracy", {"--preset", "paper"}) >
        3 * estimated("grokking_degeneracy", {"--preset", "quick"}));
}

TEST_CASE("claims say what they take one by one, a shard of them its own alone") {
  const double all = estimated("claims"), one = estimated("claims", {"--only", "C9"});
  CHECK(all > one);
  CHECK(estimated("claims", {"--only", "C9", "--mixed-nets", "1200"}) > 5 * one);
  double sum = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) sum += estimated("claims", {"--shard", shard});
  CHECK(sum > 0.7 * all);
  CHECK(sum < 1.4 * all);
}

TEST_CASE("reproduce adds up what its experiments say") {
  const double own = estimated("reproduce", {"--experiments", "none"});
  CHECK(estimated("reproduce", {"--experiments", "none", "--mixed-nets", "2400"}) > own);
  CHECK(estimated("reproduce") > own + estimated("degeneracy_kinds", {"--preset", "quick"}) / 2);
}

TEST_CASE("no folder is made") {
  const TempFolder tmp;
  for (const char* program : {"train_mlp", "train_superposition", "modular_addition", "degeneracy_kinds", "claims"}) {
    estimated(program, {"--out", tmp / "run"});
    CHECK_FALSE(std::filesystem::exists(tmp / "run"));
  }
}
