// autodiff/graph.h, autodiff/parameter_info.h, autodiff/print.h.
#include "autodiff/graph.h"

#include "autodiff/ops.h"
#include "autodiff/print.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

void bind_var(py::module_& m) {
  py::class_<HeldVar> var(m, "Var", "A handle on a value of a graph: autodiff/graph.h, autodiff/ops.h");
  var.attr("__array_ufunc__") = py::none();  // numpy's numbers leave arithmetic with a Var to it
  var.def_readonly("graph", &HeldVar::graph)
      .def_property_readonly("id", [](Var v) { return v.id; })
      .def("shape", [](Var v) { return v.shape(); })
      .def(
          "__eq__", [](Var a, Var b) { return a == b; }, py::is_operator())
      .def("__hash__", [](Var v) { return py::hash(py::make_tuple(std::size_t(v.graph), v.id)); })
      .def("__repr__", [](Var v) { return "Var(" + v.graph->describe(v.id) + ")"; })
      .def("__neg__", [](Var x) { return -x; })
      .def(
          "__add__", [](Var a, Var b) { return a + b; }, py::is_operator())
      .def(
          "__sub__", [](Var a, Var b) { return a - b; }, py::is_operator())
      .def(
          "__mul__", [](Var a, Var b) { return a * b; }, py::is_operator())
      .def(
          "__truediv__", [](Var a, Var b) { return a / b; }, py::is_operator())
      .def(
          "__add__", [](Var x, double c) { return x + c; }, py::is_operator())
      .def(
          "__sub__", [](Var x, double c) { return x - c; }, py::is_operator())
      .def(
          "__mul__", [](Var x, double c) { return x * c; }, py::is_operator())
      .def(
          "__truediv__", [](Var x, double c) { return x / c; }, py::is_operator())
      .def(
          "__radd__", [](Var x, double c) { return c + x; }, py::is_operator())
      .def(
          "__rsub__", [](Var x, double c) { return c - x; }, py::is_operator())
      .def(
          "__rmul__", [](Var x, double c) { return c * x; }, py::is_operator());
}

void bind_parameter_info(py::module_& m) {
  Record<Start> start(m, "Start", "How a parameter's numbers are drawn: autodiff/parameter_info.h");
  py::enum_<Start::Kind>(start, "Kind")
      .value("zeros", Start::zeros)
      .value("ones", Start::ones)
      .value("normal", Start::normal)
      .value("uniform", Start::uniform)
      .export_values();
  start.made().field("kind", &Start::kind).field("scale", &Start::scale);
  Record<ParameterTraits>(m, "ParameterTraits", "autodiff/parameter_info.h")
      .made()
      .field("decays", &ParameterTraits::decays)
      .field("transposed_in_files", &ParameterTraits::transposed_in_files);
  Record<ParameterInfo>(m, "ParameterInfo", "autodiff/parameter_info.h")
      .made()
      .field("name", &ParameterInfo::name)
      .field("shape", &ParameterInfo::shape)
      .field("start", &ParameterInfo::start)
      .field("traits", &ParameterInfo::traits);
}

}  // namespace

void bind_graph(py::module_& m) {
  py::class_<Graph> graph(m, "Graph", "The expression graph: autodiff/graph.h");
  bind_var(m);
  bind_parameter_info(m);
  graph.def(py::init<>())
      .def("input", &Graph::input, "name"_a, "shape"_a)
      .def("anonymous_input", &Graph::anonymous_input, "shape"_a)
      .def("parameter", &Graph::parameter, "name"_a, "shape"_a, py::arg_v("start", Start{}, "Start()"),
           py::arg_v("traits", ParameterTraits{}, "ParameterTraits()"))
      .def("constant", py::overload_cast<double>(&Graph::constant), "value"_a)
      .def("constant", py::overload_cast<Tensor<double>>(&Graph::constant), "values"_a)
      .def("name", &Graph::name, "v"_a, "name"_a)
      .def(
          "__getitem__", [](Graph& g, const std::string& name) { return g[name]; }, "name"_a)
      .def(
          "__contains__", [](const Graph& g, const std::string& name) { return g.has(name); }, "name"_a)
      .def(
          "has", [](const Graph& g, const std::string& name) { return g.has(name); }, "name"_a)
      .def("names", &Graph::names, py::return_value_policy::copy)
      .def("parameters", &Graph::parameters, py::return_value_policy::copy)
      .def("parameter_values", &Graph::parameter_values)
      .def("name_of", &Graph::name_of, "id"_a)
      .def("describe", &Graph::describe, "id"_a)
      .def("size", &Graph::size);
  m.def("to_text", static_cast<std::string (*)(const Graph&)>(&to_text), "graph"_a);
  m.def("to_dot", static_cast<std::string (*)(const Graph&)>(&to_dot), "graph"_a);
}

}  // namespace basin::python
