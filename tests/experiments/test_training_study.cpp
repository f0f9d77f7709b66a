#include <doctest/doctest.h>

#include <cmath>

#include "experiments/training/training_study_report.h"
#include "nn/data/digits.h"
#include "process.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

StudySpec small_study() {
  return {.data = "digits", .widths = {4, 6}, .weight_decays = {0, 1}, .epochs = {0, 2}, .seeds = 2, .rows = 20};
}

}  // namespace

TEST_CASE("a study does not depend on the number of threads, and has every combination once") {
  const auto one = study_training(small_study(), 1, [](std::int64_t) {});
  const auto three = study_training(small_study(), 3, [](std::int64_t) {});
  REQUIRE(one.size() == 16);
  REQUIRE(three.size() == 16);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].free_share == three[i].free_share);
    CHECK(one[i].soft_count == three[i].soft_count);
    CHECK(one[i].test_loss == three[i].test_loss);
    CHECK(one[i].width == three[i].width);
  }
  CHECK(one.back().test_loss < one[one.size() - 2].test_loss);
}

TEST_CASE("a trained network as numbers computes what the trainer computes") {
  const auto [train, test] = nn::load_digits();
  nn::TrainSpec spec;
  spec.mlp.widths = {64, 5, 10};
  spec.epochs = 1;
  nn::Trainer<double> trainer(spec, train, test);
  const interp::ReluNet net = relu_net_of(spec.mlp, trainer.parameters());
  double loss = 0;
  for (std::int64_t i = 0; i < test.size(); ++i) {
    std::vector<double> hidden(5), out(10);
    for (int h = 0; h < 5; ++h) {
      for (int j = 0; j < 64; ++j) hidden[h] += net.weights[0](h, j) * double(test.x(i, j));
      hidden[h] = std::max(0.0, hidden[h] + net.biases[0][h]);
    }
    double norm = 0;
    for (int o = 0; o < 10; ++o) {
      for (int h = 0; h < 5; ++h) out[o] += net.weights[1](o, h) * hidden[h];
      norm += std::exp(out[o] += net.biases[1][o]);
    }
    loss += std::log(norm) - out[std::size_t(test.y[i])];
  }
  CHECK(trainer.evaluate_on(test).loss == doctest::Approx(loss / double(test.size())).epsilon(1e-12));
}

TEST_CASE("effects compare equal seeds, and an effect that is there is seen") {
  std::vector<StudyPoint> points;
  for (std::int64_t seed = 0; seed < 5; ++seed)
    for (std::int64_t epoch : {0, 9}) {
      StudyPoint p;
      p.data = "made";
      p.width = 4, p.epoch = epoch, p.seed = seed;
      p.free_share.assign(epsilon_grid.size(), double(seed) + (epoch == 9 ? 0.1 + 0.001 * double(seed) : 0));
      points.push_back(p);
    }
  const std::vector<Effect> effects = study_effects(points);
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].difference.mean == doctest::Approx(0.102));
  CHECK(effects[0].difference.excludes_zero());
  CHECK(study_claims(points)[0].verdict == Verdict::report);
}

TEST_CASE("degeneracy_training writes points, claims and a report") {
  TempFolder tmp;
  const auto r = run_program("degeneracy_training", {"--tasks", "digits", "--widths", "4", "--seeds", "2", "--epochs",
                                                     "0,1", "--rows", "10", "--quiet", "--out", tmp / "a"});
  CHECK(r.code == 0);
  CHECK(read_file(tmp / "a/report.html").find("Does training make networks more degenerate?") != std::string::npos);
  CHECK(run_program("degeneracy_training", {"--weight-decays", "0,x", "--out", tmp / "b"}).code == 2);
  CHECK(run_program("degeneracy_training", {"--tasks", "digitz", "--out", tmp / "b"}).code == 2);
  CHECK_FALSE(std::filesystem::exists(tmp / "b"));
}
