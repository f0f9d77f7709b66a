#!/usr/bin/env python3
"""Writes the graphs that tests/interp/test_graph_readers.cpp reads, as networkx and igraph write them. Needs both
(made with networkx 3.6.1 and igraph 1.0.0).

    python3 tests/golden/make_graphs.py [folder, by default tests/golden/graphs]

Layers of 3, 2 and 2 nodes; EDGES are (layer below, node there, node above, weight). Running it again gives the same
bytes.
"""
import pathlib
import sys

import igraph
import networkx as nx

SIZES = (3, 2, 2)
EDGES = ((0, 0, 0, 0.5), (0, 1, 0, 2.0), (0, 2, 1, 1e-3), (1, 0, 1, 0.25), (1, 1, 0, 3.0))
NODES = [(layer, index) for layer, size in enumerate(SIZES) for index in range(size)]


def with_indices():
    """Undirected, nodes by pairs that networkx turns into text."""
    graph = nx.Graph()
    for layer, index in NODES:
        graph.add_node(f"({layer}, {index})", layer=layer, index=index)
    for layer, below, above, weight in EDGES:
        graph.add_edge(f"({layer + 1}, {above})", f"({layer}, {below})", weight=weight)
    return graph


def with_names():
    """Directed, nodes by name; their order is the only index. Data that are not for us."""
    graph = nx.DiGraph(title="a <graph> & more")
    for layer, index in NODES:
        graph.add_node(f"{'abc'[layer]}{index} <&>", layer=layer, dead=index > 1, bias=0.5 * index)
    for layer, below, above, weight in EDGES:
        graph.add_edge(f"{'abc'[layer]}{below} <&>", f"{'abc'[layer + 1]}{above} <&>", weight=weight, sign="+")
    return graph


def of_igraph():
    graph = igraph.Graph()
    for layer, index in NODES:
        graph.add_vertex(name=f"{'abc'[layer]}{index}", layer=layer, index=index)
    for layer, below, above, weight in EDGES:
        graph.add_edge(f"{'abc'[layer]}{below}", f"{'abc'[layer + 1]}{above}", weight=weight)
    return graph


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    nx.write_graphml_xml(with_indices(), folder / "networkx.graphml")
    nx.write_graphml_xml(with_names(), folder / "networkx_names.graphml")
    of_igraph().write_graphml(str(folder / "igraph.graphml"))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "graphs"))
