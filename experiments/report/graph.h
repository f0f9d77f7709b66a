// Layered graphs: the features of node layers and the strengths of their interactions, as files, as a picture and, by
// graph_element.h, as an element of a page that answers the reader.
//   LayeredGraphView view{.layers = {{"inputs", 3}, {"outputs", 1}}};
//   view.nodes = {{.layer = 0, .index = 2, .label = "edge", .importance = 0.4}, {.layer = 1, .index = 0}};
//   view.edges = {{.from = 0, .to = 1, .strength = 0.3}};
//   write_graph("runs/x/figures", "interactions", view);
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "core/error.h"

namespace basin::report {

// What a feature of image data looks like: rows from the top. Grey from 0 to the largest value, or, if any is negative,
// diverging around 0.
struct GraphImage {
  int width = 0, height = 0;  // 0 0: no image
  std::vector<double> values = {};
};

struct GraphLayer {
  std::string name = {};
  int features = 0;  // those without a node count too
};

struct GraphNode {
  int layer = 0, index = 0;  // the feature is number `index` of its layer
  std::string label = {};    // empty: its index
  double importance = 0;     // ≥ 0; compared within a layer
  int module = -1;           // -1: in none
  bool constant = false;     // the one that stands for biases
  GraphImage image = {};
};

struct GraphEdge {
  std::size_t from = 0, to = 0;  // nodes, the second in a later layer
  double strength = 0;           // ≥ 0
};

struct LayeredGraphView {
  std::vector<GraphLayer> layers = {};
  std::vector<GraphNode> nodes = {};
  std::vector<GraphEdge> edges = {};
};

// The view with nodes by layer and index and edges by their ends, labels filled in and valid UTF-8. All that is made of
// a graph is made of this, so it does not depend on the order of the caller. ShapeError for a layer, feature or node
// that is not there, for one given twice, for an edge that does not go to a later layer, for an image whose values are
// not width × height; NumericalError for an importance, strength or value that is not finite or, of the first two,
// below 0. The errors name the node or edge.
LayeredGraphView sorted_graph(const LayeredGraphView& view);

// {"layers": [{"name", "features"}], "nodes": [{"layer", "index", "label", "importance", "module"}],
//  "edges": [{"source", "target", "strength"}]}, an entry a line; numbers in the fewest digits that read back the same.
// Source and target count the nodes. A constant has "constant": true, a node with an image
// "image": {"width", "height", "values"}. Byte-equal from run to run.
std::string graph_json(const LayeredGraphView& view);
// Reads it again. DataError, naming `name`, for anything else; errors of sorted_graph.
LayeredGraphView graph_from_json(const std::string& text, const std::string& name);

// For graphviz: a rank for each layer, strengths, widths by their root, colours by module.
std::string graph_dot(const LayeredGraphView& view);

struct GraphLimits {
  std::size_t nodes = 3000, edges = 3000;
};

// What a picture shows: the most important nodes, as many of each layer as all layers can have within the limits (but
// one of each), among equals those at the stronger edge; of the edges between them the strongest, none of strength 0,
// the strongest first. Texts are cut at 200 characters, with more than 500 nodes at 24, and numbers have four digits.
LayeredGraphView shown_part(const LayeredGraphView& view, const GraphLimits& limits);

inline constexpr std::size_t most_layers_drawn = 300;

// A picture, 960 px wide and as high as needed: layers from top to bottom, modules side by side with their numbers
// above, the more important features of a module further left. A line's width and darkness are by the root of its
// strength relative to the largest, a node's size by the root of its importance relative to its layer's largest, a ring
// is the constant; lines have the colour of a module if both ends are in it. Labels stand where all of a layer's fit.
// UsageError for more than most_layers_drawn.
std::string graph_svg(const LayeredGraphView& view, const GraphLimits& limits = {});

// Writes dir/name.{json,dot,svg} and makes dir. Errors of sorted_graph and write_atomically; UsageError for a name as
// in write_figure.
void write_graph(const std::string& dir, const std::string& name, const LayeredGraphView& view);

}  // namespace basin::report
