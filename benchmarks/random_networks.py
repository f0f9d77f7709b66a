"""Random networks and graphs as files, for benchmarks."""
import json
import pathlib

import numpy as np


def save_safetensors(path, tensors):
    """Float64 arrays by name."""
    header, at = {}, 0
    for name, a in tensors.items():
        header[name] = {"dtype": "F64", "shape": list(a.shape), "data_offsets": [at, at + a.nbytes]}
        at += a.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with pathlib.Path(path).open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for a in tensors.values():
            out.write(np.ascontiguousarray(a, "<f8").tobytes())


def write_mlp(path, widths, seed):
    """He's weights and small biases under PyTorch's names: layers.0.weight [out, in], layers.0.bias, …"""
    rng = np.random.default_rng(seed)
    tensors = {}
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        tensors[f"layers.{i}.weight"] = rng.normal(size=(outputs, inputs)) * np.sqrt(2 / inputs)
        tensors[f"layers.{i}.bias"] = 0.1 * rng.normal(size=outputs)
    save_safetensors(path, tensors)


def write_graph(path, edges):
    """A .csv of two layers, each node joined to 20 of the next."""
    nodes = edges // 20
    rng = np.random.default_rng(3)
    with pathlib.Path(path).open("w") as out:
        out.write("from_layer,from,to_layer,to,weight\n")
        for a in range(nodes):
            for b in rng.choice(nodes, 20, replace=False):
                out.write(f"0,{a},1,{b},{rng.random():.6f}\n")
