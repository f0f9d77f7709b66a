// Training of models that are no MLPs: tokens, a loss for each position, parameters that files keep as they are.
#include <doctest/doctest.h>

#include "autodiff/ops.h"
#include "core/file.h"
#include "nn/data/toy_tasks.h"
#include "nn/train.h"
#include "tests/core/temp_folder.h"
#include "tests/largest_difference.h"
#include "tests/nn/small_training.h"

using namespace basin;
using namespace basin::nn;
using doctest::Contains;

namespace {

// Rows of three tokens: an embedding, a shift that does not decay, and a loss for each position.
Model token_model(bool shift_decays) {
  return {[=](Graph& graph, std::int64_t rows) {
            const Var table = graph.parameter("embed.W_E", {5, 4}, {Start::normal, 1});
            const Var shift = graph.parameter("shift", {4}, {Start::ones}, {.decays = shift_decays});
            const Var unembed = graph.parameter("unembed.W_U", {4, 5}, {Start::uniform, 0.5});
            const Var seen = take_rows(table, graph.input("tokens", {rows, 3})) + shift;
            const Var logits = graph.name(matmul(tanh(seen), unembed), "logits");
            return Ends{logits, graph.name(cross_entropy(logits, graph.input("next", {rows, 3})), "loss")};
          },
          {{"model", "tokens"}}};
}

Inputs token_data() {
  Tensor<double> tokens({40, 3}), next({40, 3});
  for (std::int64_t i = 0; i < tokens.size(); ++i) tokens[i] = double(i * i % 5), next[i] = double((i * i + 1) % 5);
  return {{"tokens", tokens}, {"next", next}};
}

}  // namespace

TEST_CASE("a model of tokens with a loss for each position trains, and resumes to the same bytes") {
  const TempFolder folder;
  const TrainSpec spec{.schedule = {.rate = 3e-2}, .epochs = 60, .batch = 16, .micro_batch = 5, .clip = 1};
  Trainer<float> whole(token_model(true), spec, token_data()), half(token_model(true), spec, token_data());
  const Values loss = [](Graph&, const Ends& ends) { return std::vector<Var>{ends.loss}; };
  const double before = whole.means_over(token_data(), loss)[0];
  run_steps(half, 20);
  half.save(folder / "half.safetensors");
  const SafeTensors file = read_safetensors(folder / "half.safetensors");
  CHECK(file.tensors.at("embed.W_E").shape == Shape{5, 4});  // as declared, not as a dense weight
  Trainer<float> rest(token_model(true), spec, token_data());
  rest.resume(folder / "half.safetensors");
  run_steps(rest, 1000), run_steps(whole, 1000);
  CHECK(bytes_of(rest, folder / "a.safetensors") == bytes_of(whole, folder / "b.safetensors"));
  CHECK(whole.means_over(token_data(), loss)[0] < 0.1 * before);
  const Split data = split(linear_blocks({.blocks = 2, .inputs = 3, .outputs = 1, .samples = 50}).data, 0.8, 1);
  auto other = trainer_of<float>({{}, {.widths = {6, 2}}}, data);
  CHECK_THROWS_WITH_AS(other.resume(folder / "half.safetensors"), Contains("model is tokens, wanted mlp"), DataError);
}

TEST_CASE("weight decay leaves alone what does not decay") {
  TrainSpec spec{.optimizer = {.kind = OptimizerKind::adamw, .weight_decay = 0.5}, .schedule = {.rate = 1e-2}};
  Trainer<double> all(token_model(true), spec, token_data()), some(token_model(false), spec, token_data());
  spec.optimizer.weight_decay = 0;
  Trainer<double> none(token_model(true), spec, token_data());
  for (auto* t : {&all, &some, &none}) t->step();
  CHECK(largest_difference(some.parameters()["shift"], none.parameters()["shift"]) == 0);
  CHECK(largest_difference(some.parameters()["embed.W_E"], all.parameters()["embed.W_E"]) == 0);
  CHECK(largest_difference(all.parameters()["shift"], none.parameters()["shift"]) ==
        doctest::Approx(0.5 * 1e-2).epsilon(1e-9));
}

TEST_CASE("a model without loss or parameters is refused by name") {
  const Model no_loss{[](Graph& g, std::int64_t rows) {
    return Ends{dense(g.input("x", {rows, 2}), g.parameter("w", {2, 2})), {}};
  }};
  Trainer<double> trainer(no_loss, {}, {{"x", Tensor<double>({4, 2})}});
  CHECK_THROWS_WITH_AS(trainer.step(), Contains("the model has no loss"), UsageError);
  const Model fixed{[](Graph& g, std::int64_t rows) { return Ends{{}, sum(g.input("x", {rows, 2}), {-1})}; }};
  CHECK_THROWS_WITH_AS(Trainer<double>(fixed, {}, {{"x", Tensor<double>({4, 2})}}), Contains("no parameters"),
                       UsageError);
}
