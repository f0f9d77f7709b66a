"""How many directions of its parameters a network leaves free on the samples in x.npy."""
import numpy as np

import basin

net = basin.interp.read_relu_net("net.safetensors")  # PyTorch's names
x = np.load("x.npy")  # samples by rows
print(basin.interp.degeneracy(net, x).free_directions())
