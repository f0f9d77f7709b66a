#!/usr/bin/env python3
"""Writes the small .npy, .npz and .safetensors files that tests/core reads. Needs numpy only.

    python3 tests/golden/make_file_formats.py [folder, by default tests/golden/files]

The array of shape (2, 3, 4) holds 0, 1, ..., 23 in row-major order, minus 4, divided by 8; whole-number types hold the
undivided numbers (u1: from 0). Running it again gives the same bytes.
"""
import io
import json
import pathlib
import struct
import sys

import numpy as np

SHAPE = (2, 3, 4)
COUNT = np.arange(24).reshape(SHAPE)


def values(dtype):
    if dtype == "|b1":
        return COUNT % 3 == 0
    if dtype == "|u1":
        return (COUNT * 11).astype(dtype)
    return (COUNT - 4).astype(dtype) if "i" in dtype else ((COUNT - 4) / 8).astype(dtype)


def npy(array, version):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def safetensors(tensors, metadata):
    """Written by hand after the format's description: length, JSON header, numbers."""
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def bfloat16(array):
    return (array.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()  # exact for the few bits used here


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for dtype in ("<f4", "<f8", "<i4", "<i8", "|u1", "|b1"):
        (folder / f"c_{dtype[1:]}.npy").write_bytes(npy(values(dtype), (1, 0)))
    (folder / "fortran_f8.npy").write_bytes(npy(np.asfortranarray(values("<f8")), (1, 0)))
    (folder / "version_2.npy").write_bytes(npy(values("<f8"), (2, 0)))
    (folder / "version_3.npy").write_bytes(npy(values("<f8"), (3, 0)))
    (folder / "scalar.npy").write_bytes(npy(np.array(2.5), (1, 0)))
    (folder / "vector.npy").write_bytes(npy(np.array([1.0, -2.0, 3.5]), (1, 0)))
    (folder / "empty.npy").write_bytes(npy(np.zeros((0, 3)), (1, 0)))
    (folder / "big_endian.npy").write_bytes(npy(values(">f8"), (1, 0)))

    arrays = {"x": values("<f8"), "layers.0.weight": values("<f4"), "labels": np.arange(5)}
    np.savez(folder / "stored.npz", **arrays)
    np.savez_compressed(folder / "deflated.npz", **arrays)

    np.savez(folder / "mixed.npz", x=np.array([[1, 2], [3, 4]], "<f2"), y=np.array(["a", "bc"]),
             a=np.array([{"k": 1}, None], object), flags=np.array([True, False]), z=np.array([1j], "<c16"))

    halves = np.array([0, 1, -2, 0.5, 65504, 2.0**-24, 2.0**-14, np.inf], "<f2")
    (folder / "all_types.safetensors").write_bytes(safetensors({
        "f64": ("F64", SHAPE, values("<f8").tobytes()), "f32": ("F32", SHAPE, values("<f4").tobytes()),
        "f16": ("F16", (8,), halves.tobytes()), "bf16": ("BF16", SHAPE, bfloat16(values("<f4"))),
        "i64": ("I64", SHAPE, values("<i8").tobytes()), "i32": ("I32", SHAPE, values("<i4").tobytes()),
        "u8": ("U8", SHAPE, values("|u1").tobytes()), "scalar": ("F32", (), struct.pack("<f", 2.5)),
        "empty": ("F32", (0, 3), b"")}, {"made_by": "numpy"}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "files")
