#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/npy.h"
#include "core/safetensors.h"
#include "tests/experiments/process.h"
#include "tests/interp/degeneracy_golden.h"
#include "tests/interp/scrambled_nets.h"

using namespace basin;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

// A golden network, a scrambled copy and their data, as files.
struct Files {
  TempFolder tmp;
  GoldenData data = golden_named("c5_two_layers");
  interp::ReluNet other = interp::scrambled(data.net, data.x, Rng(1, "scramble"));
  std::string first = tmp / "a.safetensors", second = tmp / "b.safetensors", inputs = tmp / "x.npy";

  Files() {
    interp::write_relu_net(first, data.net);
    interp::write_relu_net(second, other);
    write_npy(inputs, data.x);
  }
  Result run(const Words& more = {}) const {
    return run_program("same_function", with_options({first, second, "--inputs", inputs}, more));
  }
};

}  // namespace

TEST_CASE("same_function tells a scrambled copy, by which moves, and with exit code 0") {
  const Files files;
  const Result r = files.run();
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK_CONTAINS(r.out, "tolerance 1e-09\n");
  CHECK_CONTAINS(r.out, "outputs are equal on this data");
  CHECK_CONTAINS(r.out, "a path from the first to the second");
  CHECK_CONTAINS(r.out, "  layers.0: neurons 0 left out, which never fire or are never read   (");
  CHECK_CONTAINS(r.out, " rescaled by ");
  CHECK_CONTAINS(r.out, " numbers changed that the data do not show   (");
  const auto got = nlohmann::json::parse(files.run({"--json"}).out);
  CHECK(got.at("verdict") == "same");
  CHECK(got.at("residual") < 1e-10);
  CHECK(got.at("moves").size() > 4);
}

TEST_CASE("same_function --path writes the networks behind its moves, which can be read") {
  const Files files;
  const std::string folder = files.tmp / "moves";
  CHECK(files.run({"--path", folder}).code == 0);
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  REQUIRE(paths.size() > 4);
  CHECK(paths.front().ends_with("/01-removed-1.safetensors"));
  CHECK(interp::read_relu_net(paths.back()).weights[0].data == files.other.weights[0].data);
  for (const std::string& path : paths) {
    CAPTURE(path);
    CHECK(run_program("same_function", {files.first, path, "--inputs", files.inputs}).code == 0);
  }
  const Result again = files.run({"--path", folder});
  CHECK(again.code == 2);
  CHECK_CONTAINS(again.err, folder + " exists");
}

TEST_CASE("same_function ends with 1 where networks differ, and says in which row") {
  Files files;
  files.other.biases[2][1] += 1;
  interp::write_relu_net(files.second, files.other);
  const Result r = files.run();
  CHECK(r.code == 1);
  CHECK_CONTAINS(r.out, "different on this data: outputs differ by ");
  CHECK_CONTAINS(r.out, ", output 1\n");
  CHECK(files.run({"--tolerance", "1"}).code != 1);
}

TEST_CASE("same_function ends with 4 where outputs are equal and no path is known") {
  TempFolder tmp;
  const interp::ReluNet parts{.weights = {Matrix({2, 1}, {1, -1}), Matrix({1, 2}, {1, -1})}, .biases = {{0, 0}, {0}}};
  const interp::ReluNet whole{.weights = {Matrix({1, 1}, {1}), Matrix({1, 1}, {1})}, .biases = {{10}, {-10}}};
  interp::write_relu_net(tmp / "a.safetensors", parts);
  interp::write_relu_net(tmp / "b.safetensors", whole);
  const std::string x = tmp.with("x.csv", "x\n1\n-2\n0.5\n-0.25\n3\n");
  const Result r = run_program("same_function", {tmp / "a.safetensors", tmp / "b.safetensors", "--inputs", x});
  CHECK(r.code == 4);
  CHECK_CONTAINS(r.out, "tolerance 1e-05 (numbers of float32)");
  CHECK_CONTAINS(r.out, "no path is known here");
  CHECK_CONTAINS(r.out,
                 "layers.0: neurons 0 of the first network, which fire on 3 of 5 samples, are read, and no neuron");
}

TEST_CASE("same_function reads runs by their folders, with the run's own data") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", "a,b,y\n1,2,3\n2,1,0.5\n0,1,2\n3,1,1\n-1,2,4\n");
  for (const char* epochs : {"1", "2"})
    CHECK(
        run_program("train_mlp", {"--data", csv, "--widths", "3", "--epochs", epochs, "--quiet", "--out", tmp / epochs})
            .code == 0);
  CHECK(run_program("same_function", {tmp / "1", tmp / "1"}).code == 0);
  CHECK_CONTAINS(run_program("same_function", {tmp / "1", tmp / "1"}).out, "the parameters are the same");
  CHECK(run_program("same_function", {tmp / "1", tmp / "2"}).code == 1);
}

TEST_CASE("same_function refuses what it cannot compare, naming file and reason") {
  const Files files;
  const auto refused = [&](const Words& words, int code, const std::string& part) {
    const Result r = run_program("same_function", words);
    CHECK(r.code == code);
    CHECK(r.out == "");
    CHECK_CONTAINS(r.err, part);
  };
  refused({}, 2, "fewer than two networks given");
  refused({files.first}, 2, "fewer than two networks given");
  refused({files.first, files.second}, 2, "neither network is a run, and no data are given; help: --inputs FILE");
  refused({files.first, files.second, files.inputs}, 2, "is neither an option nor the value of one");
  const std::string narrow = files.tmp.with("narrow.csv", "a,b\n1,2\n");
  refused({files.first, files.second, "--inputs", narrow}, 3, narrow + " has 2 columns; wanted 5");
  refused({files.first, files.tmp / "no.safetensors", "--inputs", files.inputs}, 3, "cannot read");
  const std::string small = files.tmp / "small.safetensors";
  interp::write_relu_net(small, golden_named("c3_321").net);
  refused({files.first, small, "--inputs", files.inputs}, 3,
          "dense layers: 3 in the first network and 2 in the second");
  Matrix x = files.data.x;
  x(7, 1) = std::nan("");
  write_npy(files.tmp / "nan.npy", x);
  refused({files.first, files.second, "--inputs", files.tmp / "nan.npy"}, 3, "the number in sample 7 is nan");
}
