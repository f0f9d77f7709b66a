#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/npy.h"
#include "nn/import.h"
#include "tests/experiments/trained_runs.h"

using basin::read_file;
using basin::Tensor;
namespace fs = std::filesystem;

namespace {

// Counting upwards modulo 5 from anywhere: the next token follows from the last.
Tensor<std::int64_t> counting(std::int64_t rows, std::int64_t positions) {
  Tensor<std::int64_t> tokens({rows, positions});
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < positions; ++j) tokens(i, j) = (i + j) % 5;
  return tokens;
}

template <class T>
std::string saved(const TempFolder& tmp, const std::string& name, const Tensor<T>& tensor) {
  basin::write_npy(tmp / name, tensor);
  return tmp / name;
}

Result train_tokens(const std::string& out, const std::string& data, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"--out",    out, "--data",  data, "--quiet",     "--d-model", "8",
                                 "--d-head", "4", "--heads", "2",  "--log-every", "1"};
  if (std::ranges::find(more, "--attention-only") == more.end()) words.insert(words.end(), {"--d-mlp", "16"});
  return run_program("train_transformer", with_options(words, more));
}

}  // namespace

TEST_CASE("train_transformer learns the next token of sequences of its user's") {
  TempFolder tmp;
  const std::string data = saved(tmp, "tokens.npy", counting(100, 6));
  const Result r = train_tokens(tmp / "a", data, {"--epochs", "40", "--batch", "10", "--lr", "0.01", "--layers", "2"});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK_CONTAINS(r.out, "80 sequences, 40 epochs: training loss ");
  CHECK_CONTAINS(r.out, "test accuracy 100.00 % of 20 sequences");
  const auto network = basin::nn::import_transformer(tmp / "a/network.safetensors");
  CHECK(network.spec.n_layers == 2);
  CHECK(network.spec.n_ctx == 5);
  CHECK(network.spec.d_vocab == 5);
  CHECK(network.spec.layer_norm == basin::nn::LayerNorm::full);
  CHECK_FALSE(network.spec.last_position);
  for (const char* file : {"manifest.json", "config.toml", "metrics.jsonl", "checkpoints/epoch-0040.safetensors"})
    CHECK_MESSAGE(fs::exists(tmp / "a/" + file), file);
}

TEST_CASE("train_transformer learns labels of whole sequences, with the spec that was asked for") {
  TempFolder tmp;
  const std::string data = saved(tmp, "tokens.npy", cast<float>(counting(40, 3)));
  Tensor<double> labels({40});
  for (std::int64_t i = 0; i < 40; ++i) labels[i] = double(i % 2);
  const Result r =
      train_tokens(tmp / "a", data,
                   {"--labels", saved(tmp, "y.npy", labels), "--epochs", "2", "--layer-norm", "pre", "--two-way",
                    "--attention-only", "--no-bias", "--vocab", "9", "--classes", "3", "--json"});
  CHECK(r.code == 0);
  CHECK(nlohmann::json::parse(r.out)["epoch"] == 2);
  const auto spec = basin::nn::import_transformer(tmp / "a/network.safetensors").spec;
  CHECK(spec.last_position);
  CHECK(spec.n_ctx == 3);
  CHECK(spec.d_vocab == 9);
  CHECK(spec.d_vocab_out == 3);
  CHECK_FALSE(spec.causal);
  CHECK(spec.attention_only);
  CHECK_FALSE(spec.b_Q);
  CHECK(spec.layer_norm == basin::nn::LayerNorm::pre);
}

TEST_CASE("an interrupted train_transformer is resumed to the same end") {
  TempFolder tmp;
  const std::string data = saved(tmp, "tokens.npy", counting(100, 6));
  Process process("train_transformer",
                  {"--out", tmp / "a", "--data", data, "--quiet", "--epochs", "1000000", "--d-model", "8", "--d-head",
                   "4", "--heads", "2", "--d-mlp", "16", "--log-every", "1"});
  const std::string metrics = tmp / "a/metrics.jsonl";
  const Result stopped = interrupted_after(process, metrics);
  CHECK(stopped.code == 130);
  CHECK_CONTAINS(stopped.err, "help: train_transformer --resume --out " + tmp / "a");
  const std::string lines = read_file(metrics);
  const std::string end = std::to_string(std::count(lines.begin(), lines.end(), '\n') + 2);
  CHECK(run_program("train_transformer", {"--resume", "--out", tmp / "a", "--quiet", "--epochs", end}).code == 0);
  CHECK(train_tokens(tmp / "b", data, {"--epochs", end}).code == 0);
  for (const char* file : {"metrics.jsonl", "network.safetensors", "checkpoints/last.safetensors"})
    CHECK_MESSAGE(read_file(tmp / "a/" + file) == read_file(tmp / "b/" + file), file);

  saved(tmp, "tokens.npy", counting(90, 6));
  const Result other = run_program("train_transformer", {"--resume", "--out", tmp / "a", "--quiet"});
  CHECK(other.code == 3);
  CHECK_CONTAINS(other.err, "the run was made with other data");
}

TEST_CASE("train_transformer leaves the same network for any number of threads") {
  TempFolder tmp;
  const std::string data = saved(tmp, "tokens.npy", counting(100, 6));
  for (const char* threads : {"1", "2", "3"})
    CHECK(train_tokens(tmp / threads, data,
                       {"--epochs", "3", "--batch", "40", "--micro-batch", "7", "--threads", threads})
              .code == 0);
  for (const char* threads : {"2", "3"})
    for (const char* file : {"/metrics.jsonl", "/network.safetensors", "/checkpoints/last.safetensors"})
      CHECK_MESSAGE(read_file(tmp / "1" + file) == read_file(tmp / threads + file), file);
}

TEST_CASE("tokens that are none are refused with their place, and shapes with what was wanted") {
  TempFolder tmp;
  const auto refused = [&](const std::string& data, const std::vector<std::string>& more, int code,
                           const std::string& part) {
    const Result r = train_tokens(tmp / "a", data, more);
    CHECK(r.code == code);
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "a"));
  };
  const std::string good = saved(tmp, "good.npy", counting(10, 4));
  const auto with_number = [&](double number) {
    Tensor<double> tokens = cast<double>(counting(10, 4));
    tokens(2, 3) = number;
    return saved(tmp, "bad.npy", tokens);
  };
  const std::string place = "bad.npy: row 2, column 3 is ";
  refused(with_number(-1), {}, 3, place + "-1; wanted a whole number from 0 to");
  refused(with_number(0.5), {}, 3, place + "0.5; wanted");
  refused(with_number(std::numeric_limits<double>::quiet_NaN()), {}, 3, place + "nan; wanted");
  refused(with_number(std::numeric_limits<double>::infinity()), {}, 3, place + "inf; wanted");
  refused(with_number(1e12), {}, 3, place + "1000000000000; wanted");
  refused(good, {"--vocab", "4"}, 3, "row 1, column 3 is 4; wanted a whole number from 0 to 3");
  refused(good, {"--classes", "4"}, 2, "4 classes given; wanted 5 or more");
  refused(saved(tmp, "one.npy", counting(10, 1)), {}, 3, "shape [10,1] given; wanted [sequences, positions] with 2");
  refused(saved(tmp, "flat.npy", Tensor<double>({10})), {}, 3, "shape [10] given; wanted [sequences, positions]");
  refused(saved(tmp, "none.npy", Tensor<double>({0, 4})), {}, 3, "shape [0,4] given; wanted");
  refused(good, {"--labels", saved(tmp, "y.npy", Tensor<double>({9}))}, 3, "shape [9] given; wanted [10], a label");
  refused(good, {"--labels", good}, 3, "shape [10,4] given; wanted [sequences]");
  refused(tmp / "missing.npy", {}, 3, "cannot read " + tmp / "missing.npy");
  refused(tmp.with("text.npy", "1,2,3\n"), {}, 3, "text.npy");
  refused("", {}, 2, "--data: nothing given");
  refused(good, {"--two-way"}, 2, "a position would read the token that it is to say");
  refused(good, {"--attention-only", "--parallel-attention"}, 2,
          "--parallel-attention has no effect: --attention-only leaves the MLPs out");
}
