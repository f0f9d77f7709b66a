"""The training step of bench_transformer_step in PyTorch and JAX; one JSON line per contestant.

The argument is a file that `bench_transformer_step --save` wrote: tokens, labels, parameters, and the loss and gradient
of basin to compare with. OMP_NUM_THREADS in the environment says on how many threads (default 1); names end in it."""

import os

THREADS = os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["MKL_NUM_THREADS"] = os.environ["NPROC"] = THREADS  # NPROC: what JAX makes its pool from
os.environ["JAX_PLATFORMS"] = "cpu"
if THREADS == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import argparse
import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F

RATE, DECAY, BETAS, EPSILON = 1e-3, 1.0, (0.9, 0.98), 1e-8


class Transformer(torch.nn.Module):
    """One block, logits of the last position; from the queries on nothing else is computed."""

    def __init__(self, weights):
        super().__init__()
        self.w = torch.nn.ParameterDict({k: torch.nn.Parameter(torch.from_numpy(v)) for k, v in weights.items()})

    def heads(self, x, which):
        W = self.w[f"W_{which}"]
        flat = W.transpose(0, 1).reshape(W.shape[1], -1)
        y = torch.addmm(self.w[f"b_{which}"].reshape(-1), x.reshape(-1, x.shape[-1]), flat)
        return y.reshape(*x.shape[:2], W.shape[0], -1).transpose(1, 2)

    def forward(self, tokens):
        w = self.w
        x = w["W_E"][tokens] + w["W_pos"]
        last = x[:, -1]
        q, k, v = self.heads(last[:, None], "Q"), self.heads(x, "K"), self.heads(x, "V")
        # For one query faster than scaled_dot_product_attention, much so compiled.
        pattern = torch.softmax((q * k).sum(dim=-1) / q.shape[-1] ** 0.5, dim=-1)
        z = (pattern[..., None] * v).sum(dim=2).reshape(len(x), -1)
        x = last + torch.addmm(w["b_O"], z, w["W_O"].flatten(0, 1))
        x = x + torch.addmm(w["b_out"], torch.relu(torch.addmm(w["b_in"], x, w["W_in"])), w["W_out"])
        return torch.addmm(w["b_U"], x, w["W_U"])


class Torch:
    def __init__(self, weights, tokens, labels, compiled):
        self.tokens, self.labels = torch.from_numpy(tokens), torch.from_numpy(labels)
        self.net = Transformer(weights)
        self.model = torch.compile(self.net) if compiled else self.net
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=RATE, betas=BETAS, weight_decay=DECAY)

    def loss(self):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(self.tokens), self.labels)
        loss.backward()
        return loss

    def step(self):
        self.loss()
        self.optimizer.step()

    def loss_and_gradient(self):
        loss = self.loss()
        return float(loss.detach()), {name: p.grad.numpy() for name, p in self.net.w.items()}


def jax_loss(w, tokens, labels):
    x = w["W_E"][tokens] + w["W_pos"]
    last = x[:, -1]
    q = jnp.einsum("nd,hdm->nhm", last, w["W_Q"]) + w["b_Q"]
    k = jnp.einsum("nsd,hdm->nshm", x, w["W_K"]) + w["b_K"]
    v = jnp.einsum("nsd,hdm->nshm", x, w["W_V"]) + w["b_V"]
    pattern = jax.nn.softmax(jnp.einsum("nhm,nshm->nhs", q, k) / np.sqrt(q.shape[-1]))
    z = jnp.einsum("nhs,nshm->nhm", pattern, v)
    x = last + jnp.einsum("nhm,hmd->nd", z, w["W_O"]) + w["b_O"]
    x = x + jax.nn.relu(x @ w["W_in"] + w["b_in"]) @ w["W_out"] + w["b_out"]
    logits = x @ w["W_U"] + w["b_U"]
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1))


@jax.jit
def jax_step(w, m, v, steps, tokens, labels):
    loss, g = jax.value_and_grad(jax_loss)(w, tokens, labels)
    steps = steps + 1
    m = jax.tree.map(lambda m, g: BETAS[0] * m + (1 - BETAS[0]) * g, m, g)
    v = jax.tree.map(lambda v, g: BETAS[1] * v + (1 - BETAS[1]) * g * g, v, g)
    rate, root = RATE / (1 - BETAS[0] ** steps), jnp.sqrt(1 - BETAS[1] ** steps)
    w = jax.tree.map(lambda w, m, v: w * (1 - RATE * DECAY) - rate * m / (jnp.sqrt(v) / root + EPSILON), w, m, v)
    return w, m, v, steps, loss


class Jax:
    def __init__(self, weights, tokens, labels):
        self.w = {name: jnp.asarray(v) for name, v in weights.items()}
        self.tokens, self.labels = jnp.asarray(tokens), jnp.asarray(labels)
        zeros = {name: jnp.zeros_like(v) for name, v in self.w.items()}
        self.state = self.w, zeros, zeros, 0

    def step(self):
        *self.state, loss = jax_step(*self.state, self.tokens, self.labels)
        loss.block_until_ready()

    def loss_and_gradient(self):
        loss, gradient = jax.value_and_grad(jax_loss)(self.w, self.tokens, self.labels)
        return float(loss), {name: np.asarray(g) for name, g in gradient.items()}


CONTESTANTS = {
    "torch eager": lambda *inputs: Torch(*inputs, compiled=False),
    "torch.compile": lambda *inputs: Torch(*inputs, compiled=True),
    "jax jit": Jax,
}


def read(path):
    """((weights by their last names, tokens, labels), loss, gradient by the same names)."""
    arrays = dict(np.load(path))

    weights, gradient = {}, {}
    for name, a in arrays.items():
        if "." in name:
            to = gradient if name.startswith("grad.") else weights
            to[name.rsplit(".", 1)[-1]] = a.astype(np.float32)
    inputs = weights, arrays["tokens"].astype(np.int64), arrays["t"].astype(np.int64)
    return inputs, float(arrays["loss"][0]), gradient


def agrees(name, contestant, loss, gradient):
    """Prints the differences of the loss, relative to it, and of the gradient, relative to the largest entry of each
    tensor, or to a thousandth of the largest of all: b_K's gradient is zero but for rounding. Are both below 1e-4, as
    float's rounding is where a trained network's loss is small?"""
    own_loss, own = contestant.loss_and_gradient()
    sizes = {n: abs(g).max() for n, g in gradient.items()}
    floor, apart = 1e-3 * max(sizes.values()), abs(own_loss - loss) / loss
    worst, at = max((abs(own[n] - g).max() / max(sizes[n], floor), n) for n, g in gradient.items())
    print(f"{name:<13} loss {loss:.6f} off by {apart:.1e}, gradient by {worst:.1e} ({at})", file=sys.stderr)
    return max(apart, worst) < 1e-4


def seconds(step, steps):
    """Wall and processor time of one step."""
    start = np.array([time.perf_counter(), time.process_time()])
    for _ in range(steps):
        step()
    return (np.array([time.perf_counter(), time.process_time()]) - start) / steps


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="written by bench_transformer_step --save")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    parser.add_argument("--steps", type=int, default=5, help="steps in a round (default 5)")
    parser.add_argument("--filter", default="", help="only contestants whose name contains this")
    parser.add_argument("--check", action="store_true", help="compare with the results in the file, then stop")
    args = parser.parse_args()
    torch.set_num_threads(int(THREADS))
    inputs, loss, gradient = read(args.file)
    contestants = {name: make(*inputs) for name, make in CONTESTANTS.items() if args.filter in name}
    if not contestants:
        parser.error(f"--filter {args.filter}: no contestant's name contains it; there are {', '.join(CONTESTANTS)}")
    if args.check:
        sys.exit(not all([agrees(name, c, loss, gradient) for name, c in contestants.items()]))
    for contestant in contestants.values():
        seconds(contestant.step, 3)  # compiles
    times = {name: [] for name in contestants}
    for _ in range(args.rounds):
        for name, contestant in contestants.items():
            times[name].append(seconds(contestant.step, args.steps))
    for name, rounds in times.items():
        wall, cpu = 1e6 * np.median(rounds, axis=0)
        line = {"workload": "step", "name": f"{name} x{THREADS}", "us": round(wall), "cpu_us": round(cpu)}
        print(json.dumps(line | {"rounds": [round(1e6 * t[0]) for t in rounds]}))


if __name__ == "__main__":
    main()
