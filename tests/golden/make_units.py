"""Writes golden/llc/units.json: nβ E[K] of one and two hidden units on scalar inputs, by numpy.

  python3 make_units.py

Not the way of the library: the integral over a is a normal density of the outputs (one matrix for all inputs, none for
the units), b stands on an even grid, and nβ E[K] is minus the derivative of log Z by log nβ, by differences.
"""
import json
from pathlib import Path

import numpy as np

PATH = Path(__file__).parent / "llc" / "units.json"
X = [-1.5, -0.75, -0.25, 0.5, 1.0, 1.75]
KINDS = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}


def log_mass(phi, y, mean_a, t, gamma):
    """log of the integral over a of exp(-t |phi a - y|²) under its prior; phi [grid, n, units]."""
    n = y.size
    cov = np.einsum("gsk,grk->gsr", phi, phi) / gamma + np.eye(n) / (2 * t)
    rest = y - phi @ mean_a
    solved = np.linalg.solve(cov, rest[..., None])[..., 0]
    return -0.5 * np.sum(rest * solved, -1) - 0.5 * np.linalg.slogdet(cov)[1] - n / 2 * np.log(t)


def value(kind, a, b, t, gamma, zeros, step):
    act, x = KINDS[kind], np.array(X)
    a, b = np.array(a, float), np.array(b, float)
    y = act(np.outer(x, b)) @ a / np.sqrt(len(X))
    mean_a, mean_b = (0 * a, 0 * b) if zeros else (a, b)
    reach = 8 / np.sqrt(gamma)
    axes = [step * np.arange(np.floor((m - reach) / step), np.ceil((m + reach) / step)) for m in mean_b]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(b))
    prior = -gamma / 2 * np.sum((grid - mean_b) ** 2, -1)
    grid, prior = grid[prior > -30], prior[prior > -30]

    def log_Z(log_t):
        parts = [log_mass(act(x[:, None] * chunk[:, None, :]) / np.sqrt(len(X)), y, mean_a, np.exp(log_t), gamma)
                 for chunk in np.array_split(grid, 1 + len(grid) // 50000)]
        logs = np.concatenate(parts) + prior
        return np.max(logs) + np.log(np.sum(np.exp(logs - np.max(logs))))
    h = 1e-3
    return float(-(log_Z(np.log(t) + h) - log_Z(np.log(t) - h)) / (2 * h))


def main():
    rows = []
    for kind, a, b, t, gamma, zeros, step in (
            ("tanh", [0], [0], 1e2, 1, True, 1e-3), ("tanh", [1.2], [0.8], 1e3, 4, False, 1e-3),
            ("relu", [0], [0], 1e2, 1, True, 5e-4), ("tanh", [0.5, 0.5], [1, 1], 1e3, 10, False, 0.01),
            ("tanh", [1, 0], [1, 0.4], 1e2, 10, False, 0.02), ("tanh", [0, 0], [0, 0], 1e2, 4, True, 0.02),
            ("relu", [1, 1], [1, 1], 1e2, 10, False, 0.02)):
        rows.append({"kind": kind, "a": a, "b": b, "t": t, "gamma": gamma, "zeros": zeros,
                     "value": value(kind, a, b, t, gamma, zeros, step)})
        print(rows[-1])
    PATH.write_text(json.dumps({"x": X, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
