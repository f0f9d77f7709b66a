// Transformers from files: names in full and short, what shapes decide, what is refused, damaged files.
#include "nn/import.h"

#include <cmath>

#include "core/file.h"
#include "core/npz.h"
#include "core/safetensors.h"
#include "tests/core/fuzz.h"
#include "tests/core/temp_folder.h"
#include "tests/nn/golden_transformers.h"
#include "tests/nn/small_training.h"

using namespace basin;
using namespace basin::nn;
using doctest::Contains;

namespace {

using Tensors = std::map<std::string, Tensor<double>>;

Tensors tensors_of(const GoldenTransformer& golden) {
  Tensors all;
  for (const auto& slice : golden.parameters.slices()) all[slice.name] = golden.parameters.tensor(slice.name);
  return all;
}

template <class Writer>
std::string bytes_as(const Tensors& tensors) {
  Writer file;
  for (const auto& [name, tensor] : tensors) file.add(name, tensor);
  return file.bytes();
}

ImportChoices choices_of(const TransformerSpec& spec) {
  return {spec.layer_norm == LayerNorm::full ? LayerNorm::none : spec.layer_norm, spec.activation, spec.causal,
          spec.parallel_attention, spec.last_position};
}

void check_holds(const Tensors& tensors, bool transformer) {
  const TempFolder folder;
  CHECK(holds_transformer(folder.with("net.npz", bytes_as<NpzWriter>(tensors))) == transformer);
  CHECK(holds_transformer(folder.with("net.safetensors", bytes_as<SafeTensorsWriter>(tensors))) == transformer);
}

void check_refused(const std::string& path, const char* part, const ImportChoices& choices = {}) {
  CHECK_THROWS_WITH_AS(import_transformer(path, choices), Contains(part), DataError);
}

// A file of the golden transformer `full` after a change.
struct Changed {
  template <class Change>
  Changed(Change change, const char* part) {
    Tensors tensors = tensors_of(GoldenTransformer("full"));
    change(tensors);
    check_refused(folder.with("net.npz", bytes_as<NpzWriter>(tensors)), part);
    check_refused(folder.with("net.safetensors", bytes_as<SafeTensorsWriter>(tensors)), part);
  }
  TempFolder folder;
};

// The smallest transformer that has everything.
TransformerSpec smallest() {
  return {.d_model = 1,
          .n_heads = 1,
          .d_head = 1,
          .d_mlp = 1,
          .d_vocab = 2,
          .d_vocab_out = 1,
          .n_ctx = 1,
          .layer_norm = LayerNorm::full};
}

}  // namespace

TEST_CASE("a file is taken for a transformer by its embedding or its blocks") {
  Tensors tensors = tensors_of(GoldenTransformer("full"));
  check_holds(tensors, true);
  tensors.erase("embed.W_E");
  check_holds(tensors, true);
  check_holds({{"W_E", Matrix({2, 1})}}, true);
  check_holds({{"layers.0.weight", Matrix({2, 1})}, {"layer0_W", Matrix({2, 1})}}, false);
}

TEST_CASE("shapes and choices give back every variant, to the bit, from both formats") {
  const TempFolder folder;
  for (const auto& [name, spec] : golden_specs()) {
    CAPTURE(name);
    const GoldenTransformer golden(name);
    const Tensors tensors = tensors_of(golden);
    TransformerSpec want = spec;
    if (want.attention_only) want.d_mlp = 0, want.b_in = want.b_out = false;  // no tensor says them
    for (const std::string& path : {folder.with("net.npz", bytes_as<NpzWriter>(tensors)),
                                    folder.with("net.safetensors", bytes_as<SafeTensorsWriter>(tensors))}) {
      const ImportedTransformer read = import_transformer(path, choices_of(spec));
      CHECK(read.spec == want);
      CHECK(std::ranges::equal(read.parameters.flat(), golden.parameters.flat()));
      CHECK(parameters_of(read.model).size() == golden.parameters.slices().size());
    }
  }
}

TEST_CASE("a network saved while training says itself what tensors do not") {
  const TempFolder folder;
  const GoldenTransformer golden("last");
  const Trainer<float> trainer(golden.model, {.batch = 3}, golden.data);
  trainer.save_network(folder / "net.safetensors");
  const ImportedTransformer read = import_transformer(folder / "net.safetensors");
  CHECK(read.spec == golden.spec);
  CHECK(read.model.config == golden.model.config);
  trainer.save(folder / "state.safetensors");
  check_refused(folder / "state.safetensors", "tensor 'optimizer.first' is no parameter");
}

TEST_CASE("TransformerLens's buffers are passed over, whatever their type") {
  const TempFolder folder;
  Tensors tensors = tensors_of(GoldenTransformer("pre"));
  tensors["blocks.0.attn.IGNORE"] = Tensor<double>({}, -INFINITY);
  tensors["blocks.1.attn.mask"] = Tensor<double>({5, 5}, 1);
  CHECK_NOTHROW(import_transformer(folder.with("net.npz", bytes_as<NpzWriter>(tensors)), {LayerNorm::pre}));
  SafeTensorsWriter file;
  for (const auto& [name, tensor] : tensors)
    name.ends_with("mask") ? file.add(name, cast<std::int64_t>(tensor)) : file.add(name, tensor);
  CHECK_NOTHROW(import_transformer(folder.with("net.safetensors", file.bytes()), {LayerNorm::pre}));
}

TEST_CASE("what is missing, too much, misshapen or no number is refused by name") {
  Changed([](Tensors& t) { t.erase("embed.W_E"); }, "there is no tensor 'embed.W_E' [d_vocab, d_model]");
  Changed([](Tensors& t) { t.erase("blocks.1.attn.W_K"); }, "there is no tensor 'blocks.1.attn.W_K' [2,8,4]");
  Changed([](Tensors& t) { t.erase("blocks.0.ln2.b"); }, "there is no tensor 'blocks.0.ln2.b' [8]");
  Changed([](Tensors& t) { t.erase("blocks.1.mlp.b_in"); }, "there is no tensor 'blocks.1.mlp.b_in' [12]");
  Changed([](Tensors& t) { t.erase("blocks.0.mlp.b_in"); }, "tensor 'blocks.1.mlp.b_in' is no parameter");
  Changed([](Tensors& t) { t["blocks.3.attn.W_Q"] = t["blocks.0.attn.W_Q"]; }, "'blocks.3.attn.W_Q' is no parameter");
  Changed([](Tensors& t) { t["rotary"] = t["embed.W_E"]; }, "tensor 'rotary' is no parameter of a transformer");
  Changed([](Tensors& t) { t["W_E"] = t["embed.W_E"]; }, "are one tensor of a transformer with one block");
  Changed([](Tensors& t) { t["embed.W_E"] = Tensor<double>({7}); },
          "'embed.W_E' has shape [7]; wanted [d_vocab, d_model]");
  Changed([](Tensors& t) { t["embed.W_E"] = Tensor<double>({0, 8}); }, "'embed.W_E' has shape [0,8]; wanted [d_vocab");
  Changed(
      [](Tensors& t) {
        t["blocks.1.attn.W_O"] = Tensor<double>({2, 8, 4});
      },
      "tensor 'blocks.1.attn.W_O' has shape [2,8,4]; wanted [2,4,8]");
  Changed([](Tensors& t) { t["unembed.W_U"][3] = NAN; }, "tensor 'unembed.W_U' holds NaN or Inf");
  Changed([](Tensors& t) { t["blocks.0.attn.b_V"][0] = -INFINITY; }, "tensor 'blocks.0.attn.b_V' holds NaN or Inf");
  Changed([](Tensors& t) { t.clear(), t["x"] = Tensor<double>({1}); }, "there is no tensor 'embed.W_E'");
}

TEST_CASE("whole numbers, norms that are not there and unknown files are refused") {
  const TempFolder folder;
  const Tensors tensors = tensors_of(GoldenTransformer("pre"));
  SafeTensorsWriter whole;
  for (const auto& [name, tensor] : tensors)
    name == "embed.W_E" ? whole.add(name, cast<std::int64_t>(tensor)) : whole.add(name, tensor);
  check_refused(folder.with("net.safetensors", whole.bytes()), "'embed.W_E' holds I64; wanted F64, F32, F16 or BF16");
  const std::string net = folder.with("pre.npz", bytes_as<NpzWriter>(tensors));
  check_refused(net, "there is no tensor 'blocks.0.ln1.w' [8]", {.layer_norm = LayerNorm::full});
  check_refused(folder.with("net.pt", "x"), "wanted one ending in .safetensors or .npz");
  check_refused(folder / "none.npz", "none.npz");
  const std::string alone = bytes_as<NpzWriter>(tensors_of(GoldenTransformer("attention_only")));
  check_refused(folder.with("alone.npz", alone), "there is no tensor 'blocks.0.mlp.W_in'",
                {.parallel_attention = true});
}

TEST_CASE("sizes that are only announced take no memory") {
  const TempFolder folder;
  Tensors tensors = tensors_of(GoldenTransformer("modadd"));
  tensors["embed.W_E"] = Tensor<double>({50000, 1}), tensors["pos_embed.W_pos"] = Tensor<double>({50000, 1});
  tensors["unembed.W_U"] = Tensor<double>({1, 50000}), tensors["blocks.0.mlp.W_in"] = Tensor<double>({1, 50000});
  const std::string path = folder.with("net.npz", bytes_as<NpzWriter>(tensors));
  const MemoryLimit limit;
  check_refused(path, "has shape");
}

TEST_CASE("damaged files of transformers are refused or read, never worse") {
  const Model model = transformer(smallest());
  Parameters<float> parameters(parameters_of(model));
  parameters.start(1);
  SafeTensorsWriter described;
  NpzWriter npz;
  add_parameters(described, parameters);
  for (const auto& [key, value] : model.config) described.metadata(key, value);
  for (const auto& slice : parameters.slices()) npz.add(slice.name, parameters.tensor(slice.name));
  const auto reader = [](const char* file) {
    return [file](const std::string& bytes) { parse_transformer(bytes, file); };
  };
  fuzz("transformer", described.bytes(), reader("net.safetensors"), 1000);
  fuzz("transformer", npz.bytes(), reader("net.npz"), 1000);
}
