// Every program says with --estimate what it will take, and does nothing else. What it says is measured in moments on a
// machine that may be busy: work that is many times as long must be longer, and by how much is for
// benchmarks/estimates.py.
#include <doctest/doctest.h>
#include <fmt/format.h>

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
  CHECK(estimated("train_mlp", {"--epochs", "400"}) > estimated("train_mlp", {"--epochs", "40"}));
  CHECK(estimated("train_mlp", {"--seeds", "0..31", "--widths", "8"}) > 0);
  CHECK(estimated("modular_addition", {"--preset", "paper"}) > estimated("modular_addition", {"--preset", "quick"}));
  CHECK(estimated("train_superposition", {"--starts", "200"}) > estimated("train_superposition"));
}

TEST_CASE("looks into a network say what they take, more for more") {
  const TempFolder tmp;
  const std::string run = tmp / "run", weights = run + "/network.safetensors";
  REQUIRE(run_program("train_mlp", {"--epochs", "3", "--widths", "8,6", "--out", run, "--quiet"}).code == 0);
  const auto of = [&](const std::string& program, Words words) {
    words.insert(words.end(), {program == "llc_training" ? "" : "--run", run});
    std::erase(words, "");
    return estimated(program, words);
  };
  CHECK(of("interaction_graph", {"--nulls", "2000"}) > of("interaction_graph", {"--nulls", "20"}));
  CHECK(of("interaction_graph", {"--rule", "gauss-legendre:64", "--by-engine"}) > of("interaction_graph", {}));
  CHECK(of("ablation", {"--curve", "exponential:1.01:500", "--on", "train"}) >
        of("ablation", {"--curve", "none", "--nodes", "none"}));
  CHECK(of("look", {"--do", "integrate", "--points", "512"}) > of("look", {"--do", "integrate", "--points", "8"}));
  CHECK(of("look", {"--do", "print,cache,patch,ablate,attribute"}) > 0);
  CHECK(of("llc", {"--draws", "20000"}) > of("llc", {"--draws", "500"}));
  CHECK(of("llc", {"--calibrate"}) > of("llc", {"--restrict", "layers.2.*"}));
  CHECK(of("llc", {"--standard-error", "0.01"}) > of("llc", {}));
  CHECK(of("llc_training", {"--draws", "20000"}) > of("llc_training", {"--draws", "500"}));
  CHECK(estimated("same_function", {run, run}) < 10);
  CHECK(estimated("describe", {run}) < 1);
}

TEST_CASE("what needs no network says what it takes") {
  const TempFolder tmp;
  std::string edges = "from_layer,from,to_layer,to,weight\n";
  for (int i = 0; i < 12; ++i)
    for (int j = 0; j < 12; ++j) edges += fmt::format("0,{},1,{},{}\n", i, j, 1 + (i * j) % 7);
  basin::write_atomically(tmp / "edges.csv", edges);
  const auto modules = [&](const std::string& nulls) {
    return estimated("modules", {"--graph", tmp / "edges.csv", "--nulls", nulls});
  };
  CHECK(modules("5000") > modules("50"));
  CHECK(estimated("llc_oracles", {"--only", "crossing/*"}) > estimated("llc_oracles", {"--only", "crossing/1-1-*"}));
  CHECK(estimated("look", {"--planted", "--planted-networks", "80"}) > estimated("look", {"--planted"}));
}

TEST_CASE("studies say what they take, more for more") {
  CHECK(estimated("degeneracy_training", {"--tasks", "blocks", "--widths", "8", "--epochs", "0,400"}) >
        estimated("degeneracy_training", {"--tasks", "blocks", "--widths", "8", "--epochs", "0,40"}));
  CHECK(estimated("modularity_degeneracy", {"--pairs", "320", "--threads", "1"}) >
        estimated("modularity_degeneracy", {"--pairs", "80", "--threads", "1"}));
  CHECK(estimated("free_directions", {"--samples", "1000000000"}) > estimated("free_directions"));
  CHECK(estimated("degeneracy_kinds", {"--planted", "600"}) > estimated("degeneracy_kinds"));
  CHECK(estimated("fibre_walk", {"--moduli", "7"}) > estimated("fibre_walk", {"--moduli", "5"}));
  CHECK(estimated("sparsity", {"--settings", "blocks", "--seeds", "32"}) >
        estimated("sparsity", {"--settings", "blocks", "--seeds", "4"}));
  CHECK(estimated("sparsity", {"--settings", "planted", "--seeds", "32"}) >
        estimated("sparsity", {"--settings", "planted", "--seeds", "4"}));
  CHECK(estimated("grokking_degeneracy", {"--preset", "paper"}) >
        estimated("grokking_degeneracy", {"--preset", "quick"}));
}

TEST_CASE("claims say what they take one by one, a shard of them its own alone") {
  const double all = estimated("claims"), one = estimated("claims", {"--only", "C9"});
  CHECK(all > one);
  CHECK(estimated("claims", {"--only", "C9", "--mixed-nets", "1200"}) > one);
  double sum = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) sum += estimated("claims", {"--shard", shard});
  CHECK(sum > all / 3);
  CHECK(sum < 3 * all);
}

TEST_CASE("reproduce adds up what its experiments say") {
  const double own = estimated("reproduce", {"--experiments", "none"});
  CHECK(estimated("reproduce", {"--experiments", "none", "--mixed-nets", "2400"}) > own);
  CHECK(estimated("reproduce") > own);
}

TEST_CASE("no folder is made") {
  const TempFolder tmp;
  for (const char* program : {"train_mlp", "train_superposition", "modular_addition", "degeneracy_kinds", "claims"}) {
    estimated(program, {"--out", tmp / "run"});
    CHECK_FALSE(std::filesystem::exists(tmp / "run"));
  }
}
