// Trains a small network on handwritten digits, then looks inside it: a hidden layer on one image, and its gradient.
#include <iostream>

#include "basin.h"
#include "nn/data/digits.h"

int main() {
  const auto [train, test] = basin::nn::load_digits();
  const basin::Model model = basin::nn::mlp({.widths = {64, 32, 10}}, basin::nn::Loss::cross_entropy);
  basin::nn::Trainer<float> trainer(model, {.epochs = 30}, basin::nn::inputs_of(train));
  for (; !trainer.done(); trainer.end_epoch())
    while (!trainer.epoch_ended()) trainer.step();
  std::cout << "test accuracy " << basin::nn::evaluate(model, trainer.parameters(), test).accuracy
            << "\nneuron\tactivation\tgradient\n";
  basin::Graph g;  // the same network for one image; it reads the trained parameters where they lie
  const basin::Ends ends = model.trace(g, 1);
  const basin::Var hidden = g["layers.0.post"], slope = basin::grad(mean(ends.loss), {hidden})[0];
  basin::Program<float> look(g, {.fetch = {hidden, slope}}, trainer.parameters().bindings(g));
  look.feed("x", test.x.row(0));
  look.feed("t", {&test.y[0], 1});
  look.run();
  for (int i = 0; i < 32; ++i) std::cout << i << '\t' << look.view(hidden)[i] << '\t' << look.view(slope)[i] << '\n';
}
