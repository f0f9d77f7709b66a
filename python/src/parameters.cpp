// autodiff/parameters.h.
#include "autodiff/parameters.h"

#include "autodiff/model.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

template <class T>
py::object slice_view(const py::object& self, const std::string& name) {
  const auto& parameters = self.cast<const Parameters<T>&>();
  const std::span<const T> numbers = parameters[name];
  for (const auto& slice : parameters.slices())
    if (slice.name == name) return view_of(numbers.data(), slice.shape, self);
  return py::none();  // not reached: parameters[name] has thrown
}

// Bindings read the parameters where they lie, so each keeps them; a tuple, so that none is lost from it.
template <class T>
py::tuple bindings_of(const py::object& self, Graph& graph) {
  py::list all;
  for (const Binding<T>& binding : self.cast<const Parameters<T>&>().bindings(graph)) {
    all.append(binding);
    py::detail::keep_alive_impl(all[all.size() - 1], self);
  }
  return py::tuple(all);
}

template <class T>
py::class_<Parameters<T>> bind_type(py::module_& m) {
  using P = Parameters<T>;
  py::class_<Binding<T>>(m, name_for<T>("Binding").c_str(), "autodiff/parameters.h")
      .def_property_readonly("var", [](const Binding<T>& b) { return b.var; });
  py::class_<P> parameters(m, name_for<T>("Parameters").c_str(),
                           "One flat vector with named slices: autodiff/parameters.h");
  py::class_<typename P::Slice, ParameterInfo>(parameters, "Slice")
      .def_readonly("offset", &P::Slice::offset)
      .def_readonly("size", &P::Slice::size);
  parameters.def(py::init<const std::vector<ParameterInfo>&>(), "infos"_a = py::list())
      .def(py::init<const P&>(), "other"_a)
      .def("start", &P::start, "seed"_a)
      .def("size", &P::size)
      .def("flat",
           [](const py::object& self) {
             const auto& own = self.cast<const P&>();
             return view_of(own.flat().data(), Shape{own.size()}, self);
           })
      .def("slices", &P::slices, py::return_value_policy::copy)
      .def("__getitem__", &slice_view<T>, "name"_a)
      .def(
          "tensor", [](const P& own, const std::string& name) { return own.tensor(name); }, "name"_a)
      .def("bindings", &bindings_of<T>, "graph"_a)
      .def(
          "feed",
          [](P& own, const std::string& name, const Tensor<T>& values) {
            const std::span<T> numbers = own[name];
            const Tensor<T> slice = own.tensor(name);
            if (values.size() != slice.size() || (values.shape.rank() > 1 && values.shape != slice.shape))
              throw ShapeError("parameters: '" + name + "' is " + slice.shape.str() + ", given " + values.shape.str());
            std::copy(values.data.begin(), values.data.end(), numbers.begin());
          },
          "name"_a, "values"_a);
  return parameters;
}

}  // namespace

void bind_parameters(py::module_& m) {
  auto wide = bind_type<double>(m);
  auto narrow = bind_type<float>(m);
  by_number(wide, narrow);
  wide.def(py::init([](const Parameters<float>& from) { return cast<double>(from); }), "other"_a);
  narrow.def(py::init([](const Parameters<double>& from) { return cast<float>(from); }), "other"_a);
}

}  // namespace basin::python
