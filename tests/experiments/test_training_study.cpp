#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/file.h"
#include "core/lapack.h"
#include "experiments/training/training_findings.h"
#include "nn/data/digits.h"
#include "nn/train.h"
#include "process.h"
#include "study_points.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

StudySpec small_study() {
  return {.data = "digits", .widths = {4, 6}, .weight_decays = {0, 1}, .epochs = {0, 2}, .seeds = 2, .rows = 20};
}

}  // namespace

TEST_CASE("a study does not depend on the number of threads, and has every combination once") {
  const auto one = all_points(small_study(), 1);
  const auto three = all_points(small_study(), 3);
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
  const nn::MlpSpec mlp{.widths = {64, 5, 10}};
  nn::Trainer<double> trainer(nn::mlp(mlp, nn::Loss::cross_entropy), {.epochs = 1}, nn::inputs_of(train));
  const interp::ReluNet net =
      interp::relu_net(interp::dense_network({trainer.model(), trainer.parameters()}, "layers.1.pre"));
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
  CHECK(nn::evaluate(trainer.model(), trainer.parameters(), test).loss ==
        doctest::Approx(loss / double(test.size())).epsilon(1e-12));
}

// J J^T of a network with one hidden layer, entry by entry: the first layer's weights and biases move output k at
// input x by W1_kh [h fires] (x, 1), the second's by (f(x), 1) for k alone.
Matrix one_hidden_gram(const interp::ReluNet& net, const Matrix& x) {
  const std::int64_t n = x.rows(), hidden = net.weights[0].rows(), k = net.weights[1].rows();
  Matrix f({n, hidden}), gram({n * k, n * k});
  for (std::int64_t a = 0; a < n; ++a)
    for (std::int64_t h = 0; h < hidden; ++h) {
      f(a, h) = net.biases[0][h];
      for (std::int64_t j = 0; j < x.cols(); ++j) f(a, h) += net.weights[0](h, j) * x(a, j);
      f(a, h) = std::max(0.0, f(a, h));
    }
  for (std::int64_t row = 0; row < n * k; ++row)
    for (std::int64_t col = 0; col < n * k; ++col) {
      const std::int64_t a = row / k, b = col / k, o = row % k, p = col % k;
      double inputs = 1, second = 1, first = 0;
      for (std::int64_t j = 0; j < x.cols(); ++j) inputs += x(a, j) * x(b, j);
      for (std::int64_t h = 0; h < hidden; ++h) {
        second += f(a, h) * f(b, h);
        if (f(a, h) > 0 && f(b, h) > 0) first += net.weights[1](o, h) * net.weights[1](p, h);
      }
      gram(row, col) = inputs * first + (o == p ? second : 0);
    }
  return gram;
}

TEST_CASE("free shares are of min(N, rows outputs), on either side of it, and soft counts are those of J J^T") {
  const auto [train, test] = nn::load_digits();
  for (std::int64_t rows : {20, 40}) {  // 200 or 400 rows of J for 64 4 + 4 + 4 10 + 10 = 310 parameters
    StudySpec study = small_study();
    study.widths = {4}, study.weight_decays = {0}, study.epochs = {0}, study.seeds = 1, study.rows = rows;
    const StudyPoint p = all_points(study, 1).at(0);
    const nn::MlpSpec mlp{.widths = {64, 4, 10}};
    nn::Trainer<float> untrained(nn::mlp(mlp, nn::Loss::cross_entropy), {}, nn::inputs_of(train));
    const interp::ReluNet net = interp::relu_net(
        interp::dense_network({untrained.model(), cast<double>(untrained.parameters())}, "layers.1.pre"));
    const Matrix x({rows, 64}, {train.x.data.begin(), train.x.data.begin() + rows * 64});
    const std::vector<double> h = eigh(one_hidden_gram(net, x), false).values;
    CHECK(p.parameters == 310);
    CHECK(p.most == (rows == 20 ? 200 : 310));
    for (std::size_t e = 0; e + 2 < epsilon_grid.size(); ++e) {  // to 1e-6: a Gram resolves what lies above
      double above = 0, soft = 0;
      for (double value : h) {
        above += value > epsilon_grid[e] * h[0];
        soft += std::max(value, 0.0) / (std::max(value, 0.0) + epsilon_grid[e] * h[0]);
      }
      CHECK(p.free_share[e] == doctest::Approx(1 - above / (rows == 20 ? 200 : 310)).epsilon(1e-12));
      CHECK(p.soft_count[e] == doctest::Approx(soft).epsilon(1e-6));
    }
  }
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
  CHECK(effects[0].reading() == "more degenerate");
  CHECK(study_claims(points)[0].verdict() == Verdict::report);
  CHECK(value_text(study_claims(points)[0].measured).starts_with("+0.102 [+0.100, +0.104"));
}

TEST_CASE("degeneracy_training writes points, claims and a report") {
  TempFolder tmp;
  const auto r = run_program("degeneracy_training", {"--tasks", "digits", "--widths", "4", "--seeds", "2", "--epochs",
                                                     "0,1", "--rows", "10", "--quiet", "--out", tmp / "a"});
  CHECK(r.code == 0);
  CHECK(read_file(tmp / "a/report.html").find("Does training make networks more degenerate?") != std::string::npos);
  CHECK(nlohmann::json::parse(read_file(tmp / "a/results.json")).at("networks") == 4);
  CHECK(std::ranges::count(read_file(tmp / "a/metrics.jsonl"), '\n') == 8);
  CHECK(run_program("degeneracy_training", {"--weight-decays", "0,x", "--out", tmp / "b"}).code == 2);
  CHECK(run_program("degeneracy_training", {"--tasks", "digitz", "--out", tmp / "b"}).code == 2);
  for (const auto& [option, twice] :
       {std::pair{"--epochs", "1,1"}, {"--weight-decays", "0,0"}, {"--widths", "4,4"}, {"--tasks", "digits,digits"}})
    CHECK_CONTAINS(run_program("degeneracy_training", {option, twice, "--out", tmp / "b"}).err,
                   "width, weight decay and epoch once");
  CHECK_FALSE(std::filesystem::exists(tmp / "b"));
}
