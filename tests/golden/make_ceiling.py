#!/usr/bin/env python3
"""Writes tests/golden/degeneracy/ceiling.json: ranks of J of random ReLU networks by numpy, and how many of 2,000
networks of each of six kinds reach the ceiling N - (hidden neurons), which
experiments/claims/claims_ceiling.cpp holds claim C33 against.

J is made row by row by the chain rule, its columns scaled to length 1; singular values above 1e-11 of the largest are
counted.

    python3 tests/golden/make_ceiling.py            the file; some minutes
"""
import json
import pathlib

import numpy as np

KINDS = [(widths, bias) for widths in ([2, 3, 1], [3, 4, 4, 2], [2, 4, 3, 1]) for bias in (0.1, 1.0)]
NETS, SAMPLES = 2000, 1500
STEPS = [0.7548776662466927, 0.5698402909980532, 0.4301597090019468]


def draw(widths, bias, rng):
    """[(weight [out, in], bias [out])]: weights of variance 2 / in (He), biases of this standard deviation."""
    return [(rng.normal(size=(out, inputs)) * np.sqrt(2 / inputs), rng.normal(size=out) * bias)
            for inputs, out in zip(widths, widths[1:])]


def jacobian(net, x):
    inputs, fires = [x], []
    for weight, bias in net:
        pre = inputs[-1] @ weight.T + bias
        fires.append(pre > 0)
        inputs.append(np.maximum(pre, 0))
    outputs = len(net[-1][1])
    slope = np.broadcast_to(np.eye(outputs), (len(x), outputs, outputs))
    parts = []
    for layer in reversed(range(len(net))):
        with_one = np.concatenate([inputs[layer], np.ones((len(x), 1))], 1)
        parts.append(np.einsum("nko,ni->nkoi", slope, with_one).reshape(len(x) * outputs, -1))
        if layer:
            slope = (slope @ net[layer][0]) * fires[layer - 1][:, None, :]
    return np.concatenate(parts, 1)


def rank(net, x):
    J = jacobian(net, x)
    length = np.linalg.norm(J, axis=0)
    values = np.linalg.svd(J / np.where(length > 0, length, 1), compute_uv=False)
    return int((values > 1e-11 * values[0]).sum())


def ceiling(widths):
    return sum(out * inputs for inputs, out in zip(widths, widths[1:])) + widths[-1]


def shares():
    rng = np.random.default_rng(5)
    found = []
    for widths, bias in KINDS:
        ranks = [rank(draw(widths, bias, rng), rng.normal(size=(SAMPLES, widths[0]))) for _ in range(NETS)]
        assert max(ranks) <= ceiling(widths)
        found.append({"widths": widths, "bias": bias, "nets": NETS, "reach": ranks.count(ceiling(widths))})
    return found


def even(samples, inputs):
    """Points that fill [-2, 2]^inputs evenly, the same in any language."""
    turns = np.arange(1, samples + 1)[:, None] * np.array(STEPS[:inputs])
    return 4 * (turns - np.floor(turns)) - 2


def nets():
    rng = np.random.default_rng(6)
    found = []
    for widths, bias in KINDS * 2:
        net = [(np.round(weight, 3), np.round(b, 3)) for weight, b in draw(widths, bias, rng)]
        layers = [{"weight": weight.ravel().tolist(), "bias": b.tolist()} for weight, b in net]
        found.append({"samples": 400, "rank": rank(net, even(400, widths[0])), "ceiling": ceiling(widths),
                      "layers": layers})
    return found


if __name__ == "__main__":
    path = pathlib.Path(__file__).parent / "degeneracy/ceiling.json"
    path.write_text(json.dumps({"steps": STEPS, "nets": nets(), "shares": shares()}, indent=1) + "\n")
    print(path)
