// autodiff/model.h, autodiff/named_values.h and the models and data sets of nn/.
#include "autodiff/model.h"

#include "autodiff/named_values.h"
#include "nn/config.h"
#include "nn/data/digits.h"
#include "nn/data/registry.h"
#include "nn/import.h"
#include "nn/supervised.h"
#include "nn/transformer.h"
#include "python/src/bind.h"

#include <pybind11/stl/filesystem.h>

namespace basin::python {
namespace {

void bind_model_itself(py::module_& m) {
  Record<Ends>(m, "Ends", "What a traced model ends in: autodiff/model.h")
      .made()
      .field("output", &Ends::output)
      .field("loss", &Ends::loss);
  py::class_<Model>(m, "Model", "A function that traces a network: autodiff/model.h")
      .def(py::init([](py::function trace, std::map<std::string, std::string> config) {
             return Model{of_graph<Ends, std::int64_t>(std::move(trace)), std::move(config)};
           }),
           "trace"_a, "config"_a = py::dict())
      .def(
          "trace", [](const Model& own, Graph& graph, std::int64_t rows) { return own.trace(graph, rows); }, "graph"_a,
          "rows"_a)
      .def_readonly("config", &Model::config);
  m.def("rows_of", &rows_of, "data"_a, "who"_a);
  m.def("parameters_of", &parameters_of, "model"_a);
  py::enum_<ValueRole>(m, "ValueRole")
      .value("input", ValueRole::input)
      .value("parameter", ValueRole::parameter)
      .value("inner", ValueRole::inner)
      .value("end", ValueRole::end);
  Record<NamedValue>(m, "NamedValue", "autodiff/named_values.h")
      .field("name", &NamedValue::name)
      .field("shape", &NamedValue::shape)
      .field("role", &NamedValue::role);
  m.def("named_values", &named_values, "model"_a);
  m.def("name_of", py::overload_cast<ValueRole>(&name_of), "role"_a);
}

void bind_mlp(py::module_& nn) {
  py::enum_<nn::Activation>(nn, "Activation")
      .value("relu", nn::Activation::relu)
      .value("tanh", nn::Activation::tanh)
      .value("gelu", nn::Activation::gelu)
      .value("gelu_tanh", nn::Activation::gelu_tanh)
      .value("sigmoid", nn::Activation::sigmoid)
      .value("square", nn::Activation::square)
      .value("linear", nn::Activation::linear);
  py::enum_<nn::Init>(nn, "Init")
      .value("he", nn::Init::he)
      .value("glorot", nn::Init::glorot)
      .value("pytorch", nn::Init::pytorch);
  py::enum_<nn::Loss>(nn, "Loss").value("cross_entropy", nn::Loss::cross_entropy).value("mse", nn::Loss::mse);
  Record<nn::MlpSpec>(nn, "MlpSpec", "A multi-layer perceptron: nn/mlp.h")
      .made()
      .field("widths", &nn::MlpSpec::widths)
      .field("activation", &nn::MlpSpec::activation)
      .field("bias", &nn::MlpSpec::bias)
      .field("init", &nn::MlpSpec::init)
      .def("layers", &nn::MlpSpec::layers)
      .def("parameters", &nn::MlpSpec::parameters)
      .def("validate", &nn::MlpSpec::validate);
  py::class_<nn::Mlp>(nn, "Mlp", "Traces a perceptron into a graph: nn/mlp.h")
      .def(py::init<Graph&, Var, const nn::MlpSpec&, const std::string&>(), "graph"_a, "x"_a, "spec"_a,
           "prefix"_a = "layers.")
      .def_property_readonly("params", [](const nn::Mlp& own) { return own.params; })
      .def_property_readonly("out", [](const nn::Mlp& own) { return own.out; });
  nn.def("activation_from", &nn::activation_from, "name"_a);
  nn.def("init_from", &nn::init_from, "name"_a);
  nn.def("name_of", py::overload_cast<nn::Activation>(&nn::name_of), "a"_a);
  nn.def("activate", &nn::activate, "x"_a, "a"_a);
  nn.def("mlp", &nn::mlp, "spec"_a, "loss"_a);
  nn.def("mlp_from", &nn::mlp_from, "config"_a);
  nn.def("model_from", &nn::model_from, "config"_a);
}

void bind_transformer(py::module_& nn) {
  using S = nn::TransformerSpec;
  py::enum_<nn::LayerNorm>(nn, "LayerNorm")
      .value("none", nn::LayerNorm::none)
      .value("pre", nn::LayerNorm::pre)
      .value("full", nn::LayerNorm::full);
  Record<S> spec(nn, "TransformerSpec", "nn/transformer.h");
  spec.made().field("n_layers", &S::n_layers).field("d_model", &S::d_model).field("n_heads", &S::n_heads);
  spec.field("d_head", &S::d_head).field("d_mlp", &S::d_mlp).field("d_vocab", &S::d_vocab);
  spec.field("d_vocab_out", &S::d_vocab_out).field("n_ctx", &S::n_ctx).field("layer_norm", &S::layer_norm);
  spec.field("activation", &S::activation).field("causal", &S::causal).field("attention_only", &S::attention_only);
  spec.field("parallel_attention", &S::parallel_attention).field("last_position", &S::last_position);
  spec.field("b_Q", &S::b_Q).field("b_K", &S::b_K).field("b_V", &S::b_V).field("b_O", &S::b_O);
  spec.field("b_in", &S::b_in).field("b_out", &S::b_out).field("b_U", &S::b_U).field("init_scale", &S::init_scale);
  spec.def("validate", &S::validate);
  nn.def("layer_norm_from", &nn::layer_norm_from, "name"_a);
  nn.def("name_of", py::overload_cast<nn::LayerNorm>(&nn::name_of), "n"_a);
  nn.def("transformer", &nn::transformer, "spec"_a);
  nn.def("transformer_spec_from", &nn::transformer_spec_from, "config"_a);
  nn.def("transformer_from", &nn::transformer_from, "config"_a);
  using C = nn::ImportChoices;
  Record<C>(nn, "ImportChoices", "nn/import.h")
      .made()
      .field("layer_norm", &C::layer_norm)
      .field("activation", &C::activation)
      .field("causal", &C::causal)
      .field("parallel_attention", &C::parallel_attention)
      .field("last_position", &C::last_position);
  Record<nn::ImportedTransformer>(nn, "ImportedTransformer", "nn/import.h")
      .field("spec", &nn::ImportedTransformer::spec)
      .field("model", &nn::ImportedTransformer::model)
      .field("parameters", &nn::ImportedTransformer::parameters);
  nn.def("import_transformer", released(&nn::import_transformer), "path"_a,
         py::arg_v("choices", C{}, "ImportChoices()"));
  nn.def("holds_transformer", &nn::holds_transformer, "path"_a);
}

void bind_data(py::module_& nn) {
  using D = nn::Dataset;
  Record<D>(nn, "Dataset", "Inputs and targets, a row per sample: nn/data/dataset.h")
      .made()
      .field("name", &D::name)
      .field("x", &D::x)
      .field("y", &D::y)
      .field("classes", &D::classes)
      .field("source", &D::source)
      .field("class_names", &D::class_names)
      .def("size", &D::size)
      .def("inputs", &D::inputs)
      .def("outputs", &D::outputs)
      .def("class_name", &D::class_name, "label"_a)
      .def("validate", &D::validate);
  Record<nn::Split>(nn, "Split", "nn/data/dataset.h")
      .made()
      .field("train", &nn::Split::train)
      .field("test", &nn::Split::test)
      .def("__iter__",
           [](const py::object& self) { return py::iter(py::make_tuple(self.attr("train"), self.attr("test"))); });
  nn.def(
      "take_rows", [](const D& data, const std::vector<std::int64_t>& rows) { return nn::take_rows(data, rows); },
      "data"_a, "indices"_a);
  nn.def("split", &nn::split, "data"_a, "train_fraction"_a, "seed"_a);
  nn.def("content_hash", &nn::content_hash, "data"_a);
  nn.def("all_digits", &nn::all_digits);
  nn.def("load_digits", &nn::load_digits);
}

void bind_registry(py::module_& nn) {
  using O = nn::DataOptions;
  Record<O>(nn, "DataOptions", "nn/data/registry.h")
      .made()
      .field("data_dir", &O::data_dir)
      .field("seed", &O::seed)
      .field("train_fraction", &O::train_fraction)
      .field("modulus", &O::modulus)
      .field("tokens", &O::tokens)
      .field("parity_classes", &O::parity_classes)
      .field("standardise", &O::standardise);
  nn.def("data_names", &nn::data_names, py::return_value_policy::copy);
  nn.def("load_data", released(&nn::load_data), "name_or_path"_a, py::arg_v("options", O{}, "DataOptions()"));
  nn.def("inputs_of", &nn::inputs_of, "data"_a);
  nn.def("analysis_inputs", &nn::analysis_inputs, "data"_a, "rows"_a);
  nn.def("loss_of", &nn::loss_of, "data"_a);
  nn.def("require_fit", &nn::require_fit, "spec"_a, "data"_a);
  nn.def("right", &nn::right, "graph"_a, "ends"_a);
}

}  // namespace

void bind_model(py::module_& m, py::module_& nn) {
  bind_model_itself(m);
  bind_mlp(nn);
  bind_transformer(nn);
  bind_data(nn);
  bind_registry(nn);
}

}  // namespace basin::python
