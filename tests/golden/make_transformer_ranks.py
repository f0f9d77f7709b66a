#!/usr/bin/env python3
"""Writes transformer_ranks/*.npz: small transformers whose free directions are counted here, by numpy alone
(docs/theory.md §3.14).

    python3 tests/golden/make_transformer_ranks.py [folder, by default tests/golden/transformer_ranks]

In a file: the parameters under TransformerLens's names, multiples of 1/256, tokens, and `free`, which is N - rank J.
The forward pass is written out head by head, J by complex steps (no differences, so no cancellation), its rank decided
by singular values behind a gap that is asserted. Running it again gives the same numbers.
"""
import pathlib
import sys

import numpy as np

BASE = dict(layers=1, d=4, heads=2, d_head=2, mlp=6, vocab=7, out=7, ctx=3, norm=None, act="relu", causal=True,
            parallel=False, last=False, bias=True, rows=90, size=1.0, plant=None)
VARIANTS = {
    "generic": dict(act="tanh"),
    "relu": dict(plant="neurons"),
    "tied": dict(act="tanh", layers=2, mlp=5, size=0.6, plant="heads"),
    "pre": dict(act="tanh", norm="LNPre"),
    "full": dict(act="tanh", norm="LN", d=5, parallel=True),
    "attention_only": dict(mlp=0, bias=False, causal=False, heads=3),
    "end_token": dict(act="tanh", plant="tokens"),
}


def parameters(c, random):
    p = {}

    def draw(name, *shape, center=0.0, scale=1.0):
        p[name] = np.round((center + random.normal(size=shape) * scale * c["size"]) * 256) / 256

    def norm(at):
        if c["norm"] == "LN":
            draw(at + "w", c["d"], center=1.0, scale=0.25), draw(at + "b", c["d"], scale=0.5)

    draw("embed.W_E", c["vocab"], c["d"]), draw("pos_embed.W_pos", c["ctx"], c["d"])
    for layer in range(c["layers"]):
        at = f"blocks.{layer}."
        norm(at + "ln1.")
        for letter in "QKV":
            draw(f"{at}attn.W_{letter}", c["heads"], c["d"], c["d_head"], scale=0.5)
            if c["bias"]:
                draw(f"{at}attn.b_{letter}", c["heads"], c["d_head"], scale=0.5)
        draw(f"{at}attn.W_O", c["heads"], c["d_head"], c["d"], scale=0.7)
        if c["bias"]:
            draw(f"{at}attn.b_O", c["d"], scale=0.5)
        if c["mlp"]:
            norm(at + "ln2.")
            draw(f"{at}mlp.W_in", c["d"], c["mlp"], scale=0.5), draw(f"{at}mlp.W_out", c["mlp"], c["d"], scale=0.5)
            if c["bias"]:
                draw(f"{at}mlp.b_in", c["mlp"], scale=0.5), draw(f"{at}mlp.b_out", c["d"], scale=0.5)
    norm("ln_final.")
    draw("unembed.W_U", c["d"], c["out"])
    if c["bias"]:
        draw("unembed.b_U", c["out"], scale=0.5)
    return p


def plant(c, p, tokens):
    if c["plant"] == "heads":  # exact in binary: W_Q A and W_K A^-T
        A, inverse_T = np.array([[2.0, 1.0], [0.0, 0.5]]), np.array([[0.5, 0.0], [-1.0, 2.0]])
        for name, B in (("Q", A), ("K", inverse_T)):
            for kind in "Wb":
                p[f"blocks.1.attn.{kind}_{name}"][1] = p[f"blocks.1.attn.{kind}_{name}"][0] @ B
    if c["plant"] == "neurons":  # dead, always on, and two that fire together
        for neuron, bias in ((0, -1.0), (1, 1.0)):
            p["blocks.0.mlp.W_in"][:, neuron] = np.round(p["blocks.0.mlp.W_in"][:, neuron] * 8) / 256
            p["blocks.0.mlp.b_in"][neuron] = bias
        p["blocks.0.mlp.W_in"][:, 3] = 1.5 * p["blocks.0.mlp.W_in"][:, 2]
        p["blocks.0.mlp.b_in"][3] = 1.5 * p["blocks.0.mlp.b_in"][2]
    if c["plant"] == "tokens":  # token 6 stands at the end, and only there; token 5 nowhere
        tokens[:, :-1] %= 5
        tokens[:, -1] = 6


def normalized(c, p, x, at):
    if c["norm"] is None:
        return x
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)
    return x * p[at + "w"] + p[at + "b"] if c["norm"] == "LN" else x


def attention(c, p, x, at):
    bias = (lambda name, head: p[at + name][head]) if c["bias"] else lambda name, head: 0.0
    total = 0
    for head in range(c["heads"]):
        q, k, v = (x @ p[f"{at}W_{v}"][head] + bias(f"b_{v}", head) for v in "QKV")
        scores = q @ k.swapaxes(-1, -2) / np.sqrt(c["d_head"])
        weights = np.exp(scores - scores.real.max(-1, keepdims=True))
        if c["causal"]:
            weights = weights * np.tri(x.shape[-2])
        total = total + weights / weights.sum(-1, keepdims=True) @ v @ p[at + "W_O"][head]
    return total + (p[at + "b_O"] if c["bias"] else 0.0)


def mlp(c, p, x, at):
    bias = (lambda name: p[at + name]) if c["bias"] else lambda name: 0.0
    pre = x @ p[at + "W_in"] + bias("b_in")
    post = np.tanh(pre) if c["act"] == "tanh" else pre * (pre.real > 0)
    return post @ p[at + "W_out"] + bias("b_out")


def logits(c, p, tokens):
    x = p["embed.W_E"][tokens] + p["pos_embed.W_pos"]
    for layer in range(c["layers"]):
        at = f"blocks.{layer}."
        mid = x + attention(c, p, normalized(c, p, x, at + "ln1."), at + "attn.")
        if c["mlp"]:
            read = x if c["parallel"] else mid
            mid = mid + mlp(c, p, normalized(c, p, read, at + "ln2."), at + "mlp.")
        x = mid
    y = normalized(c, p, x, "ln_final.") @ p["unembed.W_U"] + (p["unembed.b_U"] if c["bias"] else 0.0)
    return (y[:, -1] if c["last"] else y).ravel()


def free_directions(c, p, tokens):
    columns = []
    for name in p:
        for i in range(p[name].size):
            moved = {**p, name: p[name].astype(complex)}
            moved[name].flat[i] += 1e-30j
            columns.append(logits(c, moved, tokens).imag / 1e-30)
    J = np.array(columns).T
    lengths = np.linalg.norm(J, axis=0)
    J = J / np.where(lengths > 1e-10 * lengths.max(), lengths, np.inf)  # below is rounding: key biases
    s = np.linalg.svd(J, compute_uv=False)
    rank = int((s > 1e-9 * s[0]).sum())
    assert s[rank - 1] > 1e-8 * s[0] and (rank == len(s) or s[rank] < 1e-13 * s[0]), s[rank - 2:rank + 2]
    return J.shape[1] - rank


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "transformer_ranks"
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, changes) in enumerate(VARIANTS.items()):
        c, random = {**BASE, **changes}, np.random.RandomState(number)
        p, tokens = parameters(c, random), random.randint(0, c["vocab"], (c["rows"], c["ctx"]))
        plant(c, p, tokens)
        free = free_directions(c, p, tokens)
        print(f"{name}: {free} of {sum(v.size for v in p.values())}")
        np.savez_compressed(folder / f"{name}.npz", tokens=tokens.astype("f8"), free=np.float64(free), **p)
