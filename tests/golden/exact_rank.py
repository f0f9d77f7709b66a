"""N - rank J of a ReLU network over the rational numbers: doubles are fractions, so nothing is rounded and no tolerance
decides. The forward and backward pass run in fractions; the rank is that of J modulo the prime 2^61 - 1, which differs
from the rank over the rationals only if the prime divides one of a few determinants of hundreds of bits."""
from fractions import Fraction

PRIME = (1 << 61) - 1


def to_field(value):
    return value.numerator % PRIME * pow(value.denominator, PRIME - 2, PRIME) % PRIME


def rank(rows):
    rows, found = [row[:] for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        inverse = pow(rows[found][column], PRIME - 2, PRIME)
        rows[found] = [v * inverse % PRIME for v in rows[found]]
        for i in range(found + 1, len(rows)):
            if factor := rows[i][column]:
                rows[i] = [(a - factor * b) % PRIME for a, b in zip(rows[i], rows[found])]
        found += 1
        if found == len(rows):
            break
    return found


def jacobian_rows(net, sample):
    """net: [(W [out][in], b [out])]; the rows of J for one sample, by layers, inputs (the constant last), outputs."""
    f, inputs, on = [Fraction(v) for v in sample], [], []
    for layer, (W, b) in enumerate(net):
        inputs.append(f)
        p = [sum(Fraction(w) * v for w, v in zip(row, f)) + Fraction(c) for row, c in zip(W, b)]
        on.append([v > 0 for v in p])
        f = [max(v, Fraction(0)) for v in p]
    outputs = len(net[-1][1])
    for a in range(outputs):
        B, row = [Fraction(int(i == a)) for i in range(outputs)], []
        for layer in reversed(range(len(net))):
            row = [to_field(x) * to_field(g) % PRIME for x in inputs[layer] + [Fraction(1)] for g in B] + row
            if layer:
                W = net[layer][0]
                B = [sum(B[i] * Fraction(W[i][j]) for i in range(len(W))) * on[layer - 1][j] for j in range(len(W[0]))]
        yield row


def free_directions(net, x):
    J = [row for sample in x for row in jacobian_rows(net, sample)]
    return len(J[0]) - rank(J)
