// A model of your own: two layers with a skip, a loss of your choice, data with names of your choice. It trains, is
// saved and resumed, and goes into an analysis, like any network of the library.
#include <cmath>
#include <iostream>

#include "basin.h"

using namespace basin;

// Inputs [rows, …], parameters with their starts, names for what one may want to look at; at the end output and loss.
const Model model{
    [](Graph& g, std::int64_t rows) {
      const Var x = g.input("position", {rows, 2}), t = g.input("height", {rows, 1});
      const Var w = g.parameter("in", {2, 16}, {Start::normal, 1}), b = g.parameter("bias", {16});
      const Var skip = g.parameter("skip", {2, 1}), v = g.parameter("out", {16, 1}, {Start::normal, 0.25});
      const Var hidden = g.name(tanh(dense(x, w, b)), "hidden");
      const Var y = g.name(matmul(hidden, v) + matmul(x, skip), "y");
      return Ends{y, g.name(sum(softplus(square(y - t)), {-1}), "loss")};
    },
    {{"model", "bump"}}};

Inputs bump() {
  Tensor<double> x({200, 2}), t({200, 1});
  Rng(1, "positions").fill_uniform(std::span(x.data), -2, 2);
  for (int i = 0; i < 200; ++i) t[i] = std::exp(-x(i, 0) * x(i, 0) - x(i, 1) * x(i, 1));
  return {{"position", x}, {"height", t}};
}

int main(int argc, char** argv) {
  const std::string file = argc > 1 ? argv[1] : "bump.safetensors";
  const nn::TrainSpec spec{.schedule = {.rate = 1e-2}, .epochs = 100, .batch = 20};
  nn::Trainer<float> trainer(model, spec, bump());
  while (!trainer.done()) {
    while (!trainer.epoch_ended()) {
      trainer.step();
      if (trainer.epoch() == 50 && trainer.step_in_epoch() == 3) trainer.save(file);  // in the middle of everything
    }
    const nn::EpochMetrics m = trainer.end_epoch();
    if (m.epoch % 20 == 0) std::cout << "epoch " << m.epoch << " loss " << m.train_loss << '\n';
  }

  nn::Trainer<float> again(model, spec, bump());  // goes on from the file to the same bits
  for (again.resume(file); !again.done(); again.end_epoch())
    while (!again.epoch_ended()) again.step();
  const bool same = std::ranges::equal(again.parameters().flat(), trainer.parameters().flat());
  std::cout << (same ? "resumed to the same bits\n" : "resumed to other bits\n");

  const interp::ModelPoint trained{model, cast<double>(trainer.parameters())};
  const Matrix J = interp::parameter_jacobian_by_engine(trained, "y", bump());
  std::cout << "parameters " << J.cols() << ", rank of the Jacobian " << decide_rank(singular_values(J)).rank << '\n';
  return same ? 0 : 1;
}
