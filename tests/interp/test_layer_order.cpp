#include "interp/layers/layer_order.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "core/rng.h"
#include "interp/layers/relu_net.h"

using namespace basin;
using namespace basin::interp;

namespace {

using Names = std::vector<std::string>;

// 4-4-…-4 with these layers in this order of the file; the weight of layer i holds i + 1 and is not symmetric.
SafeTensors square_layers(const Names& names, bool bias = true) {
  SafeTensors file;
  for (std::size_t i = 0; i < names.size(); ++i) {
    Tensor<double> w({4, 4}, std::vector<double>(16, double(i + 1)));
    w[1] = -1;
    file.tensors[names[i] + ".weight"] = w;
    file.order.push_back(names[i] + ".weight");
    if (!bias) continue;
    file.tensors[names[i] + ".bias"] = Tensor<double>({4}, std::vector<double>(4, double(i + 1)));
    file.order.push_back(names[i] + ".bias");
  }
  return file;
}

template <class E>
std::string refusal(const SafeTensors& file, const NetFileOptions& options = {}) {
  try {
    relu_net_from(file, "net.safetensors", options);
  } catch (const E& e) {
    return e.what();
  }
  return "accepted";
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Counts orders that chain one permutation at a time.
std::vector<LayerOrder> all_orders(const std::vector<LayerWidths>& layers) {
  LayerOrder order(layers.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::vector<LayerOrder> found;
  do {
    bool chains = true;
    for (std::size_t i = 1; i < order.size(); ++i) chains &= layers[order[i - 1]].out == layers[order[i]].in;
    if (chains) found.push_back(order);
  } while (std::ranges::next_permutation(order).found);
  return found;
}

}  // namespace

TEST_CASE("numbers in names are an order if one number alone differs, and else not") {
  CHECK(order_by_numbers({"layers.10.", "layers.9.", "layers.0."}) == LayerOrder{2, 1, 0});
  CHECK(order_by_numbers({"fc2.", "fc1."}) == LayerOrder{1, 0});
  CHECK(order_by_numbers({"2.", "0."}) == LayerOrder{1, 0});
  CHECK(order_by_numbers({"net1.lin10.a", "net1.lin9.a"}) == LayerOrder{1, 0});
  CHECK(order_by_numbers({"l99999999999999999999.", "l100000000000000000000."}) == LayerOrder{0, 1});
  CHECK(order_by_numbers({"anything"}) == LayerOrder{0});
  for (const Names& names : std::vector<Names>{{"encoder.", "decoder."},
                                               {"fc1.", "fc2.", "out."},
                                               {"fc1.", "bn1."},
                                               {"enc.0.", "dec.0."},
                                               {"enc.0.", "dec.1."},
                                               {"l1_a.", "l1_b."},
                                               {"0.0.", "0.1.", "1.0."},
                                               {"a0.b0.", "a1.b1."},
                                               {"l.1.", "l.01."},
                                               {"l1.", "1l."},
                                               {"l.", "l.1."}}) {
    CAPTURE(names[0]);
    CHECK_FALSE(order_by_numbers(names));
  }
}

TEST_CASE("shapes are an order if exactly one chains: as all permutations say") {
  Rng rng(3, "shapes");
  int unique = 0, several = 0;
  for (int repeat = 0; repeat < 400; ++repeat) {
    std::vector<LayerWidths> layers(1 + rng.below(5));
    for (LayerWidths& l : layers) l = {std::int64_t(1 + rng.below(3)), std::int64_t(1 + rng.below(3))};
    const std::vector<LayerOrder> orders = all_orders(layers);
    const auto got = order_by_shapes(layers);
    CHECK(got.has_value() == (orders.size() == 1));
    if (got) CHECK(*got == orders[0]);
    unique += orders.size() == 1, several += orders.size() > 1;
  }
  CHECK(unique > 50);
  CHECK(several > 20);
  CHECK_FALSE(order_by_shapes(std::vector<LayerWidths>(30, {4, 4})));
  CHECK_FALSE(order_by_shapes(std::vector<LayerWidths>(100000, {4, 5})));
}

TEST_CASE("names without numbers are no order: neither theirs nor the file's is taken, and the error says what to do") {
  for (const Names& names : std::vector<Names>{{"encoder", "decoder"},
                                               {"decoder", "encoder"},
                                               {"fc1", "fc2", "out"},
                                               {"enc.0", "dec.0"},
                                               {"l1_a", "l1_b"},
                                               {"l.1", "l.01"}}) {
    CAPTURE(names[0]);
    const std::string text = refusal<DataError>(square_layers(names)), list = text.substr(text.find("--layers "));
    CHECK(says(text, "net.safetensors: the order of the layers "));
    CHECK(says(list, names[0] + "," + names[1]));  // as in the file
  }
}

TEST_CASE("messages about many layers stay short") {
  Names names, numbered;
  for (int i = 0; i < 500; ++i) {
    names.push_back(std::string(std::size_t(1 + i), 'a'));
    numbered.push_back("l." + std::to_string(i));
  }
  CHECK(refusal<DataError>(square_layers(names)).size() < 1000);
  CHECK(reading_note(relu_net_from(square_layers(numbered), "net")).size() < 1000);
}

TEST_CASE("a given order is taken, whatever numbers and the file say, and names are kept") {
  const Names names{"decoder", "encoder"};
  for (const Names& wanted : std::vector<Names>{{"encoder", "decoder"}, {"encoder.", "decoder."}}) {
    const ReluNet net = relu_net_from(square_layers(names), "net", {.layers = wanted});
    CHECK(net.weights[0](0, 0) == 2);
    CHECK(net.biases[1][0] == 1);
    CHECK(net.names == Names{"encoder", "decoder"});
    CHECK(layer_name(net, 0) == "encoder");
    CHECK(net.reading.order == "given");
  }
  CHECK(relu_net_from(square_layers({"l.0", "l.1"}), "net", {.layers = {"l.1", "l.0"}}).weights[0](0, 0) == 2);
  CHECK(says(refusal<UsageError>(square_layers(names), {.layers = {"encoder"}}), "names 1 of 2"));
  CHECK(says(refusal<UsageError>(square_layers(names), {.layers = {"encoder", "encoder"}}), "'encoder' twice"));
  CHECK(says(refusal<UsageError>(square_layers(names), {.layers = {"encoder", "head"}}),
             "'head', which is not there; wanted each of decoder,encoder once"));
  CHECK(layer_name(ReluNet{}, 3) == "layers.3");
}

TEST_CASE("an order that shapes prove is taken") {
  SafeTensors file = square_layers({"decoder", "encoder"}, false);
  file.tensors["encoder.weight"] = Tensor<double>({4, 3}, std::vector<double>(12, 1.0));
  const ReluNet net = relu_net_from(file, "net");
  CHECK(net.names == Names{"encoder", "decoder"});
  CHECK(net.widths() == std::vector<std::int64_t>{3, 4, 4});
  CHECK(net.reading.order == "by shapes");
  CHECK(says(refusal<DataError>(file, {.layers = {"decoder", "encoder"}}), "in the order given; wanted 4 inputs"));
}

TEST_CASE("weights [in, out] are read where that is said, and what was taken without proof is said") {
  SafeTensors file = square_layers({"l.0", "l.1"});
  const ReluNet out_in = relu_net_from(file, "net"), in_out = relu_net_from(file, "net", {.layout = Layout::in_out});
  CHECK(out_in.weights[0](0, 1) == -1);
  CHECK(in_out.weights[0](1, 0) == -1);
  CHECK(in_out.weights[0](0, 1) == 1);
  CHECK(says(reading_note(out_in), "read as [out, in] (layout out-in), layers in the order l.0,l.1 (by numbers)"));
  CHECK(says(reading_note(in_out), "read as [in, out] (layout in-out)"));
  CHECK(says(reading_note(in_out), "--layout out-in"));

  file.tensors["l.0.weight"] = Tensor<double>({4, 3}, std::vector<double>(12, 1.0));
  CHECK(relu_net_from(file, "net").reading.layout_proved);
  CHECK(reading_note(relu_net_from(file, "net")).empty());
}

TEST_CASE("where the bias or the next layer fits only the transpose, the error asks") {
  const char* question = "transposed? help: --layout in-out reads weights as [in, out]";
  SafeTensors file = square_layers({"l.0", "l.1"});
  file.tensors["l.0.weight"] = Tensor<double>({3, 4}, std::vector<double>(12, 1.0));
  CHECK(says(refusal<DataError>(file), "'l.0.bias' has shape [4] beside a weight [3,4]; wanted [3]; "));
  CHECK(says(refusal<DataError>(file), question));
  CHECK(relu_net_from(file, "net", {.layout = Layout::in_out}).widths() == std::vector<std::int64_t>{3, 4, 4});
  CHECK(reading_note(relu_net_from(file, "net", {.layout = Layout::in_out})).empty());
  file.tensors.erase("l.0.bias");
  file.tensors.erase("l.1.bias");
  CHECK(says(refusal<DataError>(file), question));  // layers do not chain

  file = square_layers({"l.0", "l.1"});
  file.tensors["l.0.weight"] = Tensor<double>({4, 3}, std::vector<double>(12, 1.0));
  CHECK(says(refusal<DataError>(file, {.layout = Layout::in_out}), "transposed? help: --layout out-in"));
}
