// Checkpoints that do not fit the run, or are damaged.
#include <doctest/doctest.h>

#include "nn/data/toy_tasks.h"
#include "tests/core/temp_folder.h"
#include "tests/nn/small_training.h"

using namespace basin;
using namespace basin::nn;
using doctest::Contains;

namespace {

const Split& data() {
  static const Split s = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 50}).data, 0.8, 1);
  return s;
}

MlpTraining specification() { return {{.epochs = 3, .batch = 8, .seed = 9}, {.widths = {6, 4, 2}}}; }

struct Saved {
  TempFolder folder;
  std::string path = folder / "run.safetensors";
  Saved() {
    auto t = trainer_of<float>(specification(), data());
    t.step(), t.step();
    t.save(path);
  }
  // The file with one metadata value replaced.
  std::string with(const std::string& key, const std::string& value) const {
    const SafeTensors file = read_safetensors(path);
    SafeTensorsWriter out;
    for (const auto& [name, tensor] : file.tensors) out.add(name, cast<float>(tensor));
    for (const auto& [name, text] : file.metadata)
      if (name != key)
        out.metadata(name, text);
      else if (!value.empty())
        out.metadata(name, value);
    out.save(folder / "changed.safetensors");
    return folder / "changed.safetensors";
  }
};

template <class T = float, class Change>
void refused(const std::string& path, Change change, const char* text) {
  MlpTraining spec = specification();
  change(spec);
  auto trainer = trainer_of<T>(spec, data());
  CHECK_THROWS_WITH_AS(trainer.resume(path), Contains(text), DataError);
}

}  // namespace

TEST_CASE("a checkpoint of another run is refused, and says how it differs") {
  const Saved saved;
  refused(
      saved.path,
      [](MlpTraining& s) {
        s.mlp.widths = {6, 5, 2};
      },
      "widths is 6,4,2, wanted 6,5,2");
  refused(
      saved.path, [](MlpTraining& s) { s.mlp.activation = Activation::tanh; }, "activation is relu, wanted tanh");
  refused(
      saved.path, [](MlpTraining& s) { s.seed = 3; }, "seed is 9, wanted 3");
  refused(
      saved.path, [](MlpTraining& s) { s.batch = 4; }, "batch is 8, wanted 4");
  refused<double>(
      saved.path, [](MlpTraining&) {}, "dtype is f32, wanted f64");
  refused(
      saved.folder / "none.safetensors", [](MlpTraining&) {}, "none.safetensors");
}

TEST_CASE("a checkpoint of another optimizer lacks its state") {
  const TempFolder folder;
  MlpTraining plain = specification();
  plain.optimizer.kind = OptimizerKind::sgd;
  trainer_of<float>(plain, data()).save(folder / "sgd.safetensors");
  refused(
      folder / "sgd.safetensors", [](MlpTraining&) {}, "tensor 'optimizer.first' is missing or has another length");
}

TEST_CASE("parameters alone are no training checkpoint") {
  const TempFolder folder;
  auto trainer = trainer_of<float>(specification(), data());
  SafeTensorsWriter file;
  add_parameters(file, trainer.parameters());
  file.save(folder / "net.safetensors");
  refused(
      folder / "net.safetensors", [](MlpTraining&) {}, "help: this is not a training checkpoint");
}

TEST_CASE("damaged counts are refused") {
  const Saved saved;
  const auto same = [](MlpTraining&) {};
  refused(saved.with("steps", "two"), same, "metadata 'steps' is 'two', wanted a whole number");
  refused(saved.with("steps", "2x"), same, "metadata 'steps' is '2x', wanted a whole number");
  refused(saved.with("epoch", "-1"), same, "metadata 'epoch' is '-1', wanted a whole number");
  refused(saved.with("epoch", ""), same, "no 'epoch' in the metadata");
  refused(saved.with("step_in_epoch", "99"), same, "step_in_epoch 99 is past the epoch's end");
  for (const char* key : {"step_in_epoch", "epoch", "steps"})
    refused(saved.with(key, "18446744073709551615"), same, "18446744073709551615, more than a run can have");
}

TEST_CASE("a checkpoint of an earlier version, which held widths and activation alone, is read") {
  const Saved saved;
  const SafeTensors file = read_safetensors(saved.path);
  SafeTensorsWriter earlier;
  for (const auto& [name, tensor] : file.tensors) earlier.add(name, cast<float>(tensor));
  for (const auto& [name, text] : file.metadata)
    if (name != "model" && name != "bias" && name != "loss") earlier.metadata(name, text);
  earlier.save(saved.folder / "earlier.safetensors");
  auto trainer = trainer_of<float>(specification(), data());
  trainer.resume(saved.folder / "earlier.safetensors");
  CHECK(trainer.step_in_epoch() == 2);
  refused(
      saved.folder / "earlier.safetensors", [](MlpTraining& s) { s.mlp.activation = Activation::tanh; },
      "activation is relu, wanted tanh");
}
