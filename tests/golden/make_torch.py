#!/usr/bin/env python3
"""Writes torch/ops.npz and torch/optimizers.npz: values, gradients and optimizer steps as PyTorch computes them.

    python3 tests/golden/make_torch.py [folder, by default tests/golden/torch]        (made with torch 2.13.0, numpy)

Weights are stored [in, out], as basin holds them in memory. Every starting number is a multiple of 1/512 below 8, so
float and double start from the same. Running it again gives the same bytes on the same version.
"""
import pathlib
import sys

import numpy as np
import torch

STEPS = 100
WIDTHS = (5, 7, 3)
BATCH = 16
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-2),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-2),
    "adam_decay": lambda p: torch.optim.Adam(p, lr=1e-2, weight_decay=1e-2),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-2, weight_decay=1e-2),
}


def draw(random, *shape, scale=1.0):
    return torch.tensor(np.round(random.normal(size=shape) * scale * 256) / 256)


def record(out, name, make, inputs, random, **constants):
    """Stores inputs, value, a cotangent and the gradient of sum(cotangent * value) for every input."""
    leaves = {key: value.clone().requires_grad_() for key, value in inputs.items()}
    value = make(**leaves, **constants)
    cotangent = draw(random, *value.shape)
    gradients = torch.autograd.grad((cotangent * value).sum(), list(leaves.values()))
    stored = {**inputs, **constants, "value": value.detach(), "cotangent": cotangent}
    stored.update({f"d_{key}": gradient for key, gradient in zip(leaves, gradients)})
    out.update({f"{name}.{key}": tensor.numpy() for key, tensor in stored.items()})


def attention(q, k, v, mask):
    scores = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).masked_fill(mask == 0, float("-inf"))
    return torch.softmax(scores, -1) @ v


def ops():
    random, out, functional = np.random.RandomState(1), {}, torch.nn.functional
    record(out, "dense", lambda x, w, b: functional.linear(x, w.T, b),
           {"x": draw(random, 4, 5), "w": draw(random, 5, 3), "b": draw(random, 3)}, random)
    record(out, "softmax", lambda x: torch.softmax(x, -1), {"x": draw(random, 3, 6, scale=2)}, random)
    record(out, "cross_entropy", functional.cross_entropy, {"input": draw(random, 6, 5, scale=2)}, random,
           target=torch.tensor([3, 0, 4, 4, 1, 2]))
    record(out, "layer_norm", lambda x: functional.layer_norm(x, x.shape[-1:]), {"x": draw(random, 4, 7)}, random)
    grid = torch.linspace(-6, 6, 25, dtype=torch.float64)
    record(out, "gelu", functional.gelu, {"input": grid}, random)
    record(out, "gelu_tanh", lambda x: functional.gelu(x, approximate="tanh"), {"x": grid}, random)
    record(out, "attention", attention, {key: draw(random, 2, 6, 4) for key in "qkv"}, random,
           mask=torch.ones(6, 6, dtype=torch.float64).tril())
    elementwise(out, random, grid)
    rows(out, random)
    return out


def elementwise(out, random, grid):
    functional = torch.nn.functional
    for name, make in {"silu": functional.silu, "softplus": lambda x: functional.softplus(x, threshold=1e3),
                       "sin": torch.sin, "cos": torch.cos, "abs": torch.abs}.items():
        record(out, name, lambda x: make(x), {"x": grid}, random)
    record(out, "rsqrt", lambda x: torch.rsqrt(x), {"x": draw(random, 9).abs() + 0.25}, random)
    for name, make in {"maximum": torch.maximum, "minimum": torch.minimum}.items():
        # No ties, whose derivative PyTorch shares between a and b.
        record(out, name, lambda a, b: make(a, b), {"a": draw(random, 4, 1, 3), "b": draw(random, 5, 1) + 1 / 512},
               random)


def rows(out, random):
    functional = torch.nn.functional
    record(out, "log_softmax", lambda x: torch.log_softmax(x, -1), {"x": draw(random, 3, 6, scale=4)}, random)
    record(out, "cross_entropy_rows", lambda x, labels: functional.cross_entropy(x, labels, reduction="none"),
           {"x": draw(random, 6, 5, scale=2)}, random, labels=torch.tensor([1, 0, 3, 4, 4, 2]))
    record(out, "mse_rows", lambda x, t: functional.mse_loss(x, t, reduction="none").mean(-1),
           {"x": draw(random, 2, 3, 5), "t": draw(random, 2, 3, 5)}, random)
    record(out, "max", lambda x: torch.max(x, -2)[0], {"x": draw(random, 2, 5, 3)}, random)
    record(out, "min", lambda x: torch.min(x, -1, keepdim=True)[0], {"x": draw(random, 2, 5, 3)}, random)
    record(out, "cumsum", lambda x: torch.cumsum(x, -2), {"x": draw(random, 2, 5, 3)}, random)
    record(out, "pick", lambda x, index: torch.gather(x, -1, index[..., None])[..., 0], {"x": draw(random, 2, 3, 4)},
           random, index=torch.tensor([[1, 3, 0], [2, 2, 1]]))
    record(out, "einsum", lambda q, k: torch.einsum("bqhd,bkhd->bhqk", q, k),
           {"q": draw(random, 2, 3, 2, 4), "k": draw(random, 2, 5, 2, 4)}, random)


def train(make_optimizer, dtype, data, start):
    x, t = (value.to(dtype) for value in data)
    params = [value.to(dtype).clone().requires_grad_() for value in start]
    w1, b1, w2, b2 = params
    optimizer, losses = make_optimizer(params), []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(torch.tanh(x @ w1 + b1) @ w2 + b2, t)
        loss.backward()
        losses.append(loss.detach())
        optimizer.step()
    return torch.cat([p.detach().flatten() for p in params]).numpy(), torch.stack(losses).numpy()


def optimizers():
    random = np.random.RandomState(2)
    data = draw(random, BATCH, WIDTHS[0]), draw(random, BATCH, WIDTHS[-1])
    start = [draw(random, *shape, scale=0.5) for shape in (WIDTHS[:2], WIDTHS[1:2], WIDTHS[1:], WIDTHS[2:])]
    out = {"x": data[0].numpy(), "t": data[1].numpy(), "start": torch.cat([s.flatten() for s in start]).numpy()}
    for name, make in OPTIMIZERS.items():
        for label, dtype in (("f32", torch.float32), ("f64", torch.float64)):
            out[f"{name}.{label}.final"], out[f"{name}.{label}.losses"] = train(make, dtype, data, start)
    return out


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "torch"
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "ops.npz", **ops())
    np.savez(folder / "optimizers.npz", **optimizers())
