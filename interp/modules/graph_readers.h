// Weighted layered graphs (docs/theory.md §4.5) from files, by hand or from other programs.
//   const GraphFile file = read_graph("edges.csv");
//   const Modules found = find_modules(file.graph);
// Layers are numbered 0, 1, … without gaps, nodes of a layer 0, 1, …; one that no edge and no list names is a node
// without edges. An edge joins neighbouring layers and may be written in either direction, but once, also where its
// weight is 0; weights are 0 or more, and 0 is no edge. All that is wrong is a DataError with the file, the line, node
// or edge, what was given and what is wanted.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "interp/modules/layered_graph.h"

namespace basin::interp {

struct GraphFile {
  LayeredGraph graph;
  std::vector<std::string> layers = {};  // their names; empty if the file has none
  NodeLabels labels = {};
};

// By the ending of the path: .csv, .json or .graphml.
GraphFile read_graph(const std::string& path);
GraphFile parse_graph(std::string_view text, const std::string& path);

// A table (core/csv.h) with the columns from_layer, from, to_layer, to, weight in any order; a line is an edge.
GraphFile parse_graph_csv(std::string_view text, const std::string& name);

// {"layers": [sizes], "edges": [{"source", "target", "weight"}]}, as write_graph writes it (interp/modules/modules.h);
// an entry of layers may be {"name", "features"}, a weight may be called strength. Source and target count the entries
// of "nodes": [{"layer", "index", "label"}], of which the label may be missing; without a list, all nodes layer by
// layer. Edges at a node with "constant": true are left out; it stays as a node without edges, so that numbers stay.
GraphFile parse_graph_json(std::string_view text, const std::string& name);

// Nodes have data named layer, edges data named weight, by keys as GraphML declares them; so write write_graph,
// networkx and igraph. Nodes that have data named index have that number in their layer, else they are counted in the
// order of the file. A node is called by its data label or name, else, if it has no index, by its id. Other data are
// passed over, and so are ports and directions. Keys may have defaults, but not of what nodes are called.
GraphFile parse_graphml(std::string_view text, const std::string& name);

}  // namespace basin::interp
