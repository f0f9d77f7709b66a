// How the library's plain values look in Python: shapes are tuples, tensors numpy arrays, a Var keeps its graph.
#pragma once
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>

#include "autodiff/graph.h"
#include "autodiff/model.h"
#include "core/tensor.h"

namespace basin::python {

namespace py = pybind11;

// A Var points at its graph and does not own it; Python's has to, for it may outlive all else.
struct HeldVar {
  Var var;
  py::object graph;
};

// Numbers that belong to `owner`, which the array keeps alive. Read-only: writes go through feed.
template <class T>
py::array view_of(const T* numbers, const Shape& shape, py::handle owner) {
  const py::array view(py::dtype::of<T>(), std::vector<py::ssize_t>(shape.begin(), shape.end()), numbers, owner);
  py::detail::array_proxy(view.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return view;
}

}  // namespace basin::python

namespace pybind11::detail {

template <>
struct type_caster<basin::Shape> {
  PYBIND11_TYPE_CASTER(basin::Shape, io_name("collections.abc.Sequence[int]", "tuple[int, ...]"));
  bool load(handle from, bool) {
    if (!isinstance<sequence>(from) || isinstance<str>(from)) return false;
    value = {};
    for (const handle length : reinterpret_borrow<sequence>(from)) {
      make_caster<std::int64_t> number;
      if (!number.load(length, true)) return false;
      value.push_back(cast_op<std::int64_t>(number));
    }
    return true;
  }
  static handle cast(const basin::Shape& shape, return_value_policy, handle) {
    tuple lengths(std::size_t(shape.rank()));
    for (int axis = 0; axis < shape.rank(); ++axis) lengths[std::size_t(axis)] = shape[axis];
    return lengths.release();
  }
};

// Copied in; what comes out is an array of its own, the caller's to write into.
template <class T>
struct type_caster<basin::Tensor<T>> {
  PYBIND11_TYPE_CASTER(basin::Tensor<T>, io_name("numpy.typing.ArrayLike", "numpy.ndarray"));
  bool load(handle from, bool convert) {
    if (!convert && !isinstance<array>(from)) return false;
    const auto numbers = array_t<T, array::c_style | array::forcecast>::ensure(from);
    if (!numbers) return false;
    const basin::Shape shape(std::vector<std::int64_t>(numbers.shape(), numbers.shape() + numbers.ndim()));
    value = basin::Tensor<T>(shape, std::vector<T>(numbers.data(), numbers.data() + numbers.size()));
    return true;
  }
  static handle cast(basin::Tensor<T> tensor, return_value_policy, handle) {
    auto held = std::make_unique<basin::Tensor<T>>(std::move(tensor));
    const basin::Tensor<T>& numbers = *held;
    const std::vector<ssize_t> lengths(numbers.shape.begin(), numbers.shape.end());
    const capsule owner(held.release(), [](void* p) { delete static_cast<basin::Tensor<T>*>(p); });
    return array(dtype::of<T>(), lengths, numbers.data.data(), owner).release();
  }
};

// None is the empty Var{}.
template <>
struct type_caster<basin::Var> {
  PYBIND11_TYPE_CASTER(basin::Var, const_name("basin.Var"));
  bool load(handle from, bool) {
    value = {};
    if (from.is_none()) return true;
    make_caster<basin::python::HeldVar> held;
    if (!held.load(from, false)) return false;
    value = cast_op<basin::python::HeldVar&>(held).var;
    return true;
  }
  static handle cast(basin::Var var, return_value_policy, handle) {
    if (!var) return none().release();
    object graph = pybind11::cast(var.graph, return_value_policy::reference);
    return pybind11::cast(basin::python::HeldVar{var, std::move(graph)}).release();
  }
};

// A map of arrays by name, as std::map has it.
template <>
struct type_caster<basin::Inputs> : map_caster<basin::Inputs, std::string, basin::Tensor<double>> {};

}  // namespace pybind11::detail
