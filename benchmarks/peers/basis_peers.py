"""The Local Interaction Basis of bench_basis in numpy and PyTorch; one JSON line per part and contestant.

The argument is a file that `bench_basis --save` wrote: rows, weights, and C C^T and E of basin to compare with.
OMP_NUM_THREADS in the environment says on how many threads (default 2); names end in it."""

import os

THREADS = os.environ.setdefault("OMP_NUM_THREADS", "2")
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = THREADS  # before the libraries start their threads

import argparse
import json
import sys
import time

import numpy as np
import torch

THRESHOLD = 1e-10


class Numpy:
    """Analytic Jacobians of each sample, formed batch by batch, in products over the whole batch."""

    batch = 128

    def __init__(self, weights, x):
        self.weights, self.x = weights, x  # W~ [d + 1, columns]: the last row is the bias, the last column the constant
        self.last = len(weights) - 1

    def section(self, l, x):
        return np.maximum(x @ self.weights[l], 0) if l < self.last else x @ self.weights[l]

    def batches(self, l, size=None):
        """x of node layer l with its constant."""
        size = size or self.batch
        for first in range(0, len(self.x), size):
            x = self.x[first:first + size]
            for before in range(l):
                x = self.section(before, x)
            yield x

    def moments(self):
        """Means and covariances of the node layers, of what varies."""
        widths = [len(w) for w in self.weights] + [self.weights[-1].shape[1]]
        sums, squares = [np.zeros(d) for d in widths], [np.zeros((d, d)) for d in widths]
        for x in self.batches(0, 2000):
            for l in range(len(widths)):
                sums[l] += x.sum(axis=0)
                squares[l] += x.T @ x
                x = self.section(l, x) if l <= self.last else None
        n = len(self.x)
        means = [s / n for s in sums]
        return means, [q / n - np.outer(m, m) for q, m in zip(squares, means)]

    def gradients(self, l, x, target):
        """d features' / d pre-activation of each sample, [samples, features', columns]."""
        slopes = (x @ self.weights[l] > 0) if l < self.last else np.ones((len(x), self.weights[l].shape[1]))
        return target.T[None] * slopes[:, None, :]

    def importance(self, l, target):
        """E J^T J with J = d features' / d x."""
        d = len(self.weights[l])
        total = np.zeros((d, d))
        for x in self.batches(l):
            J = self.gradients(l, x, target).reshape(-1, self.weights[l].shape[1]) @ self.weights[l].T
            total += J.T @ J
        return total / len(self.x)

    def edges(self, l, C, C_pinv, target):
        """E (J f)^2 with J = d features' / d features."""
        into = C_pinv @ self.weights[l]
        total = np.zeros((target.shape[1], C.shape[1]))
        for x in self.batches(l):
            g = self.gradients(l, x, target)
            part = (g.reshape(-1, g.shape[2]) @ into.T).reshape(len(x), *total.shape)
            part *= (x @ C)[:, None, :]
            np.square(part, out=part)
            total += part.sum(axis=0)
        return total / len(self.x)


class PulledBack(Numpy):
    """The same, but gradients are multiplied with each other at the pre-activations: M = W~ (E g^T g) W~^T."""

    def importance(self, l, target):
        columns = self.weights[l].shape[1]
        total = np.zeros((columns, columns))
        for x in self.batches(l):
            g = self.gradients(l, x, target).reshape(-1, columns)
            total += g.T @ g
        return self.weights[l] @ (total / len(self.x)) @ self.weights[l].T


class Torch(Numpy):
    """Jacobians by torch.func."""

    def __init__(self, weights, x):
        super().__init__(weights, x)
        self.tensors, self.rows = [torch.from_numpy(w) for w in weights], torch.from_numpy(x)

    def through(self, l, x):
        return torch.relu(x @ self.tensors[l]) if l < self.last else x @ self.tensors[l]

    def torch_batches(self, l):
        for x in self.rows.split(self.batch):
            for before in range(l):
                x = self.through(before, x)
            yield x

    def importance(self, l, target):
        target, d = torch.from_numpy(target), len(self.weights[l])
        jacobian = torch.func.vmap(torch.func.jacrev(lambda x: self.through(l, x) @ target))
        total = torch.zeros(d, d, dtype=torch.float64)
        for x in self.torch_batches(l):
            J = jacobian(x).reshape(-1, d)
            total += J.T @ J
        return (total / len(self.x)).numpy()

    def edges(self, l, C, C_pinv, target):
        C, C_pinv, target = map(torch.from_numpy, (C, C_pinv, target))
        jacobian = torch.func.vmap(torch.func.jacrev(lambda f: self.through(l, f @ C_pinv) @ target))
        total = torch.zeros(target.shape[1], C.shape[1], dtype=torch.float64)
        for x in self.torch_batches(l):
            f = x @ C
            total += (jacobian(f) * f[:, None, :]).square().sum(dim=0)
        return (total / len(self.x)).numpy()


def basis(mean, covariance, M):
    """C and C^+ of a node layer whose last coordinate is the constant: it is the first feature, the others have
    mean 0."""
    d = len(mean) - 1
    variances, U = np.linalg.eigh(covariance[:d, :d])
    U, roots = U[:, variances > THRESHOLD], np.sqrt(variances[variances > THRESHOLD])
    R, R_pinv = np.zeros((d + 1, 1 + len(roots))), np.zeros((1 + len(roots), d + 1))
    R[:d, 1:], R_pinv[1:, :d] = U / roots, U.T * roots[:, None]
    R[d, 1:], R[d, 0] = -mean[:d] @ R[:d, 1:], 1
    R_pinv[0, :d], R_pinv[0, d] = mean[:d], 1
    white = R_pinv @ M @ R_pinv.T
    importances, V = np.linalg.eigh(white[1:, 1:])
    kept = np.argsort(-importances)[: np.count_nonzero(importances > THRESHOLD)]
    scale = np.sqrt(np.concatenate([white[:1, 0], importances[kept]]))
    rotation = np.zeros((len(white), 1 + len(kept)))
    rotation[0, 0], rotation[1:, 1:] = 1, V[:, kept]
    return R @ (rotation * scale), (rotation / scale).T @ R_pinv


class Stopwatch:
    """Seconds of wall and processor time by part."""

    def __init__(self):
        self.parts, self.last = {}, self.now()

    @staticmethod
    def now():
        return np.array([time.perf_counter(), time.process_time()])

    def lap(self, part):
        now = self.now()
        self.parts[part], self.last = self.parts.get(part, 0) + now - self.last, now


def interaction_basis(contestant):
    """C C^T of the node layers before the last, E of the sections, and the times of the parts."""
    watch = Stopwatch()
    means, covariances = contestant.moments()
    watch.lap("layer_moments")
    sections, pairs = range(len(contestant.weights)), [(np.eye(len(means[-1])),) * 2]
    for l in reversed(sections):
        M = contestant.importance(l, pairs[0][0])
        watch.lap("importances")
        pairs.insert(0, basis(means[l], covariances[l], M))
        watch.lap("decompositions")
    edges = [contestant.edges(l, *pairs[l], pairs[l + 1][0]) for l in sections]
    watch.lap("interaction_edges")
    return [C @ C.T for C, _ in pairs[:-1]], edges, watch.parts


def read(path):
    """(weights W~, rows x with the constant, {name: array of basin})."""
    arrays = dict(np.load(path))
    weights = []
    while f"layer{len(weights)}_W" in arrays:
        l = len(weights)
        w = np.vstack([arrays[f"layer{l}_W"], arrays[f"layer{l}_b"].reshape(1, -1)])
        if f"layer{l + 1}_W" in arrays:  # the constant goes on to the next layer
            w = np.hstack([w, np.zeros((len(w), 1))])
            w[-1, -1] = 1
        weights.append(w)
    x = arrays["x"].astype(np.float64)
    return weights, np.hstack([x, np.ones((len(x), 1))]), arrays


def off(a, b):
    return np.inf if a.shape != b.shape else abs(a - b).max() / abs(b).max()


def compare(found, arrays, name):
    """Prints the largest differences, relative to the largest entries; whether all are below 1e-8."""
    good = True
    for what, matrices in zip(("CC", "E"), found):
        for l, matrix in enumerate(matrices):
            difference = off(matrix, arrays[f"{what}{l}"])
            good = good and difference < 1e-8
            print(f"{name:<18} {what}{l} {str(matrix.shape):>12}: off by {difference:.1e}", file=sys.stderr)
    return good


def timed(contestant, weights, x, limit):
    """Times of the parts for all rows: measured, or if a pilot says that they would take longer than `limit` seconds
    from a tenth of the rows, with which all but the decompositions grow."""
    def run(rows):
        return interaction_basis(contestant(weights, x[:rows]))[2]

    pilot, rows = len(x) // 30, len(x)
    if pilot > 1 and sum(run(pilot).values())[0] * rows / pilot > limit:
        rows //= 10
    parts = {part: t * (1 if part == "decompositions" else len(x) / rows) for part, t in run(rows).items()}
    parts["interaction_bases"] = parts.pop("importances") + parts.pop("decompositions")
    note = f"extrapolated from {rows} of {len(x)} rows" if rows < len(x) else ""
    return parts | {"all": sum(parts.values())}, note


def compete(contestants, read, args):
    """What a program of peers does: `contestants` by name on what `read` finds in the file, compared or timed."""
    weights, x, arrays = read(args.file)
    chosen = {name: c for name, c in contestants.items() if args.filter in name}
    if not chosen:
        sys.exit(f"--filter {args.filter}: no contestant's name contains it; there are {', '.join(contestants)}")
    if args.check:
        sys.exit(not all([compare(interaction_basis(c(weights, x)), arrays, name) for name, c in chosen.items()]))
    times = {}
    for _ in range(args.rounds):
        for name, contestant in chosen.items():
            parts, note = timed(contestant, weights, x, args.limit)
            for part, t in parts.items():
                times.setdefault((part, name, note), []).append(t)
    for (part, name, note), rounds in times.items():
        wall, cpu = 1e6 * np.median(rounds, axis=0)
        line = {"workload": f"LIB {part}", "name": f"{name} x{THREADS}", "us": round(wall), "cpu_us": round(cpu)}
        print(json.dumps(line | {"rounds": [round(1e6 * t[0]) for t in rounds]} | ({"note": note} if note else {})))


def arguments(description, program):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("file", help=f"written by {program} --save")
    parser.add_argument("--rounds", type=int, default=1, help="interleaved rounds (default 1)")
    parser.add_argument("--limit", type=float, default=300, help="seconds above which rows are left out (default 300)")
    parser.add_argument("--filter", default="", help="only contestants whose name contains this")
    parser.add_argument("--check", action="store_true", help="compare with the results in the file, then stop")
    return parser.parse_args()


if __name__ == "__main__":
    args = arguments(__doc__, "bench_basis")
    torch.set_num_threads(int(THREADS))
    compete({"numpy": Numpy, "numpy pulled back": PulledBack, "torch": Torch}, read, args)
