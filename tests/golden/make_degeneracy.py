"""Writes golden/degeneracy: small ReLU networks with planted degeneracy and every integer counted on them.

  python3 make_degeneracy.py           writes degeneracy/*.npz and degeneracy/degeneracy.json (same bytes every time)
  python3 make_degeneracy.py --sweep   writes nothing; measures each claim on many seeds and prints the table

Each .npz has x [n, d_0], layers.{l}.weight [out, in] and layers.{l}.bias [out], float64. Claims: docs/theory.md, 7.
"""
import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from degeneracy_oracle import RELATIVE_TOLERANCE, conditional_bound, count, exact_one_hidden, jacobian, rank_of, trace
from planted_nets import Plan, Plant, plant

FOLDER = Path(__file__).parent / "degeneracy"
SAFE_GAP = 1e6  # smallest ratio of kept to dropped singular values that a golden network may have
SAMPLES = 200
ONLY_SWEPT = ("c2_three_layers", "c3_411", "c6_singles", "c7_rows", "c7_readers")  # too like others to be shipped
C14_SEED = 69  # a draw whose first 3, 6, 10 and 20 samples have the ranks 9, 17, 27 and 36


def blocks(*sizes):
    return [Plant(k) for k in sizes]


def dead(k):
    return [Plant(k, "dead")]


def always_on(k):
    return [Plant(k, "always_on")]


CLAIMS = [  # name, plan, predicted free directions
    ("c2", Plan([blocks(*[1] * 6)]), 6),
    ("c2_two_layers", Plan([blocks(*[1] * 6)] * 2), 12),
    ("c2_three_layers", Plan([blocks(*[1] * 6)] * 3), 18),
    ("c2_scalar", Plan([blocks(*[1] * 6)] * 2, outputs=1), 12),
    ("c3_321", Plan([blocks(3, 2, 1)]), 14),
    ("c3_411", Plan([blocks(4, 1, 1)]), 18),
    ("c4", Plan([always_on(3) + blocks(1, 2)]), 17),
    ("c5", Plan([dead(2) + blocks(1, 2)]), 25),
    ("c5_two_layers", Plan([dead(1) + blocks(2, 1, 1), dead(2) + blocks(2, 1, 1)]), 42),
    ("c6_singles", Plan([blocks(1, 1, 1, 1)], input_rank=3), 12),
    ("c6_blocks", Plan([blocks(3, 2, 1)], input_rank=3), 26),
    ("c7_rows", Plan([[Plant(4, rows=2)] + blocks(1)]), 17),
    ("c7_readers", Plan([[Plant(4, readers=1)] + blocks(1)]), 23),
    ("c7_both", Plan([[Plant(4, rows=2, readers=3)] + blocks(1)]), 21),
    ("c7_unread", Plan([[Plant(3, readers=0)] + blocks(1)]), 19),
    ("c8", Plan([blocks(3, 2)], outputs=1), 23),
]


def mixed_layer(rng):
    """Two to four plants of random kinds, sizes and ranks, at most eight neurons."""
    plants, used = [], set()
    while len(plants) < rng.integers(2, 5):
        kind = str(rng.choice(["synchronised", "synchronised", "synchronised", "always_on", "dead"]))
        kind = "synchronised" if kind in used else kind
        size = min(int(rng.integers(1, 5 if kind == "synchronised" else 4)), 8 - sum(p.size for p in plants))
        if size < 1:
            break
        live = size > 1 and kind != "dead"
        rows = int(rng.integers(1, size)) if live and rng.random() < 0.4 else None
        readers = int(rng.integers(0, size)) if live and rng.random() < 0.4 else None
        plants.append(Plant(size, kind, rows, readers))
        used |= {kind} - {"synchronised"}
    return plants


def mixed_plan(rng, depth):
    """Deeper nets keep rare and nearly tied blocks: there the bound may fall short of the truth."""
    rank = int(rng.integers(2, 5)) if rng.random() < 0.25 else None
    filters = {} if depth == 1 else {"rate": 0.03, "joint": 0.0}
    layers = [mixed_layer(rng) for _ in range(depth)]
    return Plan(layers, outputs=int(rng.integers(1, 6)), input_rank=rank, samples=SAMPLES, **filters)


def mixed_net(seed, depth):
    """The first random plan of this seed that the data can show; plans that are hard to realise are skipped."""
    rng = np.random.default_rng([seed, depth])
    while True:
        try:
            return plant(mixed_plan(rng, depth), rng.integers(2**32), attempts=10)
        except RuntimeError:
            continue


def plain_net(seed, inputs, hidden, outputs):
    """Random rows that each fire on about half of the data."""
    rng = np.random.default_rng(seed)
    x, rows = rng.standard_normal((SAMPLES, inputs)), rng.standard_normal((hidden, inputs))
    bias = rng.uniform(-0.3, 0.3, hidden) - np.median(x @ rows.T, axis=0)
    return [(rows, bias), (rng.standard_normal((outputs, hidden)), rng.standard_normal(outputs))], x


def rare_neuron(seed, fires, outputs):
    """C11: the first neuron fires on exactly `fires` samples."""
    layers, x = plain_net(seed, 4, 5, outputs)
    p = np.sort(x @ layers[0][0][0])[::-1]
    layers[0][1][0] = -0.5 * (p[fires - 1] + p[fires])
    return layers, x


def complementary(seed, outputs):
    """C12: the second neuron fires exactly where the first does not."""
    layers, x = plain_net(seed, 5, 5, outputs)
    layers[0][0][1], layers[0][1][1] = -1.5 * layers[0][0][0], -1.5 * layers[0][1][0]
    return layers, x


def data_limited(seed):
    """C14: 43 parameters of which 36 count when data abound."""
    return plant(Plan([blocks(2, 1, 1, 1)], inputs=4, outputs=3, samples=SAMPLES), seed)


def prefix_ranks(layers, x):
    return [rank_of(jacobian(trace(layers, x[:n]))).value for n in (3, 6, 10, 20)]


def golden_nets():
    """Triples of name, (layers, x, ...) and the predicted free directions where a claim gives them."""
    for name, plan, free in CLAIMS:
        if name not in ONLY_SWEPT:
            yield name, plant(replace(plan, samples=SAMPLES), 1), free
    for seed in (1, 2):
        yield f"c9_{seed}", mixed_net(seed, 1), None
    yield "c10_two_layers", mixed_net(12, 2), None
    yield "c10_three_layers", mixed_net(1, 3), None
    yield "c11", rare_neuron(1, 2, 3), 8
    yield "c12", complementary(1, 1), 6
    yield "c14", data_limited(C14_SEED), 7


def expectation(name, layers, x, free):
    result = count(layers, x)
    assert result["spectral_gap"] > SAFE_GAP, (name, result["spectral_gap"])
    assert free is None or result["free_directions"] == free, (name, result["free_directions"], free)
    assert result["lower_bound"] <= result["free_directions"], name
    for machine_dependent in ("spectral_gap", "jacobian_gap"):
        del result[machine_dependent]
    result["firing_margin"] = float(f"{result['firing_margin']:.3g}")
    result["conditional_bound"] = conditional_bound(layers, x)
    if len(layers) == 2:
        result["exact_one_hidden"], result["exact_condition"] = exact_one_hidden(layers, x)
    if name == "c14":
        result["prefix_ranks"] = dict(zip(("3", "6", "10", "20"), prefix_ranks(layers, x)))
    return {"name": name, "file": f"{name}.npz", "widths": [x.shape[1]] + [len(b) for _, b in layers], **result}


def write():
    FOLDER.mkdir(exist_ok=True)
    nets = []
    for name, (layers, x, *_), free in golden_nets():
        arrays = {"x": x}
        for l, (weight, bias) in enumerate(layers):
            arrays |= {f"layers.{l}.weight": weight, f"layers.{l}.bias": bias}
        np.savez(FOLDER / f"{name}.npz", **{key: np.ascontiguousarray(a) for key, a in arrays.items()})
        nets.append(expectation(name, layers, x, free))
    head = f'{{"relative_tolerance": {RELATIVE_TOLERANCE}, "smallest_gap": {SAFE_GAP}, "nets": [\n'
    lines = ",\n".join(json.dumps(net) for net in nets)
    (FOLDER / "degeneracy.json").write_text(f"{head}{lines}\n]}}\n")


def show(name, wanted, nets):
    """One line of the table: measured free directions, how often bound and formula hold, smallest gap."""
    free, below, tight, fits, gaps = Counter(), 0, 0, 0, []
    for layers, x, *_ in nets:
        c = count(layers, x)
        free[c["free_directions"]] += 1
        below += c["lower_bound"] <= conditional_bound(layers, x) <= c["free_directions"]
        tight += c["lower_bound"] == c["free_directions"]
        fits += len(layers) == 2 and exact_one_hidden(layers, x) == (c["free_directions"], True)
        gaps.append(c["spectral_gap"])
    total = sum(free.values())
    measured = dict(free) if wanted is not None else f"{len(free)} values"
    print(f"{name:18} predicted {wanted}, measured {measured}; of {total}: bound valid {below}, tight {tight}, "
          f"formula {fits}; gap {min(gaps):.0e}", flush=True)


def sweep():
    for name, plan, free in CLAIMS:
        show(name, free, (plant(plan, seed) for seed in range(20)))
    show("c9", None, (mixed_net(seed, 1) for seed in range(120)))
    show("c10 two layers", None, (mixed_net(seed, 2) for seed in range(60)))
    show("c10 three layers", None, (mixed_net(seed, 3) for seed in range(60)))
    for fires in (1, 2, 3, 4, 5, 8):
        show(f"c11, fires {fires}", 5 + max(0, 5 - fires), (rare_neuron(seed, fires, 3) for seed in range(20)))
    for outputs in (1, 2, 3):
        show(f"c12, outputs {outputs}", 6 if outputs == 1 else 5, (complementary(seed, outputs) for seed in range(20)))
    print("c14", Counter(tuple(prefix_ranks(*data_limited(seed)[:2])) for seed in range(200)).most_common(5))


if __name__ == "__main__":
    sweep() if "--sweep" in sys.argv[1:] else write()
