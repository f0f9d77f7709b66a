// interp/basis/: models cut at node layers, and bases of their activations.
#include "interp/basis/basis.h"

#include "interp/basis/folded.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

using namespace interp;

void bind_folded(py::module_& m) {
  Record<NodeLayer>(m, "NodeLayer", "interp/basis/folded.h")
      .made()
      .field("name", &NodeLayer::name)
      .field("value", &NodeLayer::value)
      .field("beside", &NodeLayer::beside)
      .field("apart", &NodeLayer::apart);
  using F = FoldedModel;
  py::class_<F>(m, "FoldedModel", "A model cut at node layers, with a constant carried along: interp/basis/folded.h")
      .def(py::init([](ModelPoint model, std::vector<NodeLayer> layers, std::vector<Matrix> coordinates) {
             return std::make_unique<F>(std::move(model), std::move(layers), std::move(coordinates));
           }),
           "model"_a, "layers"_a, "coordinates"_a = py::list())
      .def("model", &F::model, py::return_value_policy::reference_internal)
      .def("layers", &F::layers, py::return_value_policy::copy)
      .def("sections", &F::sections)
      .def("width", &F::width, "layer"_a)
      .def("positions", &F::positions, "layer"_a)
      .def("has_constant", &F::has_constant, "layer"_a)
      .def("has_apart", &F::has_apart, "layer"_a)
      .def("value", &F::value, "graph"_a, "layer"_a)
      .def("node", &F::node, "graph"_a, "layer"_a)
      .def("section", &F::section, "graph"_a, "section"_a, "x"_a)
      .def("through", &F::through, "graph"_a, "first"_a, "x"_a)
      .def("pre", &F::pre, "graph"_a, "section"_a, "x"_a);
  m.def("node_layers", &node_layers, "network"_a);
}

void bind_choices(py::module_& m) {
  py::enum_<Rule>(m, "Rule")
      .value("gradient", Rule::gradient)
      .value("trapezoid", Rule::trapezoid)
      .value("gauss_legendre", Rule::gauss_legendre);
  Record<Quadrature>(m, "Quadrature", "interp/basis/quadrature.h")
      .made()
      .field("rule", &Quadrature::rule)
      .field("intervals", &Quadrature::intervals)
      .def("name", &Quadrature::name);
  m.def("quadrature_from", &quadrature_from, "text"_a);
  py::enum_<BasisKind>(m, "BasisKind")
      .value("lib", BasisKind::lib)
      .value("ib", BasisKind::ib)
      .value("attribution", BasisKind::attribution)
      .value("squared_difference", BasisKind::squared_difference)
      .value("pca", BasisKind::pca)
      .value("neuron", BasisKind::neuron);
  m.def("basis_from", &basis_from, "name"_a);
  m.def("name_of", py::overload_cast<BasisKind>(&name_of), "kind"_a);
  Record<Truncation>(m, "Truncation", "interp/basis/basis.h")
      .made()
      .field("threshold", &Truncation::threshold)
      .field("relative", &Truncation::relative);
  using O = BasisOptions;
  Record<O>(m, "BasisOptions", "interp/basis/basis.h")
      .made()
      .field("kind", &O::kind)
      .field("center", &O::center)
      .field("truncation", &O::truncation)
      .field("rotate_last", &O::rotate_last)
      .field("rules", &O::rules)
      .field("by_engine", &O::by_engine)
      .field("sources", &O::sources)
      .field("seed", &O::seed)
      .field("sweep", &O::sweep)
      .def("validate", &O::validate, "sections"_a);
}

}  // namespace

void bind_bases(py::module_& m) {
  bind_folded(m);
  bind_choices(m);
  Record<TruncationReport>(m, "TruncationReport", "interp/basis/basis.h")
      .field("kept", &TruncationReport::kept)
      .field("dropped", &TruncationReport::dropped)
      .field("smallest_kept", &TruncationReport::smallest_kept)
      .field("largest_dropped", &TruncationReport::largest_dropped)
      .def("gap", &TruncationReport::gap);
  Record<Basis> basis(m, "Basis", "Features of one node layer: interp/basis/basis.h");
  basis.field("layer", &Basis::layer).field("mean", &Basis::mean).field("gram", &Basis::gram);
  basis.field("variances", &Basis::variances).field("W", &Basis::W).field("W_pinv", &Basis::W_pinv);
  basis.field("M", &Basis::M).field("V", &Basis::V).field("lambda_all", &Basis::lambda_all);
  basis.field("lambda_", &Basis::lambda).field("C", &Basis::C).field("C_pinv", &Basis::C_pinv);
  basis.field("variance_cut", &Basis::variance_cut).field("importance_cut", &Basis::importance_cut);
  basis.field("source_error", &Basis::source_error).field("constant", &Basis::constant).field("apart", &Basis::apart);
  basis.def("features", &Basis::features);
  m.def("interaction_bases",
        released<std::vector<Basis>, const FoldedModel&, const Inputs&, const BasisOptions&>(&interaction_bases),
        "model"_a, "inputs"_a, py::arg_v("options", BasisOptions{}, "BasisOptions()"));
}

}  // namespace basin::python
