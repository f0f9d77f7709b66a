// `degeneracy` of runs of transformers and of their files, as its user runs it.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/lapack.h"
#include "core/npy.h"
#include "core/npz.h"
#include "core/rng.h"
#include "tests/experiments/process.h"

using namespace basin;

namespace {

using Words = std::vector<std::string>;

Result degeneracy(Words words) {
  words.push_back("--quiet");
  return run_program("degeneracy", words);
}

nlohmann::json json_of(Words words) {
  words.push_back("--json");
  const Result r = degeneracy(words);
  CHECK_MESSAGE(r.code == 0, r.err);
  return nlohmann::json::parse(r.out);
}

void refused(const Words& words, int code, const std::string& part) {
  const Result r = degeneracy(words);
  CHECK(r.code == code);
  CHECK_CONTAINS(r.err, part);
}

// The weights and the tokens of a golden file, and its count.
struct Golden {
  TempFolder tmp{};
  std::string weights = tmp / "weights.npz", tokens = tmp / "tokens.npy";
  std::int64_t free = 0;

  explicit Golden(const std::string& name) {
    NpzWriter out;
    for (const auto& [key, array] :
         read_npz(std::string(BASIN_SOURCE_DIR) + "/tests/golden/transformer_ranks/" + name + ".npz")) {
      if (key == "tokens")
        write_npy(tokens, array);
      else if (key == "free")
        free = std::int64_t(array[0]);
      else
        out.add(key, array);
    }
    out.save(weights);
  }
  Words words(const Words& more = {}) const { return with_options({"--weights", weights, "--inputs", tokens}, more); }
};

}  // namespace

TEST_CASE("a transformer's file: counts, families, text, null space") {
  const Golden golden("generic");
  const Words words = golden.words({"--activation", "tanh"});
  const nlohmann::json found = json_of(with_options(words, {"--epsilon", "1e-2,1e-12"}));
  CHECK(found.at("verdict") == "decided");
  CHECK(found.at("parameters") == 213);
  CHECK(found.at("free_directions") == golden.free);
  CHECK(found.at("lower_bound") == golden.free);
  CHECK(found.at("unexplained") == 0);
  CHECK(found.at("epsilon").size() == 2);
  CHECK(found.at("epsilon")[1].at("jacobian_rank") > found.at("epsilon")[0].at("jacobian_rank"));
  std::int64_t gained = 0;
  for (const auto& family : found.at("families")) gained += family.at("gained").get<std::int64_t>();
  CHECK(gained == golden.free);

  const Result text = degeneracy(words);
  CHECK(text.code == 0);
  CHECK_CONTAINS(text.out, "free directions                56");
  CHECK_CONTAINS(text.out, "linear bases");

  const std::string path = golden.tmp / "null.npz";
  CHECK(degeneracy(with_options(words, {"--null-space", path, "--strict"})).code == 0);
  const auto space = read_npz(path);
  const Matrix& basis = space.at("basis");
  CHECK(basis.shape == Shape{golden.free, 213});
  const Matrix products = matmul(basis, basis, false, true);
  for (std::int64_t i = 0; i < basis.rows(); ++i)
    for (std::int64_t j = 0; j < basis.rows(); ++j) CHECK(std::abs(products(i, j) - (i == j)) < 1e-10);
  for (const double r : space.at("residual").data) CHECK(r < 1e-9);
  refused(with_options(words, {"--null-space", path}), 2, "exists");
}

TEST_CASE("what a file does not say is asked for, and the last counts at scale") {
  const Golden pre("pre");
  CHECK(json_of(pre.words({"--activation", "tanh", "--layer-norm", "pre"})).at("free_directions") == pre.free);
  const Golden full("full");
  CHECK(json_of(full.words({"--activation", "tanh", "--parallel-attention"})).at("free_directions") == full.free);
  const Golden two_way("attention_only");
  CHECK(json_of(two_way.words({"--two-way"})).at("free_directions") == two_way.free);
  const nlohmann::json scaled = json_of(two_way.words({"--two-way", "--scaled"}));
  CHECK(scaled.at("parameters") == 164);
  CHECK(scaled.at("counts")[0].at("above").get<double>() < 164 - double(two_way.free));
}

TEST_CASE("what does not fit a transformer is refused") {
  const Golden golden("generic");
  refused(golden.words({"--layout", "in-out"}), 2, "--layout in-out has no effect: it is for dense layers");
  refused(golden.words({"--epoch", "3"}), 2, "--epoch 3 has no effect: it is for --run");
  refused(golden.words({"--scaled", "--epsilon", "1e-3"}), 2, "--scaled counts without them");
  const std::string wide = golden.tmp / "wide.npy", high = golden.tmp / "high.npy";
  write_npy(wide, Tensor<double>({2, 4}));
  refused(golden.words({"--inputs", wide}), 3, "shape [2,4] given; wanted [sequences, 3]");
  Tensor<double> tokens({2, 3});
  tokens[4] = 7;
  write_npy(high, tokens);
  refused(golden.words({"--inputs", high}), 3, high);
  // Options of transformers where there is none.
  NpzWriter dense;
  dense.add("layers.0.weight", Tensor<double>({2, 3}));
  dense.add("layers.0.bias", Tensor<double>({2}));
  dense.save(golden.tmp / "dense.npz");
  refused({"--weights", golden.tmp / "dense.npz", "--inputs", wide, "--two-way"}, 2, "it is for transformers");
}

TEST_CASE("runs of modular addition, by network and epoch") {
  TempFolder tmp;
  CHECK(run_program("modular_addition",
                    {"--modulus", "5", "--d-model", "4", "--heads", "2", "--d-head", "2", "--d-mlp", "6", "--epochs",
                     "20", "--seeds", "0,3", "--log-every", "20", "--quiet", "--out", tmp / "run"})
            .code == 0);
  const nlohmann::json found = json_of({"--run", tmp / "run", "--network", "3"});
  // Weights trained in float need not be decided; both readings are there then.
  const auto count = [&](const char* name) {
    return found.at(name).is_null() ? found.at("readings").at(name)[1].get<std::int64_t>()
                                    : found.at(name).get<std::int64_t>();
  };
  CHECK(count("lower_bound") <= count("free_directions"));
  CHECK(count("lower_bound") > 4 * 4);
  const nlohmann::json start = json_of({"--run", tmp / "run", "--network", "3", "--epoch", "0", "--rows", "5"});
  CHECK(start.at("samples") == 5);
  refused({"--run", tmp / "run", "--epoch", "7"}, 2, "--epoch 7 given; there are checkpoints of 0");
  refused({"--run", tmp / "run", "--network", "1"}, 2, "has seeds 0, 3");
  refused({"--run", tmp / "run", "--activation", "tanh"}, 2, "a run knows its network");
}
