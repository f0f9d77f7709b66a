"""The patching maps of bench_look in PyTorch, one forward pass for each site with a hook, as a loop of TransformerLens
does, without what TransformerLens itself adds; one JSON line per contestant and number of pairs.

The argument is a file that `bench_look --save` wrote: tokens, labels, parameters, and basin's map to compare with.
OMP_NUM_THREADS in the environment says on how many threads (default 1); names end in it."""

import os

THREADS = os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["MKL_NUM_THREADS"] = THREADS

import argparse
import json
import sys
import time

import numpy as np
import torch

VALUES = "resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"


class Hook(torch.nn.Module):
    def forward(self, x):
        return x


class Transformer(torch.nn.Module):
    """One block with a hook point at each value, in eager mode. `last`: from the queries on one position, the last."""

    def __init__(self, weights, last):
        super().__init__()
        self.w = {k: torch.from_numpy(v) for k, v in weights.items()}
        self.flat = {c: self.w[f"W_{c}"].transpose(0, 1).reshape(self.w["W_E"].shape[1], -1) for c in "QKV"}
        self.mask = torch.ones(3, 3, dtype=torch.bool).triu(1)
        self.last = last
        for name in VALUES:
            setattr(self, name, Hook())

    def heads(self, x, which):
        y = torch.addmm(self.w[f"b_{which}"].reshape(-1), x.reshape(-1, x.shape[-1]), self.flat[which])
        return y.reshape(*x.shape[:2], 4, 32).transpose(1, 2)

    def attention(self, queries, x):
        q, k, v = self.heads(queries, "Q"), self.heads(x, "K"), self.heads(x, "V")
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        if not self.last:
            scores = scores.masked_fill(self.mask, -torch.inf)
        z = (torch.softmax(scores, dim=-1) @ v).transpose(1, 2).flatten(2)
        return self.linear(z, self.w["W_O"].flatten(0, 1), self.w["b_O"])

    @staticmethod
    def linear(x, weight, bias):
        return torch.addmm(bias, x.reshape(-1, x.shape[-1]), weight).reshape(*x.shape[:-1], -1)

    def forward(self, tokens):
        w = self.w
        x = self.resid_pre(w["W_E"][tokens] + w["W_pos"])
        stream = x[:, -1:] if self.last else x
        x = self.resid_mid(stream + self.attn_out(self.attention(stream, x)))
        hidden = torch.relu(self.linear(x, w["W_in"], w["b_in"]))
        x = self.resid_post(x + self.mlp_out(self.linear(hidden, w["W_out"], w["b_out"])))
        return self.linear(x, w["W_U"], w["b_U"])[:, -1]


class Loop:
    """Caches the clean run, then patches one value at one position after the other into the corrupt run."""

    def __init__(self, weights, tokens, labels, rows, last):
        self.net = Transformer(weights, last)
        both = [np.arange(rows), (np.arange(rows) + 1) % len(tokens)]
        self.clean, self.corrupt = (torch.from_numpy(tokens[i]) for i in both)
        self.labels, self.others = (torch.from_numpy(labels[i])[:, None] for i in both)

    def metric(self, logits):
        return float((logits.gather(1, self.labels) - logits.gather(1, self.others)).mean())

    def cache(self):
        kept = {}
        handles = [getattr(self.net, name).register_forward_hook(lambda m, i, o, name=name: kept.update({name: o}))
                   for name in VALUES]
        clean = self.metric(self.net(self.clean))
        for handle in handles:
            handle.remove()
        return kept, clean

    @torch.no_grad()
    def __call__(self):
        kept, _ = self.cache()
        self.metric(self.net(self.corrupt))
        found = {}
        for name in VALUES:
            for position in range(kept[name].shape[1]):

                def patch(module, inputs, output):
                    output = output.clone()
                    output[:, position] = kept[name][:, position]
                    return output

                handle = getattr(self.net, name).register_forward_hook(patch)
                found[name, position] = self.metric(self.net(self.corrupt))
                handle.remove()
        return found


def seconds(run, times):
    start = np.array([time.perf_counter(), time.process_time()])
    for _ in range(times):
        run()
    return (np.array([time.perf_counter(), time.process_time()]) - start) / times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="written by bench_look --save")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    parser.add_argument("--pairs", default="1,64,12769", help="several to compare")
    parser.add_argument("--check", action="store_true", help="compare with the map in the file, then stop")
    args = parser.parse_args()
    torch.set_num_threads(int(THREADS))
    arrays = dict(np.load(args.file))
    weights = {name.rsplit(".", 1)[-1]: a.astype(np.float32) for name, a in arrays.items() if "." in name}
    inputs = weights, arrays["tokens"].astype(np.int64), arrays["t"].astype(np.int64)
    if args.check:
        found = Loop(*inputs, int(arrays["rows"][0]), last=False)()
        wanted = {(name, p): arrays["map"][i, p] for i, name in enumerate(VALUES) for p in range(3)}
        apart = max(abs(found[site] - value) for site, value in wanted.items())
        print(f"torch map off by {apart:.1e}", file=sys.stderr)
        sys.exit(not apart < 1e-3)
    loops = {}
    for rows in map(int, args.pairs.split(",")):
        for last in False, True:
            loops[rows, "torch" + ("" if last else ", every position")] = Loop(*inputs, rows, last)
    for loop in loops.values():
        loop()
    times = {key: [] for key in loops}
    for _ in range(args.rounds):
        for (rows, name), loop in loops.items():
            times[rows, name].append(seconds(loop, 20 if rows <= 64 else 1))
    for (rows, name), rounds in times.items():
        wall, cpu = 1e6 * np.median(rounds, axis=0)
        line = {"workload": f"look {rows} pairs", "name": f"{name} x{THREADS}", "us": round(wall), "cpu_us": round(cpu)}
        print(json.dumps(line | {"rounds": [round(1e6 * t[0]) for t in rounds]}))


if __name__ == "__main__":
    main()
