// interp/degeneracy/, interp/layers/relu_net.h, core/rank.h.
#include "interp/degeneracy/degeneracy.h"

#include <pybind11/functional.h>

#include "interp/degeneracy/model_degeneracy.h"
#include "interp/layers/relu_net.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

using namespace interp;

void bind_points(py::module_& m) {
  py::enum_<Precision>(m, "Precision").value("f64", Precision::f64).value("f32", Precision::f32);
  Record<SweepOptions>(m, "SweepOptions", "Passing over data: interp/sweep/sweep.h")
      .made()
      .field("chunk", &SweepOptions::chunk)
      .field("blocks", &SweepOptions::blocks)
      .field("threads", &SweepOptions::threads)
      .field("precision", &SweepOptions::precision)
      .field("progress", &SweepOptions::progress);
  py::class_<ModelPoint, Model>(m, "ModelPoint", "A model at one point of its parameters: interp/sweep/sweep.h")
      .def(py::init([](const Model& model, const Parameters<double>& parameters) {
             return ModelPoint{model, parameters};
           }),
           "model"_a, "parameters"_a)
      .def(py::init([](const Model& model, const Parameters<float>& parameters) {
             return ModelPoint{model, cast<double>(parameters)};
           }),
           "model"_a, "parameters"_a)
      .def_readonly("parameters", &ModelPoint::parameters)
      .def("parameter_count", &ModelPoint::parameter_count);
}

void bind_networks(py::module_& m) {
  py::enum_<Layout>(m, "Layout").value("out_in", Layout::out_in).value("in_out", Layout::in_out);
  Record<NetReading>(m, "NetReading", "interp/layers/relu_net.h")
      .field("layout", &NetReading::layout)
      .field("layout_proved", &NetReading::layout_proved)
      .field("order", &NetReading::order);
  Record<ReluNet>(m, "ReluNet", "A ReLU or linear network as numbers: interp/layers/relu_net.h")
      .made()
      .field("weights", &ReluNet::weights)
      .field("biases", &ReluNet::biases)
      .field("linear", &ReluNet::linear)
      .field("names", &ReluNet::names)
      .field("reading", &ReluNet::reading)
      .def("layers", &ReluNet::layers)
      .def("has_bias", &ReluNet::has_bias, "layer"_a)
      .def("inputs", &ReluNet::inputs, "layer"_a)
      .def("widths", &ReluNet::widths)
      .def("parameters", py::overload_cast<>(&ReluNet::parameters, py::const_))
      .def("parameters", py::overload_cast<std::int64_t>(&ReluNet::parameters, py::const_), "layer"_a)
      .def("validate", &ReluNet::validate, "where"_a);
}

void bind_dense_networks(py::module_& m) {
  Record<NetFileOptions>(m, "NetFileOptions", "interp/layers/relu_net.h")
      .made()
      .field("activation", &NetFileOptions::activation)
      .field("layers", &NetFileOptions::layers)
      .field("layout", &NetFileOptions::layout);
  Record<DenseLayer>(m, "DenseLayer", "interp/layers/dense_network.h")
      .field("input", &DenseLayer::input)
      .field("pre", &DenseLayer::pre)
      .field("weight", &DenseLayer::weight)
      .field("bias", &DenseLayer::bias)
      .field("d_in", &DenseLayer::d_in)
      .field("d_out", &DenseLayer::d_out)
      .field("weight_offset", &DenseLayer::weight_offset)
      .field("bias_offset", &DenseLayer::bias_offset)
      .def("inputs", &DenseLayer::inputs)
      .def("parameters", &DenseLayer::parameters);
  Record<DenseNetwork>(m, "DenseNetwork", "interp/layers/dense_network.h")
      .field("model", &DenseNetwork::model)
      .field("output", &DenseNetwork::output)
      .field("layers", &DenseNetwork::layers)
      .field("outputs", &DenseNetwork::outputs);
}

void bind_network_functions(py::module_& m) {
  const auto file_options = py::arg_v("options", NetFileOptions{}, "NetFileOptions()");
  m.def("read_relu_net", released(&read_relu_net), "path"_a, file_options);
  m.def("relu_net_from", &relu_net_from, "file"_a, "where"_a, file_options);
  m.def("relu_net", &relu_net, "network"_a);
  m.def(
      "dense_network", [](ModelPoint model, std::string output) { return dense_network(model, output); }, "model"_a,
      "output"_a);
  m.def(
      "dense_network", [](const ReluNet& net) { return dense_network(net); }, "net"_a);
  m.def("model_of", &model_of, "net"_a);
  m.def("outputs", released(&outputs), "net"_a, "x"_a);
  m.def("activations", released(&activations), "net"_a, "x"_a);
  m.def("write_relu_net", &write_relu_net, "path"_a, "net"_a);
  m.def(
      "moved",
      [](const ReluNet& net, const std::vector<double>& direction, double step) { return moved(net, direction, step); },
      "net"_a, "direction"_a, "step"_a);
  m.def(
      "read_inputs", [](const std::string& path) { return read_inputs(path); }, "path"_a);
  m.def("read_inputs", &read_inputs, "path"_a, "most"_a);
  m.def("reading_note", &reading_note, "net"_a);
  m.def("name_of", py::overload_cast<Layout>(&name_of), "layout"_a);
}

void bind_ranks(py::module_& basin, py::module_& m) {
  Record<RankDecision>(basin, "RankDecision", "An integer rank and how sure it is: core/rank.h")
      .field("rank", &RankDecision::rank)
      .field("above_rounding", &RankDecision::above_rounding)
      .field("smallest_kept", &RankDecision::smallest_kept)
      .field("largest_dropped", &RankDecision::largest_dropped)
      .field("gap", &RankDecision::gap)
      .field("tolerance", &RankDecision::tolerance)
      .field("scale", &RankDecision::scale)
      .def("decided", &RankDecision::decided)
      .def("relative_dropped", &RankDecision::relative_dropped);
  Record<Reading>(m, "Reading", "interp/degeneracy/degeneracy.h")
      .field("at_rounding", &Reading::at_rounding)
      .field("at_tolerance", &Reading::at_tolerance)
      .def("decided", &Reading::decided);
  Record<DegeneracyOptions>(m, "DegeneracyOptions", "interp/degeneracy/subject.h")
      .made()
      .field("tolerance", &DegeneracyOptions::tolerance)
      .field("sweep", &DegeneracyOptions::sweep);
}

void bind_parts(py::module_& m) {
  using L = LayerDegeneracy;
  Record<L>(m, "LayerDegeneracy", "interp/degeneracy/degeneracy.h")
      .field("name", &L::name)
      .field("rows", &L::rows)
      .field("columns", &L::columns)
      .field("activation", &L::activation)
      .field("gradient", &L::gradient)
      .field("free_low_rank", &L::free_low_rank)
      .field("naive_low_rank", &L::naive_low_rank);
  py::enum_<BlockKind>(m, "BlockKind")
      .value("synchronised", BlockKind::synchronised)
      .value("always_on", BlockKind::always_on)
      .value("dead", BlockKind::dead)
      .value("single", BlockKind::single);
  Record<FiringBlock>(m, "FiringBlock", "interp/layers/firing_blocks.h")
      .field("layer", &FiringBlock::layer)
      .field("kind", &FiringBlock::kind)
      .field("neurons", &FiringBlock::neurons);
  using C = ConditionalBound;
  Record<C>(m, "ConditionalBound", "interp/degeneracy/conditional.h")
      .field("layer_ranks", &C::layer_ranks)
      .field("gauge", &C::gauge)
      .field("lower_bound", &C::lower_bound)
      .field("patterns", &C::patterns)
      .field("lower_bound_patterns", &C::lower_bound_patterns)
      .field("patterns_sought", &C::patterns_sought)
      .field("decided", &C::decided)
      .def("smallest_gap", &C::smallest_gap);
  m.def("name_of", py::overload_cast<BlockKind>(&name_of), "kind"_a);
}

void bind_reports(py::module_& m) {
  using R = DegeneracyReport;
  Record<R> report(m, "DegeneracyReport", "interp/degeneracy/degeneracy.h");
  report.field("parameters", &R::parameters).field("samples", &R::samples).field("outputs", &R::outputs);
  report.field("tolerance", &R::tolerance).field("ceiling", &R::ceiling).field("jacobian", &R::jacobian);
  report.field("gauge", &R::gauge).field("layers", &R::layers).field("blocks", &R::blocks);
  report.field("firing_margin", &R::firing_margin).field("gauge_entries", &R::gauge_entries);
  report.field("conditional", &R::conditional).field("reading", &R::reading).field("at_rounding", &R::at_rounding);
  report.def("free_directions", &R::free_directions)
      .def("below_ceiling", &R::below_ceiling)
      .def("formula", &R::formula)
      .def("lower_bound", &R::lower_bound)
      .def("residual", &R::residual)
      .def("naive_sum", &R::naive_sum)
      .def("smallest_gap", &R::smallest_gap)
      .def("decided", &R::decided);
  m.def("degeneracy", released<DegeneracyReport, const ReluNet&, const Matrix&, const DegeneracyOptions&>(&degeneracy),
        "net"_a, "x"_a, py::arg_v("options", DegeneracyOptions{}, "DegeneracyOptions()"));
  m.def("to_json", py::overload_cast<const R&>(&to_json), "report"_a);
}

void bind_models(py::module_& m) {
  using F = ExplainedFamily;
  Record<F>(m, "ExplainedFamily", "interp/degeneracy/model_degeneracy.h")
      .field("label", &F::label)
      .field("moves", &F::moves)
      .field("own", &F::own)
      .field("gained", &F::gained)
      .field("residual", &F::residual);
  using D = ModelDegeneracy;
  Record<D>(m, "ModelDegeneracy", "interp/degeneracy/model_degeneracy.h")
      .field("parameters", &D::parameters)
      .field("samples", &D::samples)
      .field("outputs", &D::outputs)
      .field("tolerance", &D::tolerance)
      .field("jacobian", &D::jacobian)
      .field("families", &D::families)
      .def("free_directions", &D::free_directions)
      .def("free", &D::free)
      .def("bound", &D::bound)
      .def("unexplained", &D::unexplained)
      .def("decided", &D::decided)
      .def("family", &D::family, "label"_a, py::return_value_policy::reference_internal);
  m.def("model_degeneracy", released(&model_degeneracy), "model"_a, "data"_a,
        py::arg_v("options", DegeneracyOptions{}, "DegeneracyOptions()"));
  m.def("to_json", py::overload_cast<const D&>(&to_json), "found"_a);
}

}  // namespace

void bind_degeneracy(py::module_& basin, py::module_& m) {
  bind_points(m);
  bind_networks(m);
  bind_dense_networks(m);
  bind_network_functions(m);
  bind_ranks(basin, m);
  bind_parts(m);
  bind_reports(m);
  bind_models(m);
}

}  // namespace basin::python
