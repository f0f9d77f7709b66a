#!/usr/bin/env python3
"""Opens with numpy what the C++ tests wrote into a folder, and compares. Exit 1 with a reason when something differs.

    python3 tests/core/numpy_opens_our_files.py FOLDER
"""
import json
import pathlib
import struct
import sys

import numpy as np

SHAPE = (2, 3, 4)
DTYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8"}


def expected(dtype):
    count = np.arange(24).reshape(SHAPE) - 4
    return count.astype(dtype) if dtype == "<i8" else (count / 8).astype(dtype)


def check(name, array, dtype, shape=SHAPE):
    want = expected(dtype).reshape(-1)[: int(np.prod(shape))].reshape(shape)
    same = array.dtype == np.dtype(dtype) and array.shape == tuple(shape) and np.array_equal(array, want)
    if not same:
        sys.exit(f"{name}: numpy sees {array.dtype} {array.shape}\n{array}\nwanted {dtype} {shape}\n{want}")


def read_safetensors(path):
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    if length % 8:
        sys.exit(f"{path}: header of {length} bytes is not padded to 8")
    header, data = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    metadata = header.pop("__metadata__")
    return metadata, {name: np.frombuffer(data[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]])
                      .reshape(entry["shape"]) for name, entry in header.items()}


def main(folder):
    for dtype in ("<f4", "<f8", "<i8"):
        check(f"{dtype[1:]}.npy", np.load(folder / f"{dtype[1:]}.npy"), dtype)
    check("scalar.npy", np.load(folder / "scalar.npy"), "<f8", ())
    check("vector.npy", np.load(folder / "vector.npy"), "<f8", (3,))
    check("empty.npy", np.load(folder / "empty.npy"), "<f8", (0, 3))
    with np.load(folder / "all.npz") as archive:
        if archive.files != ["f4", "f8", "i8"]:
            sys.exit(f"all.npz holds {archive.files}")
        for name in archive.files:
            check(f"all.npz: {name}", archive[name], f"<{name}")
    metadata, tensors = read_safetensors(folder / "all.safetensors")
    if metadata != {"widths": "2,3"} or sorted(tensors) != ["f4", "f8", "i8"]:
        sys.exit(f"all.safetensors holds {metadata} and {sorted(tensors)}")
    for name, array in tensors.items():
        check(f"all.safetensors: {name}", array, f"<{name}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
