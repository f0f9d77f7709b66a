#!/usr/bin/env python3
"""Writes the first inputs of every fuzz target, tests/fuzz/corpus/FORMAT/: files that NumPy, igraph and networkx wrote
(tests/golden), files of a small run (given as its folder), and a few lines of each text format by hand.

  build/release/bin/modular_addition --preset tiny --seeds 0 --epochs 20 --out RUN && tests/fuzz/make_corpus.py RUN
"""
import gzip
import json
import pathlib
import struct
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
CORPUS = TESTS / "fuzz/corpus"
MOST = 4096  # bytes, what the targets take


def put(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    data = data.encode() if isinstance(data, str) else data
    assert len(data) <= MOST, (target, name, len(data))
    (folder / name).write_bytes(data)


def golden():
    for ending in ("npy", "npz", "safetensors"):
        for file in sorted((TESTS / "golden/files").glob("*." + ending)):
            if file.stat().st_size <= MOST:
                put(ending, file.stem, file.read_bytes())
    for file in sorted((TESTS / "golden/graphs").glob("*.graphml")):
        put("graphml", file.stem, file.read_bytes())


def safetensors(header, numbers=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + numbers


def tensors():
    whole = {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}
    numbers = struct.pack("<2f", 1, 2)
    put("safetensors", "metadata", safetensors({"__metadata__": {"model": "mlp"}, "w": whole}, numbers))
    huge = {"dtype": "F64", "shape": [10**9, 10**6], "data_offsets": [0, 8 * 10**15]}
    put("safetensors", "promises_much", safetensors({"w": huge}))
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000), }\n"
    put("npy", "promises_much", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)
    images = struct.pack(">4I", 0x00000803, 1, 2, 2) + bytes([0, 1, 2, 255])
    put("idx", "images", images)
    put("idx", "images.gz", gzip.compress(images, mtime=0))
    put("idx", "doubles", struct.pack(">2I2d", 0x00000E01, 2, 0.5, -1))
    put("idx", "promises_much", struct.pack(">4I", 0x00000803, 10**9, 10**3, 10**3))


def tables():
    put("csv", "numbers", "x,y\n1,2\n-3.5,4e-3\n2,1\n0,0\n")
    put("csv", "quoted", '"a, b","c ""d"""\r\n1,2\r\n"3",4\r\n\r\n')
    put("csv", "decimal_commas", "x;y\n1,5;2\n-3,5;4e-3\n")
    put("csv", "blanks", "\ufeff x   y\n 1.5 2\n-3.5  4e-3\n")
    put("csv", "classes", 'x,z,y\n1,2,red\n2,3.5,blue\n3,4,"red"\n4,5,blue\n')
    put("csv", "no_header", "1 2 0\n2 3 1\n3 4 0\n4 5 3\n")


def graphs():
    put("graph_csv", "edges", "from_layer,from,to_layer,to,weight\n0,0,1,0,0.5\n1,1,0,1,2\n")
    put("graph_csv", "far", "from_layer;from;to_layer;to;weight\n0;999999999;1;0;0,5\n")
    edges = [{"source": 0, "target": 2, "weight": 0.5}, {"source": 3, "target": 1, "weight": 0}]
    nodes = [{"layer": l, "index": i, "label": f"n{i}"} for l in (0, 1) for i in (0, 1)]
    put("graph_json", "sizes", json.dumps({"layers": [2, 2], "edges": edges}))
    layers = [{"name": "in", "features": 2}, 2]
    put("graph_json", "nodes", json.dumps({"layers": layers, "nodes": nodes, "edges": edges}))
    put("graph_json", "promises_much", json.dumps({"layers": [10**9, 10**6], "edges": []}))
    figure = {
        "layers": [{"name": "inputs", "features": 3}, {"name": "outputs", "features": 1}],
        "nodes": [{"layer": 0, "index": 2, "label": "edge", "importance": 0.4, "module": -1,
                   "image": {"width": 2, "height": 1, "values": [0.5, -1]}},
                  {"layer": 1, "index": 0, "label": "", "importance": 1, "module": 0, "constant": True}],
        "edges": [{"source": 0, "target": 1, "strength": 0.3}]}
    put("figure", "small", json.dumps(figure))
    figure["layers"][0]["features"] = 10**9
    put("figure", "promises_much", json.dumps(figure))
    put("graphml", "declared", '<?xml version="1.0"?><graphml><key id="l" for="node" attr.name="layer"/><key id="w" '
        'for="edge" attr.name="weight"><default>1</default></key><graph><node id="a"><data key="l">0</data></node>'
        '<node id="&#98;"><data key="l"><![CDATA[1]]></data></node><edge source="a" target="b"/></graph></graphml>')


def settings():
    put("config", "every_kind", 'seed = 3\nepochs = 5\nlearning-rate = 0.5\nwidths = [8, 4]\noptimizer = "sgd"\n'
        'label = "a\\u00e9\\t"\nbias = false\n')
    put("config", "tables", "[train]\nepochs = 5\n[[a]]\nb = {c = 1979-05-27T07:32:00Z, d = 0x1F, e = inf}\n")
    put("interventions", "two", '[[intervention]]\nlabel = "a"\nat = "blocks.0.attn.hook_z[:,3]"\nreplace = "zero"\n'
        'directions = [[1, 0.5], [0, 2]]\n[[intervention]]\nlabel = "b"\nat = "x[-1,1:2]"\nreplace = "add"\n'
        'factor = 2\nnumbers = [[1, 2], [3, 4]]\n[[set]]\nlabel = "both"\nof = ["a", "b"]\n')
    put("interventions", "seed", '[[intervention]]\nlabel = "r"\nat = "tokens"\nreplace = "resample"\nseed = 7\n')
    page = ("# Title\nsubtitle\n\n> {n} of {share:.1%}\n\n{fact n} networks\n\n## Part\n{if n}yes {{{else}no{end}\n"
            "{table t} caption\n\n{each t}{name}, {end}\n\n```\n{command}\n```\n{claims}\n")
    results = {"n": 3, "share": 0.25, "command": "a *b*", "claims": [{"id": "C1", "title": "t", "measured": 1.5}],
               "t": {"columns": [{"key": "name", "head": "N", "format": ""}], "rows": [{"name": "x"}]}}
    put("page", "everything", page + "\0" + json.dumps(results))
    put("page", "no_results", "# T\n\n[link](x) *word* <b>\0{}")


def run_files(run):
    manifest = json.loads((run / "manifest.json").read_text())
    put("manifest", "finished", json.dumps({**manifest, "experiment": "train_demo"}, indent=2))
    put("manifest", "of_another", json.dumps(manifest))
    folder = run / "networks/seed-0"
    put("metrics", "lines", b"".join((folder / "metrics.jsonl").read_bytes().splitlines(keepends=True)[:3]))
    put("metrics", "by_hand", '{"epoch":1,"step":2,"loss":0.5}\n{"epoch":2,"step":4,"loss":null}\n{"st')
    put("metrics", "half", '{"epoch":1,"step":2}\n{"epoch":"2","step":1e300}\n')
    put("config", "of_a_run", (run / "config.toml").read_bytes())


if __name__ == "__main__":
    golden(), tensors(), tables(), graphs(), settings(), run_files(pathlib.Path(sys.argv[1]))
