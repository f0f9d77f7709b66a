// llc_training as its user runs it.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "experiments/llc_training/llc_training_study.h"
#include "nn/mlp.h"
#include "nn/supervised.h"
#include "tests/experiments/trained_runs.h"

using namespace basin;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

Result study_coefficients(const std::vector<std::string>& words) {
  return run_program("llc_training", with_options({"--preset", "quick", "--quiet", "--threads", "2"}, words));
}

}  // namespace

TEST_CASE("digits: λ̂, the quadratic count and the exact rank at each checkpoint, with a page") {
  const TempFolder tmp;
  REQUIRE(run_program("train_mlp", {"--widths", "4", "--epochs", "12", "--quiet", "--out", tmp / "mlp"}).code == 0);
  const std::vector<std::string> asked{tmp / "mlp", "--draws", "60", "--warm-up", "60", "--out", tmp / "a"};
  const Result r = study_coefficients(asked);
  CHECK_MESSAGE(r.code == 0, r.err);
  const Json results = Json::parse(read_file(tmp / "a/results.json"));
  const Json rows = results["points"]["rows"];
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["epoch"] == 0);
  CHECK(rows[2]["epoch"] == 12);
  CHECK(rows[2]["test_loss"].get<double>() > 0);
  CHECK(rows[2]["rank"].get<int>() + rows[2]["free"].get<int>() == 310);
  CHECK(rows[2]["lambda"].get<double>() > rows[0]["lambda"].get<double>());
  CHECK(rows[2]["gauss_newton"].get<double>() < 155);
  for (const char* name : {"lambda", "loss"}) CHECK(fs::exists(tmp / ("a/figures/" + std::string(name) + ".svg")));
  CHECK(fs::exists(tmp / "a/report.html"));
}

TEST_CASE("a network of nine parameters: N_eff by volume beside twice λ̂, over training") {
  const TempFolder tmp;
  REQUIRE(run_program("train_superposition", {"--features", "3", "--starts", "1", "--epochs", "100", "--samples", "90",
                                              "--batch", "30", "--phase-hidden=", "--quiet", "--out", tmp / "tms"})
              .code == 0);
  const Result r =
      study_coefficients({tmp / "tms", "--checkpoints", "2", "--n-beta", "3e3", "--draws", "600", "--out", tmp / "a"});
  CHECK_MESSAGE(r.code == 0, r.err);
  const Json rows = Json::parse(read_file(tmp / "a/results.json"))["points"]["rows"];
  REQUIRE(rows.size() == 2);
  const Json last = rows[1];
  CHECK(last["rank"].get<int>() <= 9);
  // Two finite-ε counts of unlike cut-offs, soft and hard: equal for quadratics, near each other elsewhere.
  CHECK(last["n_eff"].get<double>() == doctest::Approx(last["volume"].get<double>()).epsilon(0.12));
}

TEST_CASE("runs without checkpoints, and what fits no run, are refused before anything is sampled") {
  const TempFolder tmp;
  CHECK_CONTAINS(study_coefficients({"--out", tmp / "a"}).err, "give the folder of a run");
  CHECK(study_coefficients({tmp / "none", "--out", tmp / "a"}).code == 3);
  REQUIRE(run_program("train_mlp", {"--widths", "4", "--epochs", "1", "--quiet", "--out", tmp / "mlp"}).code == 0);
  const Result r = study_coefficients({tmp / "mlp", "--n-beta", "0", "--out", tmp / "a"});
  CHECK(r.code == 2);
  CHECK_CONTAINS(r.err, "--n-beta");
  CHECK_FALSE(fs::exists(tmp / "a/manifest.json"));
}

TEST_CASE("a transition is from what knows the training rows to what knows the test rows too") {
  using namespace experiments;
  const auto at = [](std::int64_t epoch, double train, double test, double lambda) {
    CheckpointLlc c{};
    c.epoch = epoch, c.train_accuracy = train, c.test_accuracy = test;
    c.found.points.resize(1);
    c.found.points[0].sampled.estimate.lambda = {.mean = lambda, .error = 1};
    c.found.points[0].sampled.estimate.n_beta = 100;
    c.found.settings.n_betas = {100};
    return c;
  };
  TrainingLlc t{
      .checkpoints = {at(0, 0.1, 0.1, 20), at(10, 0.995, 0.2, 90), at(100, 1, 0.3, 80), at(1000, 1, 0.999, 40)},
      .n_betas = {100}};
  const Json grokked = training_llc_results(t)["transition"];
  CHECK(grokked["seen"] == true);
  CHECK(grokked["from"] == 10);
  CHECK(grokked["to"] == 1000);
  CHECK(grokked["falls"] == true);
  CHECK(grokked["rises"] == false);
  t.checkpoints.pop_back();
  CHECK(training_llc_results(t)["transition"]["seen"] == false);
  t.checkpoints = {at(0, 0.1, 0.1, 20), at(10, 0.995, 0.999, 90)};  // both at once
  CHECK(training_llc_results(t)["transition"]["seen"] == false);
}

TEST_CASE("the exact rank is that of the Jacobian, on rows enough") {
  const Model model = nn::mlp({.widths = {3, 4, 2}}, nn::Loss::mse);
  interp::ModelPoint point{model};
  point.parameters = Parameters<double>(parameters_of(model));
  point.parameters.start(1);
  Rng rng(1, "test/rank");
  Tensor<double> x(Shape{200, 3}), t(Shape{200, 2});
  rng.fill_normal(x.data);
  const interp::JacobianSpectrum found = experiments::exact_spectrum(point, {{"x", x}, {"t", t}}, 1);
  CHECK(found.rank.decided());
  CHECK(found.rank.rank == 26 - 4);  // one scaling of each ReLU
  CHECK(found.rows == 78);
}

TEST_CASE("checkpoints are thinned evenly in their logarithm, with both ends") {
  std::vector<nn::Checkpoint> all;
  for (std::int64_t e = 0; e <= 1000; ++e) all.push_back({e, ""});
  const auto some = experiments::chosen_checkpoints(all, 4);
  REQUIRE(some.size() == 4);
  CHECK(some[0].epoch == 0);
  CHECK(some[1].epoch == 9);
  CHECK(some[2].epoch == 99);
  CHECK(some[3].epoch == 1000);
  const auto near = experiments::nearest_checkpoints({all[0], all[10], all[100]}, {90, 1, 4000, 0});
  REQUIRE(near.size() == 2);
  CHECK(near[0].epoch == 0);
  CHECK(near[1].epoch == 100);
  CHECK(experiments::chosen_checkpoints({all.begin(), all.begin() + 3}, 4).size() == 3);
}
