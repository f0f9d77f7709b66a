"""What the tests share: small networks, and the folder of the repository where there is one."""
import os
import pathlib

import numpy as np

import basin

ROOT = pathlib.Path(os.environ.get("BASIN_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
EXECUTABLES = pathlib.Path(os.environ.get("BASIN_BIN_DIR", ROOT / "build/release/bin"))


def data(rows=40, seed=0):
    x = np.random.default_rng(seed).normal(size=(rows, 3))
    return {"x": x, "t": np.sin(x[:, :2])}


def trainer(dtype=np.float64, epochs=3, **spec):
    model = basin.nn.mlp(dict(widths=[3, 4, 2]), basin.nn.Loss.mse)
    return basin.nn.Trainer[dtype](model, dict(epochs=epochs, **spec), data())


def trained_point(epochs=20):
    t = trainer(epochs=epochs)
    t.run_to(epochs)
    return basin.interp.ModelPoint(t.model(), t.parameters())
