#include "interp/layers/relu_net.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/npy.h"
#include "core/npz.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::interp;

namespace {

Tensor<double> counted(const Shape& shape, double first = 0) {
  Tensor<double> t(shape);
  for (std::int64_t i = 0; i < t.size(); ++i) t[i] = first + double(i);
  return t;
}

// A file of two layers, 3-2-1, with these prefixes.
SafeTensors two_layers(const std::string& first = "layers.0.", const std::string& second = "layers.1.") {
  SafeTensors file;
  file.tensors = {{first + "weight", counted({2, 3})},
                  {first + "bias", counted({2}, -1)},
                  {second + "weight", counted({1, 2}, 5)},
                  {second + "bias", counted({1}, 9)}};
  return file;
}

std::string refusal(const SafeTensors& file) {
  try {
    relu_net_from(file, "net.safetensors");
  } catch (const DataError& e) {
    return e.what();
  }
  return "accepted";
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a network is read from PyTorch's names, whatever the prefixes, in their natural order") {
  const std::vector<std::pair<std::string, std::string>> namings{
      {"layers.0.", "layers.1."}, {"0.", "2."}, {"2.", "10."}, {"fc1.", "fc2."}, {"net.layer9.", "net.layer10."}};
  for (const auto& [first, second] : namings) {
    CAPTURE(second);
    const ReluNet net = relu_net_from(two_layers(first, second), "net");
    CHECK(net.widths() == std::vector<std::int64_t>{3, 2, 1});
    CHECK(net.parameters() == 11);
    CHECK(net.weights[0](1, 0) == 3);
    CHECK(net.biases[1] == std::vector<double>{9});
  }
}

TEST_CASE("a network survives a safetensors file") {
  const TempFolder folder;
  SafeTensorsWriter writer;
  for (const auto& [name, tensor] : two_layers().tensors) writer.add(name, tensor);
  writer.metadata("activation", "relu").save(folder / "net.safetensors");
  CHECK(read_relu_net(folder / "net.safetensors").weights[1].data == std::vector<double>{5, 6});
  CHECK_THROWS_AS(read_relu_net(folder / "none.safetensors"), DataError);
  CHECK_THROWS_AS(read_relu_net(folder.with("cut.safetensors", "\x08")), DataError);
}

TEST_CASE("what is no ReLU or linear network is refused, with what was found and what is covered") {
  SafeTensors file = two_layers();
  file.metadata["activation"] = "tanh";
  CHECK(says(refusal(file), "its activation is 'tanh'; wanted relu or linear"));
  CHECK(says(refusal(file), "layers.0.weight [2,3]"));
  CHECK(says(refusal(file), "help: covered are fully connected ReLU and linear networks"));
  CHECK(says(refusal(SafeTensors{}), "there are no layers; found no tensors"));

  file = two_layers();
  file.tensors.erase("layers.1.weight");
  CHECK(says(refusal(file), "'layers.1.bias' has no 'layers.1.weight'"));
  file = two_layers();
  file.tensors["norm.running_mean"] = counted({2});
  CHECK(says(refusal(file), "'norm.running_mean' is no weight and no bias"));
  file = two_layers();
  file.tensors["layers.0.weight"] = counted({2, 3, 1, 1});
  CHECK(says(refusal(file), "'layers.0.weight' has shape [2,3,1,1]; wanted two axes"));
}

TEST_CASE("layers without biases and linear networks are read, as the metadata or the caller say") {
  SafeTensors file = two_layers();
  file.tensors.erase("layers.1.bias");
  ReluNet net = relu_net_from(file, "net");
  CHECK_FALSE(net.linear);
  CHECK(net.has_bias(0));
  CHECK_FALSE(net.has_bias(1));
  CHECK(net.parameters() == 10);
  CHECK(relu_net_from(file, "net", {.activation = "linear"}).linear);
  file.metadata["activation"] = "linear";
  net = relu_net_from(file, "net");
  CHECK(net.linear);
  Graph graph;
  model_of(net).trace(graph, 3);
  CHECK(graph["layers.0.post"] == graph["layers.0.pre"]);
  CHECK_FALSE(graph.has("layers.1.bias"));
  CHECK_THROWS_WITH_AS(relu_net_from(file, "net", {.activation = "relu"}),
                       doctest::Contains("net: its activation is 'linear' and relu was asked for"), DataError);
  CHECK_THROWS_WITH_AS(relu_net_from(two_layers(), "net", {.activation = "gelu"}),
                       doctest::Contains("'gelu'; wanted relu or linear"), DataError);
}

TEST_CASE("shapes that do not fit are refused, naming both") {
  SafeTensors file = two_layers();
  file.tensors["layers.0.bias"] = counted({3});
  CHECK(says(refusal(file), "'layers.0.bias' has shape [3] beside a weight [2,3]; wanted [2]"));
  CHECK(says(refusal(two_layers("fc2.", "fc1.")),
             "'fc2.weight' [2,3] does not fit behind 'fc1.weight' [1,2], and layers are taken in the order of their "
             "numbers; wanted 1 inputs"));
  file = two_layers();
  file.tensors["layers.1.weight"] = counted({0, 2});
  file.tensors["layers.1.bias"] = counted({0});
  CHECK(says(refusal(file), "shape [0,2]"));
}

TEST_CASE("NaN and Inf in weights or biases are refused") {
  for (double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    for (const char* name : {"layers.0.weight", "layers.1.bias"}) {
      SafeTensors file = two_layers();
      file.tensors[name][0] = bad;
      CHECK(says(refusal(file), "holds NaN or Inf"));
    }
}

TEST_CASE("a list of many tensors is cut in messages") {
  SafeTensors file;
  for (int i = 0; i < 40; ++i) file.tensors["t" + std::to_string(i)] = counted({1});
  CHECK(says(refusal(file), "and 28 more"));
}

TEST_CASE("a traced network computes what its numbers say, with the promised names") {
  const ReluNet net = relu_net_from(two_layers(), "net");
  Graph graph;
  const Var out = model_of(net).trace(graph, 2).output;
  for (const char* name : {"x", "layers.0.weight", "layers.0.bias", "layers.0.pre", "layers.0.post", "layers.1.weight",
                           "layers.1.bias", "layers.1.pre"})
    CHECK(graph.has(name));
  CHECK_FALSE(graph.has("layers.1.post"));
  const DenseNetwork network = dense_network(net);
  Program<double> program(graph, {.fetch = {out}}, network.model.parameters.bindings(graph));
  program.feed("x", std::vector<double>{1, 0, -1, -1, 0, 0});
  program.run();
  CHECK(program.copy(out).data == std::vector<double>{9, 9});  // both samples: p = (-3, -2) and (-1, -3)
  program.feed("x", std::vector<double>{0, 1, 1, 2, 0, 0});
  program.run();
  CHECK(program.copy(out).data == std::vector<double>{5 * 2 + 6 * 9 + 9, 5 * 0 + 6 * 6 + 9});
}

TEST_CASE("inputs are read from npy, npz and csv, and images are flattened") {
  const TempFolder folder;
  write_npy(folder / "x.npy", counted({4, 2, 3}));
  CHECK(read_inputs(folder / "x.npy").shape == Shape{4, 6});
  CHECK(read_inputs(folder / "x.npy")(3, 5) == 23);
  CHECK(read_inputs(folder / "x.npy", 3).shape == Shape{3, 6});
  NpzWriter one, two, none;
  one.add("anything", counted({4, 2}));
  one.save(folder / "one.npz");
  two.add("x", counted({4, 2}));
  two.add("y", counted({4}));
  two.save(folder / "two.npz");
  none.add("a", counted({4, 2}));
  none.add("b", counted({4, 2}));
  none.save(folder / "none.npz");
  CHECK(read_inputs(folder / "one.npz").shape == Shape{4, 2});
  CHECK(read_inputs(folder / "two.npz").shape == Shape{4, 2});
  CHECK_THROWS_WITH_AS(read_inputs(folder / "none.npz"), doctest::Contains("arrays a, b given; wanted one"), DataError);
  CHECK(read_inputs(folder.with("x.csv", "a,b\n1,2\n3,4\n")).data == std::vector<double>{1, 2, 3, 4});
}

TEST_CASE("x of an archive is read whatever else is in it") {
  // Made by numpy: x [[1, 2], [3, 4]] as <f2, y of text, a of objects, flags of bools, z of complex numbers.
  const std::string path = std::string(BASIN_SOURCE_DIR) + "/tests/golden/files/mixed.npz";
  CHECK(read_inputs(path).data == std::vector<double>{1, 2, 3, 4});
  CHECK_THROWS_WITH_AS(read_npz(path), doctest::Contains("'<c16' are not supported"), DataError);
}

TEST_CASE("an activation is read whatever its letters' case") {
  SafeTensors file;
  file.tensors["l.0.weight"] = Matrix({2, 2}, 1.0);
  for (const char* name : {"ReLU", "RELU", "relu"}) {
    file.metadata["activation"] = name;
    CHECK_FALSE(relu_net_from(file, "net").linear);
  }
  file.metadata["activation"] = "Linear";
  CHECK(relu_net_from(file, "net").linear);
}

TEST_CASE("inputs that are no table of finite numbers are refused") {
  const TempFolder folder;
  write_npy(folder / "flat.npy", counted({4}));
  write_npy(folder / "empty.npy", counted({0, 3}));
  Tensor<double> bad = counted({3, 2});
  bad[3] = std::numeric_limits<double>::quiet_NaN();
  write_npy(folder / "nan.npy", bad);
  CHECK_THROWS_WITH_AS(read_inputs(folder / "flat.npy"), doctest::Contains("one feature is [samples, 1]"), DataError);
  CHECK_THROWS_WITH_AS(read_inputs(folder / "empty.npy"), doctest::Contains("shape [0,3] given"), DataError);
  CHECK_THROWS_WITH_AS(read_inputs(folder / "nan.npy"), doctest::Contains("sample 1 is nan"), DataError);
  CHECK_THROWS_WITH_AS(read_inputs(folder.with("x.txt", "1 2")), doctest::Contains(".npy, .npz or .csv"), DataError);
  CHECK_THROWS_AS(read_inputs(folder / "missing.npy"), DataError);
}
