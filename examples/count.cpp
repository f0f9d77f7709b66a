// How many directions of its parameters a network leaves free on the samples in x.npy.
#include <iostream>

#include "basin.h"

int main() {
  const auto net = basin::interp::read_relu_net("net.safetensors");  // PyTorch's names
  const auto x = basin::interp::read_inputs("x.npy");                // samples by rows
  std::cout << basin::interp::degeneracy(net, x).free_directions() << '\n';
}
