#include "experiments/modular/modular_study.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "nn/train.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

std::vector<nn::MetricsLine> curve_of(const char* name, const std::vector<double>& values) {
  std::vector<nn::MetricsLine> curve;
  for (const double value : values) {
    nn::MetricsLine& line = curve.emplace_back();
    line["epoch"] = 10.0 * double(curve.size());
    line[name] = value;
  }
  return curve;
}

Options options_of(const std::vector<const char*>& words) {
  Options o("modular_addition", "");
  add_modular_options(o);
  std::vector<const char*> argv{"modular_addition"};
  argv.insert(argv.end(), words.begin(), words.end());
  o.parse(int(argv.size()), argv.data());
  return o;
}

}  // namespace

TEST_CASE("a network has grokked when its test accuracy is high and stays so, and memorised when training's is once") {
  using Epoch = std::optional<std::int64_t>;
  CHECK(grokked_at(curve_of("test_accuracy", {0.1, 0.99, 0.98, 0.995, 1})) == Epoch(40));
  CHECK(grokked_at(curve_of("test_accuracy", {0.99, 1})) == Epoch(10));
  CHECK(grokked_at(curve_of("test_accuracy", {0.1, 1, 0.9})) == Epoch());
  CHECK(grokked_at(curve_of("test_loss", {1, 1})) == Epoch());
  CHECK(memorised_at(curve_of("train_accuracy", {0.1, 0.99, 0.5})) == Epoch(20));
  CHECK(memorised_at(curve_of("train_accuracy", {0.1, 0.5})) == Epoch());
}

TEST_CASE("each seed trains a network of the same rows, with the options' spec") {
  const Options o = options_of({"--seeds", "4,9", "--modulus", "11", "--train-fraction", "0.3", "--d-mlp", "20"});
  const std::vector<TokenTraining> all = modular_trainings(o);
  REQUIRE(all.size() == 2);
  CHECK(all[0].train.seed == 4);
  CHECK(all[1].train.seed == 9);
  CHECK(all[1].data.train.size() == 36);
  CHECK(nn::content_hash(all[0].data.train) == nn::content_hash(all[1].data.train));
  CHECK(all[0].network.d_vocab == 12);
  CHECK(all[0].network.d_mlp == 20);
  CHECK(all[0].network.last_position);
  CHECK(all[0].train.batch == 36);
  CHECK(all[0].train.schedule.at(0) == doctest::Approx(1e-4));
  CHECK(all[0].train.optimizer.beta2 == 0.98);
}

TEST_CASE("threads are inside a network where there are more of them than networks, and parts for each") {
  const auto inside = [](const char* seeds, const char* threads, const char* rows) {
    const Options o = options_of({"--modulus", "11", "--train-fraction", "0.3", "--seeds", seeds, "--threads", threads,
                                  "--micro-batch", rows});  // 36 rows
    return modular_trainings(o).front().train.threads;
  };
  CHECK(inside("4", "2", "5") == 2);
  CHECK(inside("4,9", "2", "5") == 1);
  CHECK(inside("4,9", "3", "12") == 3);
  CHECK(inside("4,9", "3", "18") == 1);
  CHECK(inside("4", "3", "18") == 3);
  CHECK(inside("4", "1", "5") == 1);
}

TEST_CASE("a look at a network has every number, head, pair and neuron") {
  const TempFolder tmp;
  const Options o = options_of({"--modulus", "8", "--d-model", "6", "--d-mlp", "10", "--heads", "3", "--seeds", "1"});
  const TokenTraining t = modular_trainings(o).front();
  nn::Trainer<float>(nn::transformer(t.network), t.train, token_inputs(t.data.train))
      .save_network(tmp / "net.safetensors");
  const ModularLook look = look_at(tmp / "net.safetensors", o);
  CHECK(std::accumulate(look.embedding.begin(), look.embedding.end(), 0.0) == doctest::Approx(1));
  CHECK(look.frequency >= 1);
  CHECK(look.frequency < 4);
  CHECK(look.circle.shape == Shape{8, 2});
  CHECK(look.attention.shape == Shape{3, 3});
  for (std::int64_t h = 0; h < 3; ++h)
    CHECK(look.attention(h, 0) + look.attention(h, 1) + look.attention(h, 2) == doctest::Approx(1));
  CHECK(look.head_to_a.shape == Shape{8, 8});
  const double mean = std::accumulate(look.head_to_a.data.begin(), look.head_to_a.data.end(), 0.0) / 64;
  CHECK(mean == doctest::Approx(look.attention(look.head, 0)));
  CHECK(look.neurons.shape == Shape{10, 5});
  CHECK(std::ranges::is_sorted(look.strongest));
}
