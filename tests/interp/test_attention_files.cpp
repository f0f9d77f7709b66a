// Attention layers as files have them.
#include <doctest/doctest.h>

#include <cmath>

#include "core/rng.h"
#include "interp/degeneracy/attention.h"

using namespace basin;
using namespace basin::interp;

namespace {

Tensor<double> drawn(const Shape& shape, const std::string& stream) {
  Tensor<double> t(shape);
  Rng(5, stream).fill_normal(std::span(t.data));
  return t;
}

AttentionLayer layer_of_file(std::int64_t heads, std::int64_t d, std::int64_t m) {
  return {.W_Q = drawn({heads, d, m}, "Q"),
          .W_K = drawn({heads, d, m}, "K"),
          .W_V = drawn({heads, d, m}, "V"),
          .W_O = drawn({heads, m, d}, "O")};
}

}  // namespace

TEST_CASE("a layer is read from TransformerLens's names, and its file gives the numbers of the layer") {
  AttentionLayer layer = layer_of_file(2, 4, 2);
  layer.b_K = drawn({2, 2}, "bK");
  std::vector<NamedTensor> tensors = named_tensors(traced_attention(layer, 3).parameters);
  SafeTensors file;
  for (const NamedTensor& t : tensors) file.tensors["blocks.7" + t.name.substr(8)] = t.value;
  CHECK(names_attention(file));
  const AttentionLayer read = attention_layer_from(file, "net");
  CHECK(read.W_O.data == layer.W_O.data);
  CHECK(read.b_K.data == layer.b_K.data);
  CHECK(read.b_V.size() == 0);
}

TEST_CASE("a layer may stand by its bare names, and TransformerLens's buffers beside it") {
  const AttentionLayer layer = layer_of_file(2, 4, 2);
  for (const char* prefix : {"", "attn.", "blocks.0.attn."}) {
    SafeTensors file;
    for (const NamedTensor& t : named_tensors(traced_attention(layer, 3).parameters))
      file.tensors[prefix + t.name.substr(t.name.rfind('.') + 1)] = t.value;
    file.tensors[std::string(prefix) + "mask"] = Tensor<double>({8, 8}, 1.0);
    file.tensors[std::string(prefix) + "IGNORE"] = Tensor<double>(Shape{}, {-INFINITY});
    CHECK(names_attention(file));
    CHECK(attention_layer_from(file, "net").W_O.data == layer.W_O.data);
  }
  SafeTensors dense;
  dense.tensors["weight"] = Tensor<double>({2, 2});
  CHECK_FALSE(names_attention(dense));
}

TEST_CASE("tensors that are no attention layer are refused, naming what does not fit") {
  const std::vector<NamedTensor> good = named_tensors(traced_attention(layer_of_file(2, 4, 2), 3).parameters);
  const auto refused = [](std::vector<NamedTensor> tensors, const std::string& part) {
    CHECK_THROWS_WITH_AS(attention_layer(tensors, "net"), doctest::Contains(part.c_str()), DataError);
  };
  const auto with = [&](const std::string& name, double value) {
    std::vector<NamedTensor> tensors = good;
    tensors.push_back({name, Tensor<double>({2, 2}, value)});
    return tensors;
  };
  refused({}, "net: there is no W_Q; found no tensors");
  refused({good[0], good[1], good[2]}, "there is no W_O; found blocks.0.attn.W_Q, blocks.0.attn.W_K");
  refused(with("blocks.0.attn.mask", 1), "'blocks.0.attn.mask' is no part of an attention layer");
  refused(with("layers.0.weight", 1), "'layers.0.weight' is no part of an attention layer");
  refused(with("blocks.1.attn.b_Q", 1), "'blocks.0.attn.W_Q' and 'blocks.1.attn.b_Q' are of two layers");
  refused(with("blocks.0.attn.b_Q", NAN), "'blocks.0.attn.b_Q' holds NaN or Inf");
  std::vector<NamedTensor> wide = good;
  wide[3].value = drawn({2, 3, 4}, "wide");
  CHECK_THROWS_WITH_AS(attention_layer(wide, "net"), doctest::Contains("net: W_O is [2,3,4]; wanted [2,2,4]"),
                       ShapeError);
}
