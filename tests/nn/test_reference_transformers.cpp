// The published transformers of modular addition. Their files are not part of the project: BASIN_REFERENCE names the
// folder that holds modadd_seed*_weights.npz, modadd_seed*_ref_activations.npz and modadd_dataset_split_seed0.npz.
#include <doctest/doctest.h>

#include <cstdlib>

#include "autodiff/runner.h"
#include "core/npz.h"
#include "nn/import.h"
#include "nn/supervised.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::nn;

namespace {

using Arrays = std::map<std::string, Tensor<double>>;

struct Published {
  std::int64_t right, right_test;  // of 12769 and of 8939
  // Mean cross-entropies and the largest, with half a unit of the last digit that was published.
  struct Number {
    double value, half_digit;
  } all, train, test, largest;
};

constexpr Published published[] = {
    {12765, 8935, {7.23622e-3, 5e-9}, {3.53156e-3, 5e-9}, {8.82351e-3, 5e-9}, {1.037, 5e-4}},
    {12759, 8929, {2.85628e-2, 5e-8}, {1.73013e-7, 5e-13}, {4.08008e-2, 5e-8}, {53.26, 5e-3}},
    {12769, 8939, {6.81275e-6, 5e-12}, {2.89346e-7, 5e-13}, {9.60777e-6, 5e-12}, {0.0279, 5e-5}}};

// The folder, or nothing after saying so.
const char* reference() {
  const char* folder = std::getenv("BASIN_REFERENCE");
  if (!folder) MESSAGE("skipped: BASIN_REFERENCE names no folder with the published networks");
  return folder;
}

struct PublishedNet {
  PublishedNet(const std::string& folder, int seed)
      : at(folder + "/modadd_seed" + std::to_string(seed)),
        net(import_transformer(at + "_weights.npz", {.last_position = true})) {}

  // Values for some rows of the data, by name.
  Program<double>& run(const Inputs& data) {
    runner = std::make_unique<Runner<double>>(net.model, net.parameters, [](Graph& g, const Ends& ends) {
      return ProgramSpec{.fetch = {ends.loss, right(g, ends)}, .memory = Memory::keep, .fuse = false};
    });
    auto& batch = runner->run(data, 0, rows_of(data, "test"));
    is_right = batch.spec.fetch[1];
    return *batch.program;
  }

  std::string at;
  ImportedTransformer net;
  std::unique_ptr<Runner<double>> runner;
  Var is_right;
};

Inputs rows_at(const Arrays& split, const Tensor<double>& index) {
  Tensor<double> tokens({index.size(), 3}), t({index.size()});
  for (std::int64_t i = 0; i < index.size(); ++i) {
    const auto row = std::int64_t(index[i]);
    std::ranges::copy(split.at("tokens").row(row), tokens.row(i).begin());
    t[i] = split.at("label")[row];
  }
  return {{"tokens", tokens}, {"t", t}};
}

void check_number(double got, const Published::Number& want) { CHECK(std::abs(got - want.value) <= want.half_digit); }

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / double(values.size());
}

}  // namespace

TEST_CASE("the published transformers have their published values on the way") {
  const char* folder = reference();
  if (!folder) return;
  const Arrays split = read_npz(folder + std::string("/modadd_dataset_split_seed0.npz"));
  for (int seed = 0; seed < 3; ++seed) {
    CAPTURE(seed);
    PublishedNet net(folder, seed);
    const Arrays want = read_npz(net.at + "_ref_activations.npz");
    Program<double>& p = net.run(rows_at(split, want.at("idx")));
    for (const auto& [stored, name] : {std::pair{"logits", "logits"},
                                       {"resid_pre", "blocks.0.hook_resid_pre"},
                                       {"resid_mid", "blocks.0.hook_resid_mid"},
                                       {"mlp_post", "blocks.0.mlp.hook_post"},
                                       {"resid_post", "blocks.0.hook_resid_post"},
                                       {"attn_last", "blocks.0.attn.hook_pattern"}}) {
      CAPTURE(name);
      CHECK(largest_difference(p.view(name), want.at(stored).data) < 1e-9);
    }
  }
}

TEST_CASE("the published transformers have their published accuracies and losses") {
  const char* folder = reference();
  if (!folder) return;
  const Arrays split = read_npz(folder + std::string("/modadd_dataset_split_seed0.npz"));
  for (int seed = 0; seed < 3; ++seed) {
    CAPTURE(seed);
    PublishedNet net(folder, seed);
    const Published& want = published[seed];
    const auto count = [&](Program<double>& p) {
      return std::int64_t(std::llround(mean_of(p.view(net.is_right)) * double(p.view(net.is_right).size())));
    };
    Program<double>& all = net.run({{"tokens", split.at("tokens")}, {"t", split.at("label")}});
    CHECK(count(all) == want.right);
    check_number(mean_of(all.view("loss")), want.all);
    check_number(std::ranges::max(all.view("loss")), want.largest);
    Program<double>& train = net.run(rows_at(split, split.at("train_idx")));
    check_number(mean_of(train.view("loss")), want.train);
    Program<double>& test = net.run(rows_at(split, split.at("test_idx")));
    CHECK(count(test) == want.right_test);
    check_number(mean_of(test.view("loss")), want.test);
  }
}
