"""Networks with planted degeneracy (docs/theory.md, section 7): blocks, dead and always-on units, low ranks."""
from dataclasses import dataclass

import numpy as np

from degeneracy_oracle import trace

SPREAD = 0.3  # size of a row's own part against the block's common row
MARGIN = 0.02  # samples with a pre-activation nearer to zero than this (in standard deviations) are dropped


@dataclass
class Plant:
    """One block of a hidden layer."""

    size: int
    kind: str = "synchronised"  # or "always_on", "dead"
    rows: int = None  # rank of its weight rows; None: full
    readers: int = None  # rank of its outgoing weights; None: full


@dataclass
class Plan:
    hidden: list  # one list of Plant per hidden layer
    outputs: int = 4
    inputs: int = 5
    input_rank: int = None
    samples: int = 300
    rate: float = 0.15  # every gated block is on, and off, on at least this fraction of the data
    joint: float = 0.03  # two blocks of the same or adjacent layers show each of the 4 joint states on this fraction


class Rejected(Exception):
    pass


def standardised(direction, f, level):
    """Row (direction, bias) whose pre-activation on f has unit deviation and is positive on a fraction `level`."""
    p = f @ direction
    if p.std() < 1e-9:
        raise Rejected
    direction = direction / p.std()
    return np.append(direction, -np.quantile(f @ direction, 1 - level))


def block_rows(plant, f, project, rng):
    """[size, d + 1] rows, without their scales."""
    rank = plant.size if plant.rows is None else plant.rows
    draw = lambda: project @ rng.standard_normal(f.shape[1])
    if plant.kind == "synchronised":
        common = standardised(draw(), f, rng.uniform(0.4, 0.6))
        own = [standardised(draw(), f, 0.5) for _ in range(rank)] if plant.size > 1 and rank > 1 else [0.0] * rank
        rows = [common + SPREAD * v for v in own]
    else:
        rows = [standardised(draw(), f, 0.5) for _ in range(rank)]
    while len(rows) < plant.size:  # a convex combination lies in the span and fires with the others
        mix = rng.uniform(0.2, 1.0, rank)
        rows.append(mix / mix.sum() @ np.array(rows[:rank]))
    rows = np.array(rows)
    p = f @ rows[:, :-1].T
    if plant.kind == "always_on":
        rows[:, -1] = 0.5 - p.min(axis=0)
    if plant.kind == "dead":
        rows[:, -1] = -0.5 - p.max(axis=0)
    return rows


def reader_projection(plants, rng):
    """Symmetric projection that leaves each block's outgoing weights the planted rank."""
    size, start = sum(p.size for p in plants), 0
    project = np.eye(size)
    for p in plants:
        if p.readers is not None and p.readers < p.size:
            q, _ = np.linalg.qr(rng.standard_normal((p.size, p.size)))
            q = q[:, : p.readers]
            project[start : start + p.size, start : start + p.size] = q @ q.T
        start += p.size
    return project


def keep_clean(plants, p):
    """Samples on which every gated block agrees in sign, away from zero. p: unscaled pre-activations."""
    keep, start = np.ones(len(p), bool), 0
    for plant in plants:
        part = p[:, start : start + plant.size]
        if plant.kind == "synchronised":
            keep &= (part > MARGIN).all(axis=1) | (part < -MARGIN).all(axis=1)
        start += plant.size
    return keep


def check_states(plan, layers, x):
    """Rejects nets whose blocks fire too rarely or are too nearly tied: they would be degenerate by accident."""
    traced, masks, depth = trace(layers, x), [], []
    for level, (plants, p) in enumerate(zip(plan.hidden, traced.pre)):
        start = 0
        for plant in plants:
            if plant.kind == "synchronised":
                masks.append(p[:, start] > 0)
                depth.append(level)
            start += plant.size
    for i, a in enumerate(masks):
        if not plan.rate <= a.mean() <= 1 - plan.rate:
            raise Rejected
        for j, b in enumerate(masks[:i]):
            if abs(depth[i] - depth[j]) > 1:
                continue
            joint = [(a & b).mean(), (a & ~b).mean(), (~a & b).mean(), (~a & ~b).mean()]
            if min(joint) < plan.joint:
                raise Rejected


def try_plant(plan, rng):
    start = 8 * plan.samples * 2 ** len(plan.hidden)
    x = rng.standard_normal((start, plan.inputs))
    if plan.input_rank is not None:
        x = x[:, : plan.input_rank] @ rng.standard_normal((plan.input_rank, plan.inputs)) / np.sqrt(plan.input_rank)
    f, keep, layers = x, np.ones(start, bool), []
    project = np.eye(plan.inputs)
    for plants in plan.hidden:
        rows = np.vstack([block_rows(p, f[keep], project, rng) for p in plants])
        keep &= keep_clean(plants, f @ rows[:, :-1].T + rows[:, -1])
        if keep.sum() < plan.samples:
            raise Rejected
        rows = rows * rng.uniform(0.5, 2.0, (len(rows), 1))
        layers.append((rows[:, :-1].copy(), rows[:, -1].copy()))
        f = np.maximum(f @ rows[:, :-1].T + rows[:, -1], 0.0)
        project = reader_projection(plants, rng)
    readout = rng.standard_normal((plan.outputs, f.shape[1])) @ project
    layers.append((readout, rng.standard_normal(plan.outputs)))
    x = x[keep][: plan.samples]
    check_states(plan, layers, x)
    return layers, x


def plant(plan, seed, attempts=2000):
    """Layers and inputs of the plan; redraws until the data show every block's states often enough."""
    rng = np.random.default_rng(seed)
    for attempt in range(attempts):
        try:
            return *try_plant(plan, rng), attempt
        except Rejected:
            pass
    raise RuntimeError(f"no acceptable network in {attempts} draws of {plan}")
