// autodiff/program.h.
#include "autodiff/program.h"

#include <variant>

#include "autodiff/print.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

using Key = std::variant<std::string, Var>;  // names first: None is no name, but a Var that the library refuses

template <class T>
Var var_of(const Program<T>& program, const Key& key) {
  if (const auto* name = std::get_if<std::string>(&key)) return program.graph()[*name];
  return std::get<Var>(key);
}

template <class T>
std::unique_ptr<Program<T>> program_of(Graph& graph, std::vector<Var> fetch, std::vector<Var> flat,
                                       std::vector<Var> feed, Memory memory, bool fuse, const py::tuple& bindings) {
  ProgramSpec spec{std::move(fetch), std::move(flat), std::move(feed), memory, fuse};
  return std::make_unique<Program<T>>(graph, spec, bindings.cast<std::vector<Binding<T>>>());
}

// Numbers flat, as in C++, or in the shape of the value: any other arrangement of as many is a mistake.
template <class T>
void feed(Program<T>& program, const Key& key, const Tensor<T>& values) {
  const Var v = var_of(program, key);
  if (v && values.shape.rank() > 1 && values.shape != v.shape())
    throw ShapeError("program: numbers of shape " + values.shape.str() + " given for " + v.graph->describe(v.id));
  program.feed(v, values.data);
}

template <class T>
py::array view(const py::object& self, const Key& key) {
  const auto& program = self.cast<const Program<T>&>();
  const Var v = var_of(program, key);
  const std::span<const T> numbers = program.view(v);
  return view_of(numbers.data(), v.shape(), self);
}

template <class T>
py::array flat(const py::object& self) {
  const std::span<const T> numbers = self.cast<const Program<T>&>().flat();
  return view_of(numbers.data(), Shape{std::int64_t(numbers.size())}, self);
}

template <class T>
py::class_<Program<T>> bind_type(py::module_& m) {
  using P = Program<T>;
  py::class_<P> program(m, name_for<T>("Program").c_str(), "Planned once, run many times: autodiff/program.h");
  const auto none = py::list();
  program
      .def(py::init(&program_of<T>), "graph"_a, py::kw_only(), "fetch"_a = none, "flat"_a = none, "feed"_a = none,
           py::arg_v("memory", Memory::automatic, "Memory.automatic"), "fuse"_a = true, "bindings"_a = py::tuple(),
           py::keep_alive<1, 2>(), py::keep_alive<1, 8>())
      .def("feed", &feed<T>, "v"_a, "values"_a)
      .def("run", [](P& own) { computing([&own] { own.run(); }); })
      .def("view", &view<T>, "v"_a)
      .def(
          "copy", [](const P& own, const Key& key) { return own.copy(var_of(own, key)); }, "v"_a)
      .def(
          "scalar", [](const P& own, const Key& key) { return own.scalar(var_of(own, key)); }, "v"_a)
      .def("flat", &flat<T>)
      .def(
          "has", [](const P& own, const Key& key) { return own.has(var_of(own, key)); }, "v"_a)
      .def("require_finite", [](const P& own) { computing([&own] { own.require_finite(); }); })
      .def("graph", &P::graph, py::return_value_policy::reference_internal);
  m.def("to_text", py::overload_cast<const P&>(&to_text<T>), "program"_a);
  m.def("to_dot", py::overload_cast<const P&>(&to_dot<T>), "program"_a);
  return program;
}

}  // namespace

void bind_program(py::module_& m) {
  py::enum_<Memory>(m, "Memory")
      .value("automatic", Memory::automatic)
      .value("keep", Memory::keep)
      .value("reuse", Memory::reuse);
  auto wide = bind_type<double>(m);
  by_number(wide, bind_type<float>(m));
}

}  // namespace basin::python
