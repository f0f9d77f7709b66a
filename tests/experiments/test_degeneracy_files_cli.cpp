// How `degeneracy` takes the layers of a file: their order, their layout, and what it says about both.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/lapack.h"
#include "core/npy.h"
#include "core/rng.h"
#include "core/safetensors.h"
#include "tests/experiments/process.h"

using namespace basin;

namespace {

using Words = std::vector<std::string>;

Matrix normal(const Shape& shape, const std::string& stream) {
  Matrix m(shape);
  Rng(5, stream).fill_normal(std::span(m.data));
  return m;
}

// Linear 4-4-4 without biases, the first layer of rank 1, the second of rank 2, on samples in a plane. What a change of
// the parameters does to the map is dW1 W0 + W1 dW0, so that rank J = 4 r + 2 s - r s, with r the rank of the first
// layer on the plane and s that of the second: 4 + 4 - 2 = 6, and in the wrong order 8 + 2 - 2 = 8.
struct Written {
  TempFolder tmp;
  Matrix first = matmul(normal({4, 1}, "a"), normal({1, 4}, "b")),
         second = matmul(normal({4, 2}, "c"), normal({2, 4}, "d"));
  std::string inputs = tmp / "x.npy";

  Written() { write_npy(inputs, matmul(normal({40, 2}, "x"), normal({2, 4}, "plane"))); }

  std::string weights(const std::string& one, const std::string& two, bool turned = false) const {
    SafeTensorsWriter file;
    file.add(one + ".weight", turned ? transpose(first) : first);
    file.add(two + ".weight", turned ? transpose(second) : second);
    const std::string path = tmp / (one + two + (turned ? "T" : "") + ".safetensors");
    file.metadata("activation", "linear").save(path);
    return path;
  }
  Result run(const std::string& weights, const Words& more) const {
    Words words{"--weights", weights, "--inputs", inputs};
    words.insert(words.end(), more.begin(), more.end());
    return run_program("degeneracy", words);
  }
  int rank(const std::string& weights, Words more = {}) const {
    more.insert(more.end(), {"--json", "--quiet"});
    const Result r = run(weights, more);
    CHECK_MESSAGE(r.code == 0, r.err);
    return r.code == 0 ? nlohmann::json::parse(r.out).at("jacobian_rank").get<int>() : -1;
  }
};

}  // namespace

TEST_CASE("layers without numbers are counted in the order that is given, and in no other") {
  const Written f;
  CHECK(f.rank(f.weights("layers.0", "layers.1")) == 6);
  CHECK(f.rank(f.weights("layers.1", "layers.0")) == 8);
  const std::string named = f.weights("encoder", "decoder");
  CHECK(f.rank(named, {"--layers", "encoder,decoder"}) == 6);
  CHECK(f.rank(named, {"--layers", "decoder,encoder"}) == 8);
  const Result silent = f.run(named, {});
  CHECK(silent.code == 3);
  CHECK(silent.out == "");
  CHECK_CONTAINS(silent.err, "the order of the layers decoder,encoder is not known");
  CHECK_CONTAINS(silent.err, "--layers decoder,encoder if that is the order");
  const Result wrong = f.run(named, {"--layers", "encoder,head"});
  CHECK(wrong.code == 2);
  CHECK_CONTAINS(wrong.err, "'head', which is not there; wanted each of decoder,encoder once");
}

TEST_CASE("weights [in, out] are read with --layout in-out, and what was taken is said unless --quiet") {
  const Written f;
  CHECK(f.rank(f.weights("layers.0", "layers.1", true), {"--layout", "in-out"}) == 6);
  const Result taken = f.run(f.weights("layers.0", "layers.1"), {});
  CHECK_CONTAINS(taken.err,
                 "note: weights are read as [out, in] (layout out-in), layers in the order layers.0,layers.1");
  CHECK_CONTAINS(taken.err, "--layout in-out reads");
  CHECK(f.run(f.weights("layers.0", "layers.1"), {"--quiet"}).err == "");
  CHECK(f.run(f.weights("layers.0", "layers.1"), {"--layout", "rows"}).code == 2);
}

TEST_CASE("where only the transpose fits the error asks") {
  const TempFolder tmp;
  const std::string weights = tmp / "w.safetensors", wide = tmp / "wide.safetensors", x = tmp / "x.npy";
  write_npy(x, normal({20, 3}, "x"));
  SafeTensorsWriter().add("l.0.weight", normal({3, 4}, "a")).add("l.0.bias", Tensor<double>({4})).save(weights);
  SafeTensorsWriter().add("weight", normal({3, 4}, "a")).save(wide);
  for (const std::string& file : {weights, wide}) {
    const Result asks = run_program("degeneracy", {"--weights", file, "--inputs", x});
    CHECK(asks.code == 3);
    CHECK_CONTAINS(asks.err, "transposed?");
    CHECK_CONTAINS(asks.err, "--layout in-out");
    CHECK(run_program("degeneracy", {"--weights", file, "--inputs", x, "--layout", "in-out"}).code == 0);
  }
}

TEST_CASE("--scaled answers with zeros where no parameter changes anything") {
  const TempFolder tmp;
  const std::string weights = tmp / "dead.safetensors", x = tmp / "x.npy";
  Matrix negative = normal({5, 3}, "n"), positive = normal({20, 3}, "x");
  for (double& v : negative.data) v = -std::abs(v);
  for (double& v : positive.data) v = std::abs(v);
  SafeTensorsWriter().add("l.0.weight", negative).add("l.1.weight", normal({2, 5}, "o")).save(weights);
  write_npy(x, positive);
  const Result r = run_program("degeneracy", {"--weights", weights, "--inputs", x, "--scaled", "--quiet"});
  CHECK_MESSAGE(r.code == 0, r.err);
  CHECK_CONTAINS(r.out, "largest curvature 0;");
  CHECK_CONTAINS(r.out, "1e-06                          0.0 ± 0.0 (0.0)");
}
