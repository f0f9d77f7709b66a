#!/usr/bin/env python3
"""Whether --estimate says what a command takes: fifteen commands, estimated and then run.

    benchmarks/estimates.py [--bin build/release/bin] [--only TEXT]

Prints a Markdown table of seconds on the wall and of memory; exit code 1 if an estimate of time is off by more than a
factor of two. For a machine that has nothing else to do. Needs numpy.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

import random_networks

ROOT = pathlib.Path(__file__).resolve().parents[1]
SIZES = {"MB": 1, "GB": 1000}
FACTOR = 2

# {run}: a run of train_mlp, {grokked}: one of modular_addition, {net} and {x}: a random network and its samples.
COMMANDS = """
train_mlp --epochs 2000
train_mlp --widths 8 --seeds 0..31 --epochs 400
train_superposition --starts 60
modular_addition --epochs 400 --seeds 0,1
degeneracy --run {run} --rows 600
degeneracy --scaled --weights {net} --inputs {x}
interaction_graph --weights {net} --inputs {x}
ablation --run {run}
look --run {grokked} --pairs 256
llc --run {run} --draws 300 --warm-up 200
modules --graph {graph} --nulls 30
degeneracy_training --preset quick
sparsity --preset quick
modularity_degeneracy --preset quick
claims --preset quick
""".strip().splitlines()


def prepare(folder, bin_dir):
    def run(program, *words):
        subprocess.run([bin_dir / program, *words, "--quiet"], check=True, stdout=subprocess.DEVNULL)

    names = {"run": folder / "mlp", "grokked": folder / "grokked", "net": folder / "net.safetensors",
             "x": folder / "x.npy", "graph": folder / "graph.csv"}
    run("train_mlp", "--widths", "48,24", "--out", names["run"])
    run("modular_addition", "--epochs", "50", "--seeds", "0", "--out", names["grokked"])
    random_networks.write_mlp(names["net"], [160] * 4, seed=1)
    np.save(names["x"], np.random.default_rng(2).normal(size=(3000, 160)))
    random_networks.write_graph(names["graph"], edges=6000)
    return {key: str(path) for key, path in names.items()}


def estimated(words):
    """Seconds and megabytes."""
    text = subprocess.run([*words, "--estimate"], check=True, capture_output=True, text=True).stdout
    seconds, size, unit = re.match(r".*?\(([\d.e+-]+) s\) on .*?, and ([\d.]+) (\w\w) of memory", text).groups()
    return float(seconds), float(size) * SIZES[unit]


def measured(words):
    with open(os.devnull, "wb") as nowhere:
        start = time.monotonic()
        child = subprocess.Popen([*words, "--quiet"], stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) not in (0, 4):
        sys.exit(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--only", default="", help="commands with this in them")
    asked = parser.parse_args()
    within = True
    print("| command | estimated | measured | ratio | memory, estimated | measured |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        names = prepare(pathlib.Path(folder), asked.bin)
        for line in COMMANDS:
            if asked.only not in line:
                continue
            program, *words = line.format(**names).split()
            if program != "degeneracy":
                words += ["--out", f"{folder}/out-{program}", "--force"]
            command = [str(asked.bin / program), *words]
            (said, size), (took, held) = estimated(command), measured(command)
            within &= said / FACTOR <= took <= said * FACTOR
            print(f"| `{line}` | {said:.1f} s | {took:.1f} s | {said / took:.2f} | {size:.0f} MB | {held:.0f} MB |",
                  flush=True)
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
