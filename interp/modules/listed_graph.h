// A layered graph as files list it, edge by edge: what is common to the readers of interp/modules/graph_readers.h.
#pragma once
#include "interp/modules/graph_readers.h"

namespace basin::interp {

struct ListedPlace {
  std::int64_t layer = 0, index = 0;  // >= 0
};

struct ListedNode : ListedPlace {
  std::string label = {};
};

struct ListedEdge {
  ListedPlace from = {}, to = {};
  double weight = 0;
  std::size_t number = 0;  // the line, or which edge of the file it is
};

struct ListedGraph {
  std::string name;  // of the file
  std::string unit;  // what edges are numbered by: "line" or "edge"
  std::vector<std::string> layers = {};
  std::vector<ListedNode> nodes = {};  // beside those of edges
  std::vector<ListedEdge> edges = {};

  std::string where(const ListedEdge& edge) const;  // "x.csv: line 3"
};

// The graph, checked as graph_readers.h says. Refuses matrices that are out of proportion to the edges.
GraphFile assembled(const ListedGraph& list);

// `value` as the number of a layer or node. DataError that begins with `where` and `what` unless it is a whole number
// from 0 to 1e9.
std::int64_t counted(double value, const std::string& where, std::string_view what);

}  // namespace basin::interp
