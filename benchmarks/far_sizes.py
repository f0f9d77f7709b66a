#!/usr/bin/env python3
"""What analyses would take on networks far beyond those that were run: the model of docs/scale.md, as its second table.

    benchmarks/far_sizes.py [--rows 100000] [--rate 20e9]

For dense networks of four layers of equal width d, so of N = 3 d (d + 1) parameters. --rate is what a core does in a
sweep, in floating-point operations a second; decompositions run at three times that. benchmarks/scaling.py measures the
exponents.
"""
import argparse
import dataclasses
import math

BLOCKS = 16  # of a sweep: more processes or threads do not make it quicker (interp/sweep/sweep.h)
EVERY = math.inf


@dataclasses.dataclass
class Work:
    name: str
    flops: float
    memory: float  # numbers of 8 bytes
    cores: float  # among which one such computation can be shared
    decomposition: bool = False


def works(N, n):
    d = math.sqrt(N / 3)
    probes, steps, chains, draws, leapfrogs = 10, 80, 8, 1500, 8
    return [
        Work("an epoch of training, Adam, batches of 64", 6 * n * N + 15 * N * n / 64, 4 * N, 1),
        Work("exact ranks", n * N**2 + 4.5 * N**3, 3 * N**2, 1, True),
        Work("counts at cut-offs (`--scaled`)", 850 * 12 * n * N, probes * steps * N, BLOCKS),
        Work("interaction basis and all edges",
             2 * 3 * n * d**3 + 2 * 4 * n * d**2 + 40 * d**3, 30 * d**2, BLOCKS),
        Work("λ̂, 8 chains of hmc, 1,500 draws over all rows",
             chains * draws * leapfrogs * 6 * n * N, 6 * chains * N, chains),
        Work("λ̂, 8 chains of sgld, 30,000 steps on batches of 512",
             chains * 20 * draws * 6 * 512 * N, 6 * chains * N, chains),
        Work("patching every neuron of a layer, 64 pairs", d * 64 * 2 * N / 2, 64 * d * 8, BLOCKS),
        Work("modules, a tenth of all edges, 20 restarts, 100 rewired graphs",
             101 * 20 * 2e5 * 0.1 * N, 350 * 0.1 * N, 1),
    ]


def time_text(seconds):
    if seconds > 1e11:
        return f"{seconds / 3.15e13:.1f} million years"
    for unit, length in (("years", 3.15e7), ("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}".replace(",", " ")
    return f"{seconds:.0f} s" if seconds >= 10 else f"{max(seconds, 0.1):.1f} s"


def memory_text(numbers):
    size = 8 * numbers
    for unit, scale in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if size >= scale:
            return f"{size / scale:,.0f} {unit}".replace(",", " ")
    return f"{max(1, size / 1e6):.0f} MB"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=float, default=1e5)
    parser.add_argument("--rate", type=float, default=20e9)
    asked = parser.parse_args()
    print("| analysis | N | memory | 1 core | 100 cores | 10,000 cores |\n|---|---|---|---|---|---|")
    for small, large in zip(works(1e6, asked.rows), works(1e8, asked.rows)):
        for N, work in (("10⁶", small), ("10⁸", large)):
            rate = asked.rate * (3 if work.decomposition else 1)
            times = [time_text(work.flops / rate / min(cores, work.cores)) for cores in (1, 100, 10000)]
            print(f"| {work.name} | {N} | {memory_text(work.memory)} | {' | '.join(times)} |")


if __name__ == "__main__":
    main()
