// interp/edges/ and interp/modules/: how features interact, as a graph, and its modules.
#include "interp/edges/edges.h"

#include <pybind11/functional.h>

#include "core/interrupt.h"
#include "interp/edges/graph_files.h"
#include "interp/edges/interaction_graph.h"
#include "interp/modules/modules.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

using namespace interp;

void bind_interactions(py::module_& m) {
  py::enum_<EdgeKind>(m, "EdgeKind").value("squared", EdgeKind::squared).value("functional", EdgeKind::functional);
  m.def("edges_from", &edges_from, "name"_a);
  m.def("name_of", py::overload_cast<EdgeKind>(&name_of), "kind"_a);
  using O = EdgeOptions;
  Record<O>(m, "EdgeOptions", "interp/edges/edges.h")
      .made()
      .field("kind", &O::kind)
      .field("rules", &O::rules)
      .field("by_engine", &O::by_engine)
      .field("sources", &O::sources)
      .field("seed", &O::seed)
      .field("sweep", &O::sweep);
  m.def("interaction_edges", released(&interaction_edges), "model"_a, "bases"_a, "inputs"_a,
        py::arg_v("options", O{}, "EdgeOptions()"));
  m.def("interaction_graph", &interaction_graph, "bases"_a, "E"_a);
  m.def("feature_of", &feature_of, "basis"_a, "node"_a);
  m.def("write_interactions", &write_interactions, "path"_a, "bases"_a, "E"_a);
}

void bind_layered_graph(py::module_& m) {
  Record<LayeredGraph>(m, "LayeredGraph", "interp/modules/layered_graph.h")
      .made()
      .field("layer_sizes", &LayeredGraph::layer_sizes)
      .field("edges", &LayeredGraph::edges)
      .def("nodes", &LayeredGraph::nodes)
      .def("layer_start", &LayeredGraph::layer_start, "layer"_a)
      .def("validate", &LayeredGraph::validate, "where"_a);
  Record<LayeredEdge>(m, "LayeredEdge", "interp/modules/layered_graph.h")
      .field("pair", &LayeredEdge::pair)
      .field("from_", &LayeredEdge::from)
      .field("to", &LayeredEdge::to)
      .field("weight", &LayeredEdge::weight);
  m.def("edge_list", &edge_list, "graph"_a);
  m.def("log_weights", &log_weights, "interactions"_a, "cutoffs"_a);
  m.def("weight_activation_graph", released(&weight_activation_graph), "net"_a, "x"_a);
}

void bind_findings(py::module_& m) {
  using S = RestartSpread;
  Record<S>(m, "RestartSpread", "interp/modules/modules.h")
      .field("best", &S::best)
      .field("mean", &S::mean)
      .field("sd", &S::sd)
      .field("adjusted_rand", &S::adjusted_rand)
      .field("mutual_information", &S::mutual_information)
      .field("variation", &S::variation);
  using N = NullComparison;
  Record<N>(m, "NullComparison", "interp/modules/modules.h")
      .field("mean", &N::mean)
      .field("sd", &N::sd)
      .field("z", &N::z)
      .field("at_least", &N::at_least)
      .field("strength_error", &N::strength_error);
  using R = ResolutionRow;
  Record<R>(m, "ResolutionRow", "interp/modules/modules.h")
      .field("resolution", &R::resolution)
      .field("modules", &R::modules)
      .field("Q", &R::Q)
      .field("adjusted_rand", &R::adjusted_rand)
      .field("variation", &R::variation)
      .field("spread", &R::spread);
  Record<Modules>(m, "Modules", "interp/modules/modules.h")
      .field("of_node", &Modules::of_node)
      .field("modules", &Modules::modules)
      .field("isolated", &Modules::isolated)
      .field("Q", &Modules::Q)
      .field("spread", &Modules::spread)
      .field("null", &Modules::null)
      .field("resolutions", &Modules::resolutions);
}

// A search asks nobody whether to stop; it says how far it is, and that is where it can.
Modules find(const LayeredGraph& weights, ModuleOptions options) {
  options.progress = [told = options.progress](std::int64_t done, std::int64_t all) {
    if (interrupted()) throw Interrupted("modules: stopped by a signal");
    if (told) told(done, all);
  };
  return computing([&] { return find_modules(weights, options); });
}

void bind_modules(py::module_& m) {
  using O = ModuleOptions;
  Record<O>(m, "ModuleOptions", "interp/modules/modules.h")
      .made()
      .field("resolution", &O::resolution)
      .field("resolutions", &O::resolutions)
      .field("restarts", &O::restarts)
      .field("nulls", &O::nulls)
      .field("seed", &O::seed)
      .field("progress", &O::progress);
  bind_findings(m);
  m.def("find_modules", &find, "weights"_a, py::arg_v("options", O{}, "ModuleOptions()"));
  m.def("to_json", py::overload_cast<const Modules&>(&to_json), "modules"_a);
  m.def("write_graph", &write_graph, "path"_a, "graph"_a, "modules"_a, "labels"_a = py::dict());
}

}  // namespace

void bind_edges(py::module_& m) {
  bind_layered_graph(m);
  bind_interactions(m);
  bind_modules(m);
}

}  // namespace basin::python
