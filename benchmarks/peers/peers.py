"""Training steps W1 and W2 in PyTorch and numpy, one thread; one JSON line per workload and contestant."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before the libraries start their threads

import argparse
import json
import statistics
import time

import numpy as np
import torch

WORKLOADS = {
    "W1 tanh": dict(widths=[8, 16, 16, 4], batch=32, activation="tanh", loss="mse", optimizer="sgd"),
    "W1 relu": dict(widths=[8, 16, 16, 4], batch=32, activation="relu", loss="mse", optimizer="sgd"),
    "W2": dict(widths=[784, 128, 128, 10], batch=64, activation="relu", loss="cross_entropy", optimizer="adam"),
}


def batch_of(w):
    """Inputs and targets as bench_workloads has them."""
    x = np.sin(0.7 * np.arange(w["batch"] * w["widths"][0])).astype(np.float32).reshape(w["batch"], -1)
    if w["loss"] == "mse":
        return x, (np.arange(w["batch"] * w["widths"][-1]) % 10).astype(np.float32).reshape(w["batch"], -1)
    return x, np.arange(w["batch"]) % 10


def torch_step(w, **variant):
    """A step with torch.optim's SGD (learning rate 1e-2) or Adam (1e-3); variant: foreach= or fused=."""
    activation = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[w["activation"]]
    layers = []
    for n_in, n_out in zip(w["widths"], w["widths"][1:]):
        layers += [torch.nn.Linear(n_in, n_out), activation()]
    net = torch.nn.Sequential(*layers[:-1])
    if w["optimizer"] == "sgd":
        optimizer = torch.optim.SGD(net.parameters(), lr=1e-2, **variant)
    else:
        optimizer = torch.optim.Adam(net.parameters(), **variant)
    loss_of = {"mse": torch.nn.functional.mse_loss, "cross_entropy": torch.nn.functional.cross_entropy}[w["loss"]]
    x, t = map(torch.from_numpy, batch_of(w))

    def step():
        optimizer.zero_grad()
        loss = loss_of(net(x), t)
        loss.backward()
        optimizer.step()

    return step


class NumpyMlp:
    """The same step written out; parameters, gradients and moments are slices of flat vectors."""

    def __init__(self, w):
        self.w, (self.x, self.t) = w, batch_of(w)
        shapes = [s for i, o in zip(w["widths"], w["widths"][1:]) for s in ((i, o), (o,))]
        count = sum(int(np.prod(s)) for s in shapes)
        self.flat, self.gradient, self.m, self.v = (np.zeros(count, np.float32) for _ in range(4))
        self.flat += np.random.default_rng(0).normal(0, 0.1, count)
        self.parameters, self.gradients, at = [], [], 0
        for shape in shapes:
            end = at + int(np.prod(shape))
            self.parameters.append(self.flat[at:end].reshape(shape))
            self.gradients.append(self.gradient[at:end].reshape(shape))
            at = end
        self.steps, self.rows = 0, np.arange(w["batch"])

    def forward(self):
        values = [self.x]
        for i in range(0, len(self.parameters), 2):
            z = values[-1] @ self.parameters[i]
            z += self.parameters[i + 1]
            if i + 2 < len(self.parameters):
                np.tanh(z, out=z) if self.w["activation"] == "tanh" else np.maximum(z, 0, out=z)
            values.append(z)
        return values

    def delta(self, y):
        if self.w["loss"] == "mse":
            return (y - self.t) * np.float32(2 / y.size)
        e = np.exp(y - y.max(axis=1, keepdims=True))
        e /= e.sum(axis=1, keepdims=True)
        e[self.rows, self.t] -= 1
        e /= np.float32(len(y))
        return e

    def backward(self, values):
        d = self.delta(values[-1])
        for i in reversed(range(len(self.parameters) // 2)):
            np.matmul(values[i].T, d, out=self.gradients[2 * i])
            np.sum(d, axis=0, out=self.gradients[2 * i + 1])
            if i:
                d = d @ self.parameters[2 * i].T
                d *= (1 - values[i] * values[i]) if self.w["activation"] == "tanh" else values[i] > 0

    def update(self):
        if self.w["optimizer"] == "sgd":
            self.flat -= np.float32(1e-2) * self.gradient
            return
        self.steps += 1
        self.m += np.float32(0.1) * (self.gradient - self.m)
        self.v *= np.float32(0.999)
        self.v += np.float32(0.001) * self.gradient * self.gradient
        root = np.sqrt(self.v)
        root /= np.float32((1 - 0.999**self.steps) ** 0.5)
        root += np.float32(1e-8)
        self.flat -= np.float32(1e-3 / (1 - 0.9**self.steps)) * self.m / root

    def step(self):
        self.backward(self.forward())
        self.update()


def contestants(workload):
    w = WORKLOADS[workload]
    yield "torch eager", torch_step(w)
    yield "torch foreach", torch_step(w, foreach=True)
    yield "torch fused", torch_step(w, fused=True)
    yield "numpy", NumpyMlp(w).step


def time_us(step, iterations):
    start = time.thread_time()
    for _ in range(iterations):
        step()
    return 1e6 * (time.thread_time() - start) / iterations


def calibrated(step, seconds):
    for _ in range(20):
        step()
    return max(3, int(1e6 * seconds / time_us(step, 20)))


def check():
    """The numpy gradient against PyTorch's, from the same parameters: rewritten steps must be the same steps."""
    for name, w in WORKLOADS.items():
        mine = NumpyMlp(w)
        leaves = [torch.tensor(p, requires_grad=True) for p in mine.parameters]
        x, t = map(torch.from_numpy, batch_of(w))
        for i in range(0, len(leaves), 2):
            x = x @ leaves[i] + leaves[i + 1]
            x = getattr(torch, w["activation"])(x) if i + 2 < len(leaves) else x
        getattr(torch.nn.functional, {"mse": "mse_loss"}.get(w["loss"], w["loss"]))(x, t).backward()
        mine.backward(mine.forward())
        for ours, leaf in zip(mine.gradients, leaves):
            np.testing.assert_allclose(ours, leaf.grad.numpy(), rtol=1e-3, atol=1e-6, err_msg=name)
        optimizer = (torch.optim.SGD(leaves, lr=1e-2) if w["optimizer"] == "sgd" else torch.optim.Adam(leaves))
        optimizer.step()
        mine.update()
        for ours, leaf in zip(mine.parameters, leaves):
            np.testing.assert_allclose(ours, leaf.detach().numpy(), rtol=1e-3, atol=1e-4, err_msg=name)
    print("ok")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (default 7)")
    parser.add_argument("--ms", type=float, default=200, help="thread CPU time of one measurement (default 200)")
    parser.add_argument("--check", action="store_true", help="compare numpy's steps with PyTorch's, then stop")
    args = parser.parse_args()
    if args.rounds < 1 or args.ms <= 0:
        parser.error("--rounds and --ms must be above zero")
    torch.set_num_threads(1)
    if args.check:
        check()
        return
    entries = [(w, name, step, calibrated(step, args.ms / 1e3), []) for w in WORKLOADS for name, step in contestants(w)]
    for _ in range(args.rounds):
        for _, _, step, iterations, us in entries:
            us.append(time_us(step, iterations))
    for workload, name, _, _, us in entries:
        line = {"workload": workload, "name": name, "us": round(statistics.median(us), 4)}
        print(json.dumps(line | {"rounds": [round(u, 4) for u in us]}))


if __name__ == "__main__":
    main()
