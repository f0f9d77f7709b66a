"""Writes golden/llc/deep_linear.json: t E[K] of three and more linear layers at a truth of 0, by numpy.

  python3 make_deep_linear.py

Not the way of the library: the last layer is integrated by hand, and what is left on grids of all its dimensions at
once, the trapezoidal rule in logarithms: squared lengths of vectors where a hidden width is 1, and for 2-2-2-2 both
eigenvalues of the middle layer (over their increments) and both squared columns of the first.
"""
import itertools
import json
from pathlib import Path

import numpy as np

PATH = Path(__file__).parent / "llc" / "deep_linear.json"


def narrow(widths, t, step=0.4):
    others = list(widths)
    others.pop(1 + others[1:-1].index(1))
    x = np.exp(np.arange(-70 - np.log(t), np.log(150.0), step))
    square, mass = np.ones(1), np.ones(1)
    for width in others[:-1]:
        square = np.multiply.outer(square, x).ravel()
        mass = np.multiply.outer(mass, x ** (width / 2) * np.exp(-x / 2)).ravel()
        square, mass = square[mass > 1e-60], mass[mass > 1e-60]
    left = mass * (1 + 2 * t * square) ** (-others[-1] / 2)
    return float(np.sum(left * others[-1] * t * square / (1 + 2 * t * square)) / np.sum(left))


def four_twos(t, step=0.6):
    x = np.exp(np.arange(-38, np.log(90.0), step))
    columns = np.multiply.outer(x * np.exp(-x / 2), x * np.exp(-x / 2))
    loss = whole = 0.0
    for smaller, gap in itertools.product(x, x):
        larger = smaller + gap
        mass = smaller * gap * gap / np.sqrt(smaller * larger) * np.exp(-(smaller + larger) / 2)
        if mass < 1e-13:
            continue
        a, b = 2 * t * larger * x[:, None], 2 * t * smaller * x[None, :]
        left = columns * mass / np.sqrt((1 + a + b) * (1 + a) * (1 + b))
        whole += np.sum(left)
        loss += np.sum(left * 0.5 * ((a + b) / (1 + a + b) + a / (1 + a) + b / (1 + b)))
    return float(loss / whole)


def main():
    rows = [{"widths": widths, "t": t, "value": narrow(widths, t)}
            for widths in ([3, 1, 3, 3], [4, 1, 1, 4], [1, 1, 1, 1], [2, 3, 1, 5]) for t in (1e2, 1e4)]
    rows += [{"widths": [2, 2, 2, 2], "t": t, "value": four_twos(t)} for t in (1e2, 1e4)]
    PATH.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
