// Trains a small network on handwritten digits, then looks inside it: a hidden layer on one image, and its gradient.
#include <iostream>

#include "autodiff/transform.h"
#include "nn/data/digits.h"
#include "nn/train.h"

int main() {
  const auto [train, test] = basin::nn::load_digits();
  basin::nn::TrainSpec spec;
  spec.mlp.widths = {64, 32, 10};
  spec.epochs = 30;
  basin::nn::Trainer<float> trainer(spec, train, test);
  for (; !trainer.done(); trainer.end_epoch())
    while (!trainer.epoch_ended()) trainer.step();
  std::cout << "test accuracy " << trainer.evaluate_on(test).accuracy << "\nneuron\tactivation\tgradient\n";
  basin::Graph g;  // the same network for one image; it reads the trained parameters where they lie
  const basin::nn::Supervised net(g, 1, spec.mlp, basin::nn::Loss::cross_entropy);
  const basin::Var hidden = g["layers.0.post"], slope = basin::grad(net.loss, {hidden})[0];
  basin::Program<float> look(g, {.fetch = {hidden, slope}}, trainer.parameters().bindings(g));
  look.feed("x", test.x.row(0));
  look.feed("t", {&test.y[0], 1});
  look.run();
  for (int i = 0; i < 32; ++i) std::cout << i << '\t' << look.view(hidden)[i] << '\t' << look.view(slope)[i] << '\n';
}
