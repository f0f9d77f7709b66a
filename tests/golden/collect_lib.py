#!/usr/bin/env python3
"""Golden numbers of interaction bases and edges: what the authors of the Local Interaction Basis (arXiv 2405.10928)
published or their code gives for small networks, brought into one file.

    collect_lib.py FOLDER     FOLDER holds modmlp_*.npz and block_diagonal_*.npz; writes lib/*.npz beside this script

Each case keeps C, Lambda, E, some mean and gram (those were summed in float32: 1e-7 of the largest). Names are
case/array; models are model/…."""
import pathlib
import sys

import numpy as np

KEPT = ("C__", "Lambda__", "E__", "mean__", "gram__")


def exact_small(a):
    return a.astype("<f4") if np.array_equal(a.astype("<f4").astype("<f8"), a) else a


def collect(files, models, kept):
    out = {}
    for name, path in models.items():
        for array, value in np.load(path).items():
            out[f"{name}/{array}"] = exact_small(value)
    for path in files:
        case = path.stem.split("_", 1)[1]
        for array, value in np.load(path).items():
            if array.startswith(kept):
                out[f"{case}/{array}"] = exact_small(value)
    return out


def main():
    folder, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent / "lib"
    here.mkdir(exist_ok=True)
    cases = sorted(p for p in folder.glob("modmlp_*.npz") if "model" not in p.stem)
    models = {"relu": folder / "modmlp_w10_bias0.3_model.npz", "gelu": folder / "modmlp_w10_bias0.3_gelu_model.npz"}
    # Means and Grams do not depend on the formulas: one case of each model and centring has them.
    out = collect(cases, models, KEPT[:3])
    for path in cases:
        if "jac_squared_gradient0" in path.stem:
            out |= collect([path], {}, KEPT)
    np.savez_compressed(here / "modular_mlp.npz", **out)
    blocks = [p for p in sorted(folder.glob("block_diagonal_*.npz")) if "model" not in p.stem]
    np.savez_compressed(here / "block_diagonal.npz",
                        **collect(blocks, {"model": folder / "block_diagonal_model.npz"}, KEPT[:3]))


if __name__ == "__main__":
    main()
