// What the bindings share: work without the GIL, structs with named fields, templates by number type, callbacks.
#pragma once
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "python/src/casters.h"

namespace basin::python {

using namespace pybind11::literals;

// One function for each folder of the library, in the order in which module.cpp calls them.
void bind_errors(py::module_& basin);
void bind_graph(py::module_& basin);
void bind_ops(py::module_& basin);
void bind_parameters(py::module_& basin);
void bind_program(py::module_& basin);
void bind_model(py::module_& basin, py::module_& nn);
void bind_training(py::module_& nn);
void bind_run(py::module_& basin, py::module_& nn);
void bind_degeneracy(py::module_& basin, py::module_& interp);
void bind_bases(py::module_& interp);
void bind_edges(py::module_& interp);
void bind_llc(py::module_& basin, py::module_& interp);

// errors.cpp: throws what Python's own signal handler raised while the library was asked to stop.
void rethrow_signal();

// f() while other threads of Python go on. Functions of the library that ask interrupted() stop at Ctrl-C.
template <class F>
auto unlocked(const F& f) {
  const py::gil_scoped_release others_run;
  return f();
}
template <class F>
std::invoke_result_t<F> computing(const F& f) {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
      unlocked(f);
      rethrow_signal();
    } else {
      auto result = unlocked(f);
      rethrow_signal();
      return result;
    }
  } catch (const Interrupted&) {
    throw;  // errors.cpp joins it with the signal
  } catch (...) {
    rethrow_signal();
    throw;
  }
}

// A function of the library as it is, without the GIL.
template <class R, class... A>
auto released(R (*f)(A...)) {
  return [f](A... arguments) -> std::decay_t<R> {
    return computing([&]() -> std::decay_t<R> { return f(std::forward<A>(arguments)...); });
  };
}

// A Python function that is given a graph, to be called from any thread.
template <class R, class... Rest>
std::function<R(Graph&, Rest...)> of_graph(py::function function) {
  const std::shared_ptr<py::function> held(new py::function(std::move(function)), [](const py::function* f) {
    const py::gil_scoped_acquire gil;
    delete f;
  });
  return [held](Graph& graph, Rest... rest) {
    const py::gil_scoped_acquire gil;
    return (*held)(py::cast(&graph, py::return_value_policy::reference), rest...).template cast<R>();
  };
}

// A member as Python sees it: numbers are read-only views that keep the struct alive, all else is as pybind11 has it.
template <class T>
py::object member_of(const std::vector<T>& numbers, py::handle owner) requires std::is_arithmetic_v<T> {
  return view_of(numbers.data(), Shape{std::int64_t(numbers.size())}, owner);
}
template <class T>
py::object member_of(const Tensor<T>& numbers, py::handle owner) {
  return view_of(numbers.data.data(), numbers.shape, owner);
}
template <class T>
py::object member_of(const std::vector<T>& all, py::handle owner) requires(!std::is_arithmetic_v<T>) {
  py::list list;
  for (const T& one : all) list.append(member_of(one, owner));
  return list;
}

template <class T>
struct IsNumbers : std::false_type {};
template <class T>
struct IsNumbers<Tensor<T>> : std::true_type {};
template <class T>
struct IsNumbers<std::vector<T>> : std::bool_constant<std::is_floating_point_v<T> || IsNumbers<T>::value> {};

// A struct with named fields, made from keywords or, as a brace list in C++, from a dict wherever one is wanted. It is
// not changed afterwards, so that views of its numbers stay good.
template <class T, class... Bases>
class Record : public py::class_<T, Bases...> {
 public:
  Record(py::handle scope, const char* name, const char* header) : py::class_<T, Bases...>(scope, name, header) {
    this->def("__repr__", [name](const py::object& self) {
      py::list shown;
      for (const auto& [field, set] : setters()) shown.append(py::str("{}={!r}").format(field, self.attr(field)));
      return py::str("{}({})").format(name, py::str(", ").attr("join")(shown));
    });
  }

  // For structs that users fill; results are only read.
  Record& made() {
    this->def(py::init([](const py::kwargs& fields) { return filled(fields); }));
    this->def(py::init([](const py::dict& fields) { return filled(fields); }), "fields"_a);
    py::implicitly_convertible<py::dict, T>();
    return *this;
  }
  // `name` is that of the member but for Python's keywords.
  template <class M, class Base>
  Record& field(const char* name, M Base::*member) {
    setters().emplace_back(name, [member](T& made, py::handle value) { made.*member = value.cast<M>(); });
    if constexpr (IsNumbers<M>::value)
      this->def_property_readonly(
          name, [member](const py::object& self) { return member_of(py::cast<const T&>(self).*member, self); });
    else
      this->def_readonly(name, member);
    return *this;
  }

 private:
  using Setter = std::function<void(T& made, py::handle value)>;
  static std::vector<std::pair<const char*, Setter>>& setters() {
    static std::vector<std::pair<const char*, Setter>> all;
    return all;
  }
  static void set(T& made, const std::string& field, py::handle value) {
    const auto type = py::type::of<T>().attr("__name__");
    for (const auto& [name, setter] : setters())
      if (field == name) try {
          return setter(made, value);
        } catch (const py::cast_error&) {
          throw py::type_error(py::str("{}.{} cannot be {!r}").format(type, field, value));
        }
    throw py::type_error(py::str("{} has no field {!r}").format(type, field));
  }
  static T filled(const py::dict& fields) {
    T made{};
    for (const auto& [name, value] : fields) set(made, std::string(py::str(name)), value);
    return made;
  }
};

// name[numpy.float32] is the class of the C++ template for float; name itself that for double.
template <class Double, class Float>
void by_number(Double& wide, const Float& narrow) {
  const py::handle of_double = wide, of_float = narrow;
  wide.def_static(
      "__class_getitem__",
      [of_double, of_float](const py::object& dtype) {
        const py::dtype wanted = py::dtype::from_args(dtype);
        if (wanted.equal(py::dtype::of<double>())) return py::reinterpret_borrow<py::object>(of_double);
        if (wanted.equal(py::dtype::of<float>())) return py::reinterpret_borrow<py::object>(of_float);
        throw py::type_error(
            py::str("{} is for float32 and float64, not {}").format(of_double.attr("__name__"), dtype));
      },
      "dtype"_a);
}

// The name of a template's class: that of double is the plain one.
template <class T>
std::string name_for(const char* name) {
  return std::is_same_v<T, float> ? std::string(name) + "_float32" : name;
}

}  // namespace basin::python
