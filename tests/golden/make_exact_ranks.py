"""Networks whose rows, columns and neurons live on very unequal scales, with their free directions over the rationals:
tests/golden/degeneracy/exact_ranks.json. Doubles are written with 17 digits, so they are read as they were.

  python3 tests/golden/make_exact_ranks.py"""
import json
import pathlib
import random

import exact_rank

random.seed(20260701)
normal = random.gauss


def network(widths, bias=0.3):
    return [([[normal(0, (2 / a) ** 0.5) for _ in range(a)] for _ in range(b)], [normal(0, bias) for _ in range(b)])
            for a, b in zip(widths, widths[1:])]


def inputs(n, d, shift=0.0):
    return [[normal(0, 1) + shift for _ in range(d)] for _ in range(n)]


def with_one_scale():
    """One hidden layer; one row, bias, reader, input or weight is 1e-9.5 to 1e-7.5 of the others."""
    d, h, k = random.randint(1, 3), random.randint(1, 4), random.randint(1, 2)
    (W0, b0), (W1, b1) = net = network([d, h, k])
    x, s, i, j = inputs(8 * h + 4, d), 10 ** random.uniform(-9.5, -7.5), random.randrange(h), random.randrange(d)
    match random.randrange(5):
        case 0: W0[i] = [w * s for w in W0[i]]
        case 1: b0[i] *= s
        case 2:
            for row in W1: row[i] *= s
        case 3:
            for row in x: row[j] *= s
        case 4: W0[i][j] *= s
    return net, x


def nearly_planted():
    """A block of two, one input that nearly is a sum of others; one of both by 1e-10.5 to 1e-7."""
    (W0, b0), (W1, b1) = net = network([4, 4, 2])
    x, s = inputs(50, 4), 10 ** random.uniform(-10.5, -7)
    W0[1], b0[1] = [2 * w for w in W0[0]], 2 * b0[0]
    for row in x: row[3] = row[0]
    if random.random() < 0.5:
        W0[1] = [w + s * normal(0, 1) for w in W0[1]]
    else:
        for row in x: row[3] += s * normal(0, 1)
    return net, x


def with_nearly_equal_inputs():
    """Two inputs differ by 1e-12.5 to 1e-7; half the time a neuron reads nothing but their difference."""
    (W0, b0), _, _ = net = network([3, 3, 2, 2])
    x, s = inputs(60, 3), 10 ** random.uniform(-12.5, -7)
    for row in x: row[2] = row[0] + s * normal(0, 1)
    if random.random() < 0.5: W0[0], b0[0] = [1.0, 0.0, -1.0], 0.0
    return net, x


def with_unlike_samples():
    """A few samples are 1e-9 to 1e9 of the others."""
    x, s = inputs(60, 3), 10 ** random.uniform(-9, 9)
    for row in x[:random.choice([1, 2, 5, 30])]: row[:] = [s * v for v in row]
    return network([3, 4, 4, 2]), x


def cases():
    a = [([[1.0], [2.0]], [0.5, -3.0]), ([[5e-9, 3.0]], [0.2])]
    b = [([[-1e-7], [2.0]], [0.0, -3.0]), ([[1.0, 3.0]], [0.2])]
    line = [([[1.0]], [0.0]), ([[1.0]], [0.0])]
    yield "a faint reader", a, [[v] for v in (-2.0, -1.0, 1.0, 2.0, 3.0)]
    yield "a faint neuron", b, [[v] for v in (-2.0, -1.0, -3.0, 100.0, 200.0, 301.0)]
    for c in (5e4, 1e6, 1e9, 1.7e12, 1e15): yield f"relu far from 0: {c:g}", line, [[c - 1], [c], [c + 1], [c + 2]]
    for _ in range(60): yield "one scale", *with_one_scale()
    for c in (1e4, 2e4, 1e6, 1e9):
        for _ in range(3): yield f"inputs around {c:g}", network([4, 5, 5, 1]), inputs(60, 4, c)
    for _ in range(40): yield "nearly planted", *nearly_planted()
    for _ in range(40): yield "nearly equal inputs", *with_nearly_equal_inputs()
    for _ in range(20): yield "samples of unlike sizes", *with_unlike_samples()


def main():
    nets = [{"name": name, "weights": [W for W, _ in net], "biases": [b for _, b in net], "x": x,
             "free_directions": exact_rank.free_directions(net, x)} for name, net, x in cases()]
    path = pathlib.Path(__file__).parent / "degeneracy" / "exact_ranks.json"
    path.write_text("[\n" + ",\n".join(json.dumps(net) for net in nets) + "\n]\n")


if __name__ == "__main__":
    main()
