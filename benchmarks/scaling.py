#!/usr/bin/env python3
"""How time and memory of the analyses grow: measured exponents beside those of the model in docs/scale.md.

    benchmarks/scaling.py [--bin build/release/bin] [--only TEXT] [--quick]

Each case runs a program on random networks of growing size, on one thread, and fits the exponent of its processor time
(startup taken off) and of its memory by least squares in logarithms over the last three sizes. Prints a Markdown table.
Needs numpy.
"""
import argparse
import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import random_networks

ROOT = pathlib.Path(__file__).resolve().parents[1]


@dataclasses.dataclass
class Case:
    program: str
    what: str  # what grows
    model: float  # exponent of time
    sizes: list
    command: object  # (size, folder) -> words
    size: object = None  # what the exponent is of, where it is not the size itself


@dataclasses.dataclass
class Measured:
    seconds: float
    megabytes: float


def measured(words):
    """Processor time and peak memory of a program that must end well."""
    with open(os.devnull, "wb") as nowhere:
        child = subprocess.Popen(words, stdout=nowhere, stderr=subprocess.PIPE)
        errors = child.stderr.read().decode()
        _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 4):  # 4: undecided, which random networks may be
        sys.exit(f"{' '.join(words)}\n{errors}")
    return Measured(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def slope(x, y):
    """The exponent over the last three points; None where these are too small to tell."""
    x, y = np.log(x[-3:]), np.log(np.maximum(y[-3:], 1e-9))
    return np.polyfit(x, y, 1)[0]


def mlp_files(folder, widths, rows):
    folder = pathlib.Path(folder)
    random_networks.write_mlp(folder / "net.safetensors", widths, seed=1)
    np.save(folder / "x.npy", np.random.default_rng(2).normal(size=(rows, widths[0])))
    return ["--weights", str(folder / "net.safetensors"), "--inputs", str(folder / "x.npy")]


def parameters(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def fresh(folder):
    return ["--out", str(pathlib.Path(folder) / "run"), "--force"]


def graph_file(folder, edges):
    path = pathlib.Path(folder) / "graph.csv"
    random_networks.write_graph(path, edges)
    return str(path)


def square(d):
    return [d, d, d, d]


CASES = [
    Case("train_mlp", "N", 1, [512, 1024, 2048],
         lambda d, f: ["--widths", f"{d},{d}", "--epochs", "2", "--checkpoint-every", "100", *fresh(f)],
         lambda d: parameters([64, d, d, 10])),
    Case("degeneracy", "N, with n k = 2 N", 3, [32, 40, 50, 64],
         lambda d, f: mlp_files(f, [d, d, 8], parameters([d, d, 8]) // 4),
         lambda d: parameters([d, d, 8])),
    Case("degeneracy", "n, behind n k = N", 1, [2000, 4000, 8000, 16000],
         lambda n, f: mlp_files(f, [16, 24, 4], n)),
    Case("degeneracy --scaled", "N", 1, [128, 256, 512],
         lambda d, f: ["--scaled", *mlp_files(f, square(d), 200)], lambda d: parameters(square(d))),
    Case("degeneracy --scaled", "n", 1, [1000, 2000, 4000],
         lambda n, f: ["--scaled", *mlp_files(f, square(64), n)]),
    Case("interaction_graph", "n", 1, [8000, 16000, 32000],
         lambda n, f: [*mlp_files(f, square(96), n), *fresh(f), "--nulls", "2", "--restarts", "1"]),
    Case("interaction_graph", "d, width of each of four layers", 3, [192, 288, 432],
         lambda d, f: [*mlp_files(f, square(d), 2000), *fresh(f), "--nulls", "2", "--restarts", "1"]),
    Case("llc", "n", 1, [1000, 2000, 4000],
         lambda n, f: ["--loss", "behavioural", "--sampler", "hmc", "--chains", "2", "--draws", "50", "--warm-up", "50",
                       *mlp_files(f, square(48), n), *fresh(f)]),
    Case("llc", "N", 1, [64, 96, 128],
         lambda d, f: ["--loss", "behavioural", "--sampler", "hmc", "--chains", "2", "--draws", "50", "--warm-up", "50",
                       *mlp_files(f, square(d), 1000), *fresh(f)], lambda d: parameters(square(d))),
    Case("modules", "edges", 1, [8000, 16000, 32000],
         lambda e, f: ["--graph", graph_file(f, e), "--nulls", "4", "--restarts", "4", "--resolutions", "1",
                       *fresh(f)]),
    Case("look", "pairs", 1, [2048, 4096, 8192],
         lambda n, f: ["--pairs", str(n), *mlp_files(f, square(96), n), *fresh(f)]),
    Case("look", "d, with d sites in each layer", 3, [192, 288, 432],
         lambda d, f: ["--pairs", "256", *mlp_files(f, square(d), 512), *fresh(f)]),
]


def run_case(case, bin_dir, folder, sizes):
    program, *options = case.program.split()
    startup = measured([str(bin_dir / program), "--help"])
    rows = []
    for size in sizes:
        words = [str(bin_dir / program), *options, *case.command(size, folder)]
        words += [] if program in ("train_mlp", "modules") else ["--threads", "1"]  # these have one anyway
        m = measured(words)
        rows.append((case.size(size) if case.size else size, max(m.seconds - startup.seconds, 1e-3),
                     max(m.megabytes - startup.megabytes, 0.1)))
        print(f"{case.program}, {case.what} = {rows[-1][0]}: {rows[-1][1]:.2f} s, {rows[-1][2]:.0f} MB",
              file=sys.stderr, flush=True)
    x, seconds, megabytes = map(np.array, zip(*rows))
    spans = f"{x[0]:,} to {x[-1]:,}".replace(",", " ")
    return (f"| `{case.program}` | {case.what}, {spans} | {case.model:g} | {slope(x, seconds):.2f} | "
            f"{slope(x, megabytes):.2f} | {seconds[-1]:.1f} s, {megabytes[-1]:.0f} MB |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--only", default="", help="cases whose program has this in its name")
    parser.add_argument("--quick", action="store_true", help="without the largest size of each: a minute, and rougher")
    asked = parser.parse_args()
    print("| program | what grows | exponent of the model | measured | of memory | at the largest |\n"
          "|---|---|---|---|---|---|")
    for case in CASES:
        if asked.only not in case.program:
            continue
        with tempfile.TemporaryDirectory() as folder:
            print(run_case(case, asked.bin, folder, case.sizes[:-1] if asked.quick else case.sizes), flush=True)


if __name__ == "__main__":
    main()
