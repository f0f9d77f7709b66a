"""The folder of a run, as any executable of basin leaves it, by json and numpy alone.

    run = basin.load("runs/train_mlp/digits-seed0")
    run.manifest["status"], run.metrics[-1]["test_accuracy"], run.networks[-1].tensors["layers.0.weight"]

Files are read when they are asked for. Only Network.point needs the library.
"""
import functools
import json
import pathlib
import re
import tomllib

import numpy as np

from . import _basin

KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1", "U64": "<u8",
         "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "?"}
MARKS = ("manifest.json", "metrics.jsonl", "checkpoints")  # one of them makes a folder a run, or a network's part of it


class Network:
    """A network in a safetensors file: tensors by their names, in the file's layout; and what rebuilds it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        epoch = re.fullmatch(r"epoch-(\d+)", self.path.stem)
        self.epoch = int(epoch[1]) if epoch else None

    def __repr__(self):
        return f"Network({str(self.path)!r})"

    @functools.cached_property
    def _header(self):
        with open(self.path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > self.path.stat().st_size:
                raise _basin.DataError(f"{self.path}: the header is longer than the file")
            return 8 + length, json.loads(file.read(length))

    @property
    def metadata(self):
        return self._header[1].get("__metadata__", {})

    @functools.cached_property
    def tensors(self):
        start, header = self._header
        raw = np.frombuffer(self.path.read_bytes(), np.uint8)[start:]  # of bytes, so read-only
        return {name: raw[slice(*tensor["data_offsets"])].view(KINDS[tensor["dtype"]]).reshape(tensor["shape"])
                for name, tensor in header.items() if name != "__metadata__"}

    def point(self):
        """The network as a model with its parameters (interp.ModelPoint), rebuilt by its metadata."""
        file = _basin.read_safetensors(str(self.path))
        model = _basin.nn.model_from(file.metadata)
        parameters = _basin.Parameters(_basin.parameters_of(model))
        _basin.nn.load_parameters(parameters, file, str(self.path))
        return _basin.interp.ModelPoint(model, parameters)


class Run:
    """What a run left behind. Of a file that it did not write there is an empty value: {}, [] or None."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        if not any((self.path / mark).exists() for mark in MARKS):
            raise _basin.DataError(f"{self.path}: none of {', '.join(MARKS)} is there; help: give the folder of a run")

    def __repr__(self):
        return f"Run({str(self.path)!r})"

    def json(self, name):
        """Any file of the run that is JSON, such as claims.json or graph.json; None if it is not there."""
        path = self.path / name
        return json.loads(path.read_text()) if path.is_file() else None

    @property
    def manifest(self):
        return self.json("manifest.json") or {}

    @property
    def results(self):
        return self.json("results.json") or {}

    @property
    def config(self):
        path = self.path / "config.toml"
        return tomllib.loads(path.read_text()) if path.is_file() else {}

    @property
    def metrics(self):
        """A dict for each line of metrics.jsonl."""
        path = self.path / "metrics.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []

    @property
    def arrays(self):
        """By file, arrays/NAME.npz: read-only arrays by name."""
        return {path.stem: read_arrays(path) for path in sorted(self.path.glob("arrays/*.npz"))}

    @property
    def figures(self):
        """By file, figures/NAME.csv: its columns, as numpy reads them."""
        return {path.stem: np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
                for path in sorted(self.path.glob("figures/*.csv"))}

    @property
    def networks(self):
        """The kept checkpoints by epoch, then network.safetensors."""
        kept = [Network(path) for path in self.path.glob("checkpoints/epoch-*.safetensors")]
        alone = [Network(path) for path in self.path.glob("network.safetensors")]
        return sorted(kept, key=lambda network: network.epoch) + alone

    @property
    def runs(self):
        """By their paths: runs of other experiments inside, and networks that were trained side by side."""
        inside = [path.parent for path in self.path.glob("experiments/**/manifest.json")]
        inside += [path for path in self.path.glob("networks/*") if any((path / mark).exists() for mark in MARKS)]
        return {str(path.relative_to(self.path)): Run(path) for path in sorted(inside)}


def read_arrays(path):
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def load(run):
    """A run by its folder. DataError if there is none."""
    return Run(run)
