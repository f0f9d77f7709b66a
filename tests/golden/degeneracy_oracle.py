"""Free directions of ReLU networks, counted in numpy: the independent reference of docs/theory.md, sections 1 to 3.

A network is a list of (weight [out, in], bias [out]) pairs; every layer but the last is followed by a ReLU.
Layer l maps f~^l = (f^l, 1) to p^{l+1}; f^0 is the input. All integers come from singular values of factors in float64.
"""
from dataclasses import dataclass

import numpy as np

RELATIVE_TOLERANCE = 1e-9


@dataclass
class Rank:
    value: int
    gap: float  # smallest kept over largest dropped singular value; inf if nothing was dropped


def rank_of(factor):
    """Rank of a matrix from its own singular values (never from its Gram matrix)."""
    if factor.size == 0:
        return Rank(0, np.inf)
    sigma = np.linalg.svd(factor, compute_uv=False)
    value = int(np.sum(sigma > RELATIVE_TOLERANCE * sigma[0]))
    if value == 0 or value == len(sigma) or sigma[value] == 0.0:
        return Rank(value, np.inf)
    return Rank(value, float(sigma[value - 1] / sigma[value]))


def range_basis(factor):
    """Orthonormal basis [columns, rank] of the row space of a factor [rows, columns]."""
    _, sigma, vt = np.linalg.svd(factor, full_matrices=False)
    return vt[: int(np.sum(sigma > RELATIVE_TOLERANCE * sigma[0]))].T if sigma[0] > 0 else vt[:0].T


@dataclass
class Trace:
    activations: list  # f~^l [n, d_l + 1], l = 0..L-1
    pre: list  # p^l [n, d_l], l = 1..L-1 (hidden layers; pre[0] is p^1)
    gradients: list  # B^{l+1} [n, k, d_{l+1}], l = 0..L-1: output with respect to the pre-activation


def with_constant(f):
    return np.hstack([f, np.ones((len(f), 1))])


def trace(layers, x):
    activations, pre = [with_constant(x)], []
    for weight, bias in layers[:-1]:
        pre.append(activations[-1] @ np.column_stack([weight, bias]).T)
        activations.append(with_constant(np.maximum(pre[-1], 0.0)))
    outputs = len(layers[-1][1])
    gradients = [np.broadcast_to(np.eye(outputs), (len(x), outputs, outputs))]
    for (weight, _), p in zip(reversed(layers[1:]), reversed(pre)):
        gradients.insert(0, (gradients[0] @ weight) * (p > 0)[:, None, :])
    return Trace(activations, pre, gradients)


def layer_jacobian(traced, layer):
    """d f_out / d (weight, bias) of one layer, [n * k, d_{l+1} * (d_l + 1)]: rows are Kronecker products B (x) f~."""
    b, f = traced.gradients[layer], traced.activations[layer]
    return np.einsum("nki,nj->nkij", b, f).reshape(b.shape[0] * b.shape[1], -1)


def jacobian(traced):
    return np.hstack([layer_jacobian(traced, l) for l in range(len(traced.activations))])


@dataclass
class Block:
    layer: int  # 0-based index of the dense layer whose outputs these neurons are; hidden layer l + 1 in the formulas
    kind: str  # "synchronised" (size 1: an ordinary neuron), "always_on", "dead"
    neurons: list


def find_blocks(traced):
    """Neurons of one layer with the same firing pattern p > 0 on all data, in the order of their first neuron."""
    blocks = []
    for layer, p in enumerate(traced.pre):
        groups = {}
        for neuron, mask in enumerate((p > 0).T):
            groups.setdefault(mask.tobytes(), []).append(neuron)
        for neurons in groups.values():
            mask = p[:, neurons[0]] > 0
            kind = "always_on" if mask.all() else "synchronised" if mask.any() else "dead"
            blocks.append(Block(layer, kind, neurons))
    return blocks


def firing_margin(traced):
    """Smallest |p| of any neuron on any sample, relative to the neuron's root mean square p."""
    return min(float(np.min(np.abs(p) / np.sqrt(np.mean(p**2, axis=0)))) for p in traced.pre)


def gauge_coordinates(blocks):
    """Free entries (layer, i, j) of the block-diagonal A; j = -1 is the constant column of an always-on block."""
    for block in blocks:
        if block.kind != "dead":
            for i in block.neurons:
                for j in block.neurons + ([-1] if block.kind == "always_on" else []):
                    yield block.layer, i, j


def gauge_map(layers, traced, blocks):
    """Matrix of Phi in coordinates Q_K^T (A W~ - W A) Q_G: sum_l s_{l+1} r_l rows, a column per free entry of A."""
    q_g = [range_basis(f) for f in traced.activations]
    q_k = [range_basis(b.reshape(-1, b.shape[2])) for b in traced.gradients]
    sizes = [k.shape[1] * g.shape[1] for k, g in zip(q_k, q_g)]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    columns = []
    for layer, i, j in gauge_coordinates(blocks):
        column = np.zeros(starts[-1])
        weight, bias = layers[layer]
        source = np.append(weight[j], bias[j]) if j >= 0 else np.append(np.zeros(weight.shape[1]), 1.0)
        column[starts[layer] : starts[layer + 1]] = np.outer(q_k[layer][i], source @ q_g[layer]).ravel()
        reader = layers[layer + 1][0][:, i]  # the constant is the last row of Q_G, which is what j = -1 selects
        column[starts[layer + 1] : starts[layer + 2]] = -np.outer(q_k[layer + 1].T @ reader, q_g[layer + 1][j]).ravel()
        columns.append(column)
    return np.array(columns).T if columns else np.zeros((starts[-1], 0))


def count(layers, x):
    """Everything docs/theory.md section 3 counts, as one dictionary, and the smallest spectral gap of all ranks."""
    traced = trace(layers, x)
    blocks = find_blocks(traced)
    r = [rank_of(f) for f in traced.activations]
    s = [rank_of(b.reshape(-1, b.shape[2])) for b in traced.gradients]
    whole, phi = rank_of(jacobian(traced)), rank_of(gauge_map(layers, traced, blocks))
    within = [rank_of(layer_jacobian(traced, l)) for l in range(len(layers))]
    shapes = [(w.shape[0], w.shape[1] + 1) for w, _ in layers]
    low_rank = [d * dt - ri.value * si.value for (d, dt), ri, si in zip(shapes, r, s)]
    separate = sum(d * (dt - ri.value) + dt * (d - si.value) for (d, dt), ri, si in zip(shapes, r, s))
    squares = sum(len(b.neurons) * (len(b.neurons) + (b.kind == "always_on")) for b in blocks if b.kind != "dead")
    parameters = sum(d * dt for d, dt in shapes)
    return {
        "parameters": parameters, "samples": len(x), "outputs": shapes[-1][0],
        "jacobian_rank": whole.value, "free_directions": parameters - whole.value,
        "phi_rank": phi.value, "lower_bound": sum(low_rank) + phi.value, "naive_sum": separate + squares,
        "layers": [{"name": f"layers.{l}", "activation_rank": r[l].value, "gradient_rank": s[l].value,
                    "free_low_rank": low_rank[l], "within_layer_rank": within[l].value} for l in range(len(layers))],
        "blocks": [{"layer": f"layers.{b.layer}", "kind": b.kind, "neurons": b.neurons} for b in blocks],
        "spectral_gap": min(q.gap for q in [whole, phi, *r, *s, *within]), "jacobian_gap": whole.gap,
        "firing_margin": firing_margin(traced),
    }


def exact_one_hidden(layers, x):
    """Exact count for one hidden layer, and whether its condition holds (gated inputs independent on the data).

    The constant function, which the output bias multiplies, is one more independent feature unless an always-on
    block (whose features contain it) is there.
    """
    (weight, _), (readout, out_bias) = layers
    traced = trace(layers, x)
    inputs, width, outputs = traced.activations[0], weight.shape[1] + 1, len(out_bias)
    total, features, wanted, constant_used = 0, [], 0, False
    for block in find_blocks(traced):
        k, mask = len(block.neurons), traced.pre[0][:, block.neurons[0]] > 0
        on = block.kind == "always_on"
        if block.kind == "dead":
            total += k * (width + outputs)
            continue
        acts = traced.activations[1][:, block.neurons + ([-1] if on else [])]
        rho, s, r = rank_of(acts).value, rank_of(readout[:, block.neurons]).value, rank_of(inputs[mask]).value
        total += k * width + outputs * acts.shape[1] - s * r - outputs * rho + s * rho
        features.append(inputs * mask[:, None])
        wanted, constant_used = wanted + r, constant_used or on
    if not constant_used:
        features.append(np.ones((len(x), 1)))
        wanted += 1
    return total, rank_of(np.hstack(features)).value == wanted


def conditional_bound(layers, x):
    """Bound (*) with every layer's own Jacobian in place of its activation and gradient ranks: conditional low rank.

    J^l vanishes outside its row space, so Phi has to be projected on that row space as well; keeping the Phi of
    gauge_map beside the ranks of J^l can exceed the truth.
    """
    traced = trace(layers, x)
    rows = [range_basis(layer_jacobian(traced, l)) for l in range(len(layers))]
    columns = []
    for layer, i, j in gauge_coordinates(find_blocks(traced)):
        weight, bias = layers[layer]
        moves = [np.zeros((len(b), w.shape[1] + 1)) for w, b in layers]
        moves[layer][i] = np.append(weight[j], bias[j]) if j >= 0 else np.append(np.zeros(weight.shape[1]), 1.0)
        moves[layer + 1][:, j] = -layers[layer + 1][0][:, i]
        columns.append(np.concatenate([q.T @ move.ravel() for q, move in zip(rows, moves)]))
    return sum(len(q) - q.shape[1] for q in rows) + (rank_of(np.array(columns).T).value if columns else 0)
