"""Writes golden/llc/finite_n.json: exact values of t E[K] at finite n, by numpy and scipy (same bytes every time).

  python3 make_finite_n.py

Nothing here goes the way of the library. Integrals use the exp-sinh rule on x > 0, w = exp(π/2 sinh s), on grids;
eigenvalues of Wishart matrices are integrated one by one over their increments, without Pfaffians; the direction of a
truth of rank 1 is a column of A that is integrated with the rest, without contours.
"""
import itertools
import json
from pathlib import Path

import numpy as np
from scipy import integrate

PATH = Path(__file__).parent / "llc" / "finite_n.json"


def half_line(nodes, reach):
    """Nodes and weights for x > 0; 4.3 reaches down to 1e-25, for x^(-1/2), 3.6 to 1e-12, for densities without it."""
    s, step = np.linspace(-reach, reach * 0.55, nodes, retstep=True)
    x = np.exp(np.pi / 2 * np.sinh(s))
    return x, x * np.pi / 2 * np.cosh(s) * step


def crossing(a, b, t):
    x, w = half_line(1200, 4.3)
    mass = w * np.exp(-x * x / 2)
    loss = t * np.outer(x ** (2 * a), x ** (2 * b))
    return (mass @ (loss * np.exp(-loss)) @ mass) / (mass @ np.exp(-loss) @ mass)


def homogeneous(terms, t, gamma):
    total = 0
    for c, p in terms:
        ends = [(t * c) ** (-1 / p), gamma ** -0.5]
        mass = lambda w: np.exp(-t * c * w**p - gamma * w * w / 2)
        points = [0, min(ends) / 2, min(ends), 2 * min(ends), 4 * min(ends), 16 * min(ends)]
        integral = lambda f: sum(integrate.quad(f, low, high, epsabs=0, epsrel=1e-12)[0]
                                 for low, high in itertools.pairwise(points))
        total += integral(lambda w: t * c * w**p * mass(w)) / integral(mass)
    return total


def eigenvalue_grid(p, degrees, nodes):
    """All tuples of p increments: descending eigenvalues of a p x p Wishart matrix, and their weights."""
    x, w = half_line(nodes, 4.3 if degrees == p else 3.6)
    increments = np.meshgrid(*[x] * p, indexing="ij")
    weights = np.ones([nodes] * p)
    for axis in range(p):
        weights = weights * w.reshape([-1 if i == axis else 1 for i in range(p)])
    values = np.cumsum(increments, axis=0)
    weights = weights * np.prod(values ** ((degrees - p - 1) / 2) * np.exp(-values / 2), axis=0)
    for i, j in itertools.combinations(range(p), 2):  # differences without cancellation
        weights = weights * np.sum(increments[i + 1:j + 1], axis=0)
    return values, weights


def regression(N, H, M, t, nodes):
    """True map 0."""
    x, w = eigenvalue_grid(min(H, N), max(H, N), nodes)
    left = np.prod((1 + 2 * t * x) ** (-M / 2), axis=0) * w
    return np.sum(M / 2 * np.sum(2 * t * x / (1 + 2 * t * x), axis=0) * left) / np.sum(left)


def seen_truth(N, H, M, t, truth, nodes):
    """True map of rank 1: A has a column a along its direction, and N - 1 > H - 1 others with the Wishart matrix W.
    Then Z = E det(1 + 2tW)^(-M/2) (1 + q)^(-M/2) exp(-t truth² / (1 + q)) with q = 2t a' (1 + 2tW)^-1 a, and in the
    eigenbasis of W the squares of a are chi-squared of one degree each; minus the derivative by log t is averaged."""
    x, w = eigenvalue_grid(H, N - 1, nodes)
    y, wy = half_line(nodes, 4.3)
    wy = wy * y**-0.5 * np.exp(-y / 2)
    above = below = 0.0
    for index in np.ndindex(*[nodes] * H):  # over the squares of a
        square, weight = y[list(index)].reshape([H] + [1] * H), np.prod(wy[list(index)])
        if weight < 1e-40 * np.max(wy) ** H:
            continue
        r = 2 * t / (1 + 2 * t * x)
        q = np.sum(r * square, axis=0)
        dq = np.sum(r / (1 + 2 * t * x) * square, axis=0)
        z = np.prod(1 + 2 * t * x, axis=0) ** (-M / 2) * (1 + q) ** (-M / 2) * np.exp(-t * truth**2 / (1 + q)) * w
        slope = (M / 2 * (np.sum(2 * t * x / (1 + 2 * t * x), axis=0) + dq / (1 + q))
                 + t * truth**2 * (1 + q - dq) / (1 + q) ** 2)
        above += weight * np.sum(z * slope)
        below += weight * np.sum(z)
    return above / below


def main():
    crossings = [{"a": a, "b": b, "t": t, "value": crossing(a, b, t)}
                 for a, b in ((0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (0, 3), (1, 3), (2, 3), (3, 3))
                 for t in (1e2, 579, 1e4, 1e8)]
    shapes = ([(1, 2)], [(1, 4)], [(1, 6)], [(1, 2), (1, 4)], [(0.3, 2), (2, 3), (5, 8)])
    powers = [{"terms": terms, "t": t, "gamma": gamma, "value": homogeneous(terms, t, gamma)}
              for terms in shapes for t, gamma in ((100, 1), (100, 10), (100, 100), (1e6, 1))]
    zero = [{"inputs": N, "hidden": H, "outputs": M, "truth": 0, "t": t, "value": regression(N, H, M, t, nodes)}
            for N, H, M, nodes in ((1, 1, 1, 600), (2, 1, 2, 600), (3, 1, 1, 600), (2, 2, 2, 600), (2, 2, 5, 600),
                                   (3, 3, 3, 200), (5, 3, 5, 150), (3, 8, 4, 150), (5, 4, 5, 56))
            for t in (1e2, 1e4, 1e6) if min(N, H) < 4 or t == 1e2]
    one = [{"inputs": N, "hidden": H, "outputs": M, "truth": truth, "t": t,
            "value": seen_truth(N, H, M, t, truth, nodes)}
           for N, H, M, nodes in ((5, 1, 3, 600), (3, 2, 3, 110), (3, 2, 5, 110))
           for truth, t in ((1, 1e2), (2, 1e3), (3, 1e4))]
    PATH.write_text(json.dumps({"crossings": crossings, "homogeneous": powers, "linear": zero + one}, indent=1) + "\n")


if __name__ == "__main__":
    main()
