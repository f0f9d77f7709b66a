// What a page needs for a layered graph beside its picture (Report::graph).
#pragma once
#include <string>

#include "experiments/report/graph.h"

namespace basin::report {

// How much of a graph a page holds: what its reader can look at. The picture shows fewer edges at a time. With these
// numbers a page of one graph stays below 2 MB.
struct GraphBudget {
  GraphLimits held{.nodes = 3000, .edges = 16000};
  std::size_t drawn = 3000;           // edges
  std::size_t image_bytes = 250'000;  // of all images

  GraphBudget of_each(std::size_t graphs) const {  // that share it
    return {{held.nodes / graphs, held.edges / graphs}, drawn / graphs, image_bytes / graphs};
  }
};

// The picture, a <p> that says how much of `view` is drawn, and a <script> with what graph.js reads, of the part that
// the page holds. `label` is what a screen reader says, as HTML.
std::string graph_html(const std::string& name, const LayeredGraphView& view, const std::string& file,
                       const std::string& label, const GraphBudget& budget);

// graph.css, and graph.js with graph_controls.js, as they were when basin was built.
std::string graph_style();
std::string graph_script();

}  // namespace basin::report
