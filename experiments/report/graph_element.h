// What a page needs for a layered graph beside its picture (Report::graph).
#pragma once
#include <string>

#include "experiments/report/graph.h"

namespace basin::report {

// How much of a graph a page holds: what its reader can look at. The picture shows fewer edges at a time.
inline constexpr GraphLimits graph_in_page{.nodes = 3000, .edges = 16000};

// A <p> that says how much of `view` is drawn, and a <script> with what graph.js reads, of the part that the page
// holds.
std::string graph_data(const std::string& name, const LayeredGraphView& view, const LayeredGraphView& held,
                       const std::string& file);

// graph.css, and graph.js with graph_controls.js, as they were when basin was built.
std::string graph_style();
std::string graph_script();

}  // namespace basin::report
