#!/usr/bin/env python3
"""Writes transformers/*.npz: small transformers as PyTorch computes them, one file for each variant.

    python3 tests/golden/make_transformers.py [folder, by default tests/golden/transformers]   (torch 2.13.0, numpy)

In a file: the parameters under TransformerLens's names, tokens and labels t, logits and loss (a number for each row and
position), the gradient d_NAME of the mean loss for each parameter, and for the variant `modadd` the values on the way.
modadd_weights.npz holds the parameters of that variant alone, by short names, in single precision: as the published
networks of modular addition are stored. Weights are multiples of 1/256. Running it again gives the same bytes on the
same version.
"""
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

BASE = dict(layers=2, d=8, heads=2, d_head=4, mlp=12, vocab=7, out=6, ctx=5, norm="LN", act="gelu", causal=True,
            parallel=False, last=False, bias=True)
VARIANTS = {
    "full": {},
    "pre": dict(norm="LNPre", act="gelu_tanh"),
    "parallel": dict(parallel=True, layers=1, act="tanh"),
    "attention_only": dict(mlp=0, norm=None, d_head=3),
    "no_bias": dict(bias=False, norm=None, act="relu", layers=1),
    "two_way": dict(causal=False, norm="LNPre", act="relu", layers=1),
    "last": dict(last=True, parallel=True, act="relu"),
    "modadd": dict(layers=1, heads=4, d_head=2, mlp=32, vocab=6, out=6, ctx=3, norm=None, act="relu", last=True),
}
ACTIVATIONS = {"relu": F.relu, "tanh": torch.tanh, "gelu": F.gelu, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh")}
ROWS = 3


def parameters(c, random):
    p = {}

    def draw(name, *shape, center=0.0, scale=0.5):
        p[name] = torch.tensor(np.round((center + random.normal(size=shape) * scale) * 256) / 256, requires_grad=True)

    def norm(at):
        if c["norm"] == "LN":
            draw(at + "w", c["d"], center=1.0, scale=0.25), draw(at + "b", c["d"], scale=0.25)

    draw("embed.W_E", c["vocab"], c["d"]), draw("pos_embed.W_pos", c["ctx"], c["d"])
    for layer in range(c["layers"]):
        at = f"blocks.{layer}."
        norm(at + "ln1.")
        for letter in "QKV":
            draw(f"{at}attn.W_{letter}", c["heads"], c["d"], c["d_head"])
            if c["bias"]:
                draw(f"{at}attn.b_{letter}", c["heads"], c["d_head"], scale=0.25)
        draw(f"{at}attn.W_O", c["heads"], c["d_head"], c["d"])
        if c["bias"]:
            draw(f"{at}attn.b_O", c["d"], scale=0.25)
        if not c["mlp"]:
            continue
        norm(at + "ln2.")
        draw(f"{at}mlp.W_in", c["d"], c["mlp"]), draw(f"{at}mlp.W_out", c["mlp"], c["d"])
        if c["bias"]:
            draw(f"{at}mlp.b_in", c["mlp"], scale=0.25), draw(f"{at}mlp.b_out", c["d"], scale=0.25)
    norm("ln_final.")
    draw("unembed.W_U", c["d"], c["out"])
    if c["bias"]:
        draw("unembed.b_U", c["out"], scale=0.25)
    return p


def normalized(c, p, x, at):
    if c["norm"] is None:
        return x
    return F.layer_norm(x, x.shape[-1:], p.get(at + "w"), p.get(at + "b"), eps=1e-5)


def attention(c, p, x, at):
    """Head by head, with PyTorch's own attention."""
    total = 0
    for head in range(c["heads"]):
        def project(letter):
            y = x @ p[f"{at}W_{letter}"][head]
            return y + p[f"{at}b_{letter}"][head] if c["bias"] else y
        z = F.scaled_dot_product_attention(project("Q"), project("K"), project("V"), is_causal=c["causal"])
        total = total + z @ p[at + "W_O"][head]
    return total + p[at + "b_O"] if c["bias"] else total


def mlp(c, p, x, at):
    bias = (lambda name: p[at + name]) if c["bias"] else lambda name: 0.0
    post = ACTIVATIONS[c["act"]](x @ p[at + "W_in"] + bias("b_in"))
    return post, post @ p[at + "W_out"] + bias("b_out")


def pattern(c, p, x, at):
    q, k = (torch.einsum("bpd,hdm->bphm", x, p[f"{at}W_{v}"]) + p[f"{at}b_{v}"] for v in "QK")
    scores = torch.einsum("bqhm,bkhm->bhqk", q, k) / c["d_head"] ** 0.5
    seen = torch.ones(scores.shape[-2:], dtype=bool).tril()
    return torch.softmax(scores.masked_fill(~seen, float("-inf")), -1)


def forward(c, p, tokens, seen):
    x = p["embed.W_E"][tokens] + p["pos_embed.W_pos"]
    for layer in range(c["layers"]):
        at = f"blocks.{layer}."
        seen["resid_pre"], inner = x, normalized(c, p, x, at + "ln1.")
        if c["bias"]:
            seen["pattern"] = pattern(c, p, inner, at + "attn.")
        mid = x + attention(c, p, inner, at + "attn.")
        seen["resid_mid"] = mid
        if c["mlp"]:
            seen["mlp_post"], out = mlp(c, p, normalized(c, p, x if c["parallel"] else mid, at + "ln2."), at + "mlp.")
            mid = mid + out
        x = seen["resid_post"] = mid
    logits = normalized(c, p, x, "ln_final.") @ p["unembed.W_U"]
    logits = logits + p["unembed.b_U"] if c["bias"] else logits
    return logits[:, -1] if c["last"] else logits


def variant(name, changes):
    c, random = {**BASE, **changes}, np.random.RandomState(list(VARIANTS).index(name))
    p = parameters(c, random)
    tokens = torch.tensor(random.randint(0, c["vocab"], (ROWS, c["ctx"])))
    t = torch.tensor(random.randint(0, c["out"], (ROWS,) if c["last"] else (ROWS, c["ctx"])))
    seen = {}
    logits = forward(c, p, tokens, seen)
    loss = F.cross_entropy(logits.flatten(0, -2), t.flatten(), reduction="none").reshape(t.shape)
    gradients = torch.autograd.grad(loss.mean(), list(p.values()))
    out = {**p, "tokens": tokens, "t": t, "logits": logits, "loss": loss}
    out.update({f"d_{key}": gradient for key, gradient in zip(p, gradients)})
    if name == "modadd":
        out.update({f"seen.{key}": value for key, value in seen.items()})
    return {key: value.detach().numpy() for key, value in out.items()}, p


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "transformers"
    folder.mkdir(parents=True, exist_ok=True)
    for name, changes in VARIANTS.items():
        arrays, p = variant(name, changes)
        np.savez_compressed(folder / f"{name}.npz", **arrays)
        if name == "modadd":
            np.savez_compressed(folder / "modadd_weights.npz",
                                **{key.split(".")[-1]: value.detach().numpy().astype("f4") for key, value in p.items()})
