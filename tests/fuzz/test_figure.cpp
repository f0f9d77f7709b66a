// Graphs that pages show: figures/*.json.
#include "experiments/report/graph.h"
#include "experiments/report/graph_element.h"
#include "tests/fuzz/target.h"

using namespace basin::report;

FUZZ_TARGET(figure) {
  const LayeredGraphView view = graph_from_json(bytes, "x.json");
  const std::string written = graph_json(view);
  fuzzing::require(graph_json(graph_from_json(written, "y.json")) == written, "written and read again");
  graph_html("x", view, "figures/x.json", "a graph", {});
}
