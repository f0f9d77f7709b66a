// Where the nodes of a layered graph stand: layers from top to bottom, modules as columns through all of them.
#pragma once
#include <vector>

#include "experiments/report/graph.h"

namespace basin::report {

struct GraphPlace {
  double x = 0, y = 0, radius = 0;  // px
  double room = 0;                  // px that are free for its label; 0: none are
};

struct GraphColumn {
  int module = -1;
  double left = 0, right = 0;
};

// How many modules may have columns of their own; with more all nodes share one, by module.
inline constexpr std::size_t max_columns = 40;

struct GraphLayout {
  double width = 960, top = 0, bottom = 0;  // nodes stand between top and bottom
  std::vector<GraphPlace> nodes = {};
  std::vector<GraphColumn> columns = {};  // by module, -1 last; none where nodes share one
  std::vector<double> layers = {};        // the y of their middles
};

GraphLayout graph_layout(const LayeredGraphView& sorted);

}  // namespace basin::report
