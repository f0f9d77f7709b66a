// interaction_graph and ablation as their users run them.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/lapack.h"
#include "core/npy.h"
#include "core/npz.h"
#include "core/rng.h"
#include "tests/experiments/process.h"
#include "tests/largest_difference.h"

using namespace basin;
namespace fs = std::filesystem;

namespace {

// 6-5-4-3 as an .npz in the spelling of the method's authors, 200 inputs and labels.
void with_network(TempFolder& tmp) {
  Rng rng(3, "test/interactions");
  NpzWriter weights;
  const std::vector<std::int64_t> widths{6, 5, 4, 3};
  for (std::size_t l = 0; l < 3; ++l) {
    Matrix w({widths[l], widths[l + 1]}), b({widths[l + 1], 1});
    rng.fill_normal(std::span<double>(w.data));
    rng.fill_normal(std::span<double>(b.data));
    weights.add("layer" + std::to_string(l) + "_W", w);
    weights.add("layer" + std::to_string(l) + "_b", Tensor<double>({widths[l + 1]}, b.data));
  }
  weights.save(tmp / "net.npz");
  Matrix x({200, 6});
  rng.fill_normal(std::span<double>(x.data));
  write_npy(tmp / "x.npy", x);
  Tensor<double> y({200, 1});
  for (std::int64_t i = 0; i < 200; ++i) y[i] = double(i % 3);
  write_npy(tmp / "y.npy", y);
}

std::vector<std::string> words_of(TempFolder& tmp, std::vector<std::string> more) {
  std::vector<std::string> words{"--weights", tmp / "net.npz", "--inputs", tmp / "x.npy", "--out",
                                 tmp / "out", "--nulls",       "3",        "--quiet"};
  words = with_options(std::move(words), more);
  return words;
}

}  // namespace

TEST_CASE("interaction_graph leaves arrays, graphs and a page, in each basis") {
  for (const std::string basis : {"lib", "ib", "pca", "neuron", "a10", "ngf"}) {
    CAPTURE(basis);
    TempFolder tmp;
    with_network(tmp);
    const Result r = run_program("interaction_graph", words_of(tmp, {"--basis", basis}));
    CHECK(r.code == 0);
    CHECK(r.err == "");
    const auto arrays = read_npz(tmp / "out/arrays/interactions.npz");
    const Matrix &C = arrays.at("C__layer1"), &C_pinv = arrays.at("C_pinv__layer1");
    const Matrix one = matmul(C_pinv, C);
    for (std::int64_t i = 0; i < one.rows(); ++i)
      for (std::int64_t j = 0; j < one.cols(); ++j) CHECK(one(i, j) == doctest::Approx(i == j).epsilon(1e-9));
    CHECK(arrays.at("E__layer2__to__output").shape == Shape{3, arrays.at("C__layer2").cols()});
    const auto graph = nlohmann::json::parse(read_file(tmp / "out/graph.json"));
    CHECK(graph.at("layers").size() == 4);
    CHECK(fs::exists(tmp / "out/graph.graphml"));
    CHECK(fs::exists(tmp / "out/figures/interactions.dot"));
    CHECK_CONTAINS(read_file(tmp / "out/report.html"), "How features interact");
  }
}

TEST_CASE("interaction_graph: node layers, rules and truncations are the user's") {
  TempFolder tmp;
  with_network(tmp);
  const Result r = run_program("interaction_graph",
                               words_of(tmp, {"--layers", "layer0,output", "--rule", "gauss-legendre:3", "--truncation",
                                              "1e-8", "--edges", "functional", "--no-center", "--activation", "gelu"}));
  CHECK(r.code == 0);
  CHECK(read_npz(tmp / "out/arrays/interactions.npz").contains("E__layer0__to__output"));
}

TEST_CASE("interaction_graph says what it misses") {
  TempFolder tmp;
  with_network(tmp);
  const auto refused = [&](std::vector<std::string> words, int code, const std::string& part) {
    const Result r = run_program("interaction_graph", words_of(tmp, std::move(words)));
    CHECK(r.code == code);
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "out/report.html"));
    if (code == 2) CHECK_FALSE(fs::exists(tmp / "out"));
    fs::remove_all(tmp / "out");
  };
  refused({"--layers", "layer0,layer9"}, 2, "there is no node layer 'layer9'; wanted some of layer0, layer1");
  refused({"--layers", "layer0"}, 2, "two or more");
  refused({"--rule", "simpson"}, 2, "'simpson' given");
  refused({"--rule", "gradient,gradient"}, 2, "2 rules given");
  refused({"--truncation", "small"}, 2, "small given");
  refused({"--basis", "a1sq"}, 2, "0 everywhere");
  refused({"--edges", "curved"}, 2, "'curved' given, wanted squared or functional");
  refused({"--edges", "stochastic:0"}, 2, "wanted stochastic:R");
  refused({"--edges", "stochastic:3x"}, 2, "wanted stochastic:R");
  refused({"--precision", "f16"}, 2, "wants one of f64, f32");
  refused({"--edges", "functional"}, 4, "no two features interact");
  refused({"--run", "x"}, 2, "give either --run");
  refused({"--data", "digits"}, 2, "give either --run");
  write_npy(tmp / "x.npy", Matrix({5, 6}, 1.0));
  refused({}, 4, "layer0 has no features: 0 directions vary");
  write_npy(tmp / "x.npy", Matrix({5, 7}, 1.0));
  refused({}, 3, "7 columns");
}

TEST_CASE("stochastic edges are the squared ones without positions, and floats are near doubles") {
  TempFolder tmp;
  with_network(tmp);
  const auto edges = [&](const std::string& folder, std::vector<std::string> more) {
    std::vector<std::string> words = words_of(tmp, std::move(more));
    *(std::ranges::find(words, "--out") + 1) = tmp / folder;
    CHECK(run_program("interaction_graph", words).code == 0);
    return read_npz(tmp / (folder + "/arrays/interactions.npz")).at("E__layer0__to__layer1");
  };
  const Matrix squared = edges("squared", {}), stochastic = edges("stochastic", {"--edges", "stochastic:3"});
  CHECK(stochastic.data == squared.data);
  const Matrix single = edges("single", {"--precision", "f32"});
  CHECK(single.data != squared.data);
  CHECK(largest_difference(single, squared) < 1e-5 * std::ranges::max(squared.data));
}

TEST_CASE("ablation finds how many edges are needed, and keeps them") {
  TempFolder tmp;
  with_network(tmp);
  std::vector<std::string> words{"--weights", tmp / "net.npz", "--inputs", tmp / "x.npy", "--targets", tmp / "y.npy",
                                 "--out",     tmp / "out",     "--quiet",  "--delta",     "0.01"};
  std::vector<std::string> scored = words;
  scored.insert(scored.end(), {"--score", "cross-entropy"});
  const Result r = run_program("ablation", scored);
  CHECK(r.code == 0);
  CHECK(r.err == "");
  const auto masks = read_npz(tmp / "out/arrays/masks.npz");
  const auto results = nlohmann::json::parse(read_file(tmp / "out/results.json"));
  for (const auto& row : results.at("sections").at("rows")) {
    const std::string name = "mask__" + row.at("from").get<std::string>() + "__to__" + row.at("to").get<std::string>();
    const Matrix& mask = masks.at(name);
    std::int64_t kept = 0;
    for (std::int64_t i = 0; i < mask.rows(); ++i)
      for (std::int64_t j = 1; j < mask.cols(); ++j) kept += mask(i, j) != 0;
    CHECK(kept == row.at("required").get<std::int64_t>());
  }
  const auto refused = [&](const std::vector<std::string>& more, int code, const std::string& part) {
    const Result bad = run_program("ablation", with_options(words, more));
    CHECK(bad.code == code);
    CHECK_CONTAINS(bad.err, part);
  };
  refused({"--force", "--score", "mse"}, 2, "mse given for labels");
  refused({"--force", "--curve", "cubic:3"}, 2, "'cubic:3' given");
  Tensor<double> y({200, 1}, 3.0);
  write_npy(tmp / "y.npy", y);
  refused({"--force"}, 3, "the label of sample 0 is 3");
}
