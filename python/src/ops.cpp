// autodiff/ops.h, autodiff/transform.h, autodiff/lift.h.
#include "autodiff/ops.h"

#include "autodiff/lift.h"
#include "autodiff/transform.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

using Axes = std::vector<std::int64_t>;

// The ops take their axes as a list that only the compiler can make.
template <class F>
Var with_axes(const Axes& a, const F& f) {
  switch (a.size()) {
    case 0: return f({});
    case 1: return f({a[0]});
    case 2: return f({a[0], a[1]});
    case 3: return f({a[0], a[1], a[2]});
    case 4: return f({a[0], a[1], a[2], a[3]});
    case 5: return f({a[0], a[1], a[2], a[3], a[4]});
    case 6: return f({a[0], a[1], a[2], a[3], a[4], a[5]});
    case 7: return f({a[0], a[1], a[2], a[3], a[4], a[5], a[6]});
    case 8: return f({a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]});
    default: throw ShapeError("axes: more than " + std::to_string(Shape::max_rank));
  }
}

using Reduce = Var (*)(Var, std::initializer_list<std::int64_t>, bool);

void bind_reduction(py::module_& m, const char* name, Reduce reduce) {
  m.def(
      name,
      [reduce](Var x, const Axes& axes, bool keep) {
        return with_axes(axes, [&](std::initializer_list<std::int64_t> list) { return reduce(x, list, keep); });
      },
      "x"_a, "axes"_a, "keep"_a = false);
}

void bind_elementwise(py::module_& m) {
  using Unary = Var (*)(Var);
  const std::pair<const char*, Unary> unary[] = {
      {"square", square},
      {"sqrt", sqrt},
      {"rsqrt", rsqrt},
      {"recip", recip},
      {"abs", abs},
      {"sign", sign},
      {"sin", sin},
      {"cos", cos},
      {"exp", exp},
      {"log", log},
      {"erf", erf},
      {"tanh", tanh},
      {"sigmoid", sigmoid},
      {"relu", relu},
      {"step", step},
      {"gelu", gelu},
      {"gelu_tanh", gelu_tanh},
      {"silu", silu},
      {"softplus", softplus},
      {"stop_gradient", stop_gradient},
      {"argmax", argmax},
      {"alias", alias},
      {"transpose", transpose},
      {"sum", sum},
      {"mean", mean},
      {"softmax", softmax},
      {"log_softmax", log_softmax},
      {"log_sum_exp", log_sum_exp},
  };
  for (const auto& [name, op] : unary) m.def(name, op, "x"_a);
  m.def("clamp", &clamp, "x"_a, "low"_a, "high"_a);
  m.def("where", &where, "mask"_a, "a"_a, "b"_a);
  m.def("maximum", &maximum, "a"_a, "b"_a);
  m.def("minimum", &minimum, "a"_a, "b"_a);
  m.def("greater", &greater, "a"_a, "b"_a);
  bind_reduction(m, "sum", sum);
  bind_reduction(m, "mean", mean);
  bind_reduction(m, "max", max);
  bind_reduction(m, "min", min);
}

void bind_shape_ops(py::module_& m) {
  m.def("expand", &expand, "x"_a, "shape"_a);
  m.def("reshape", &reshape, "x"_a, "shape"_a);
  m.def(
      "permute", [](Var x, const Axes& axes) { return permute(x, axes); }, "x"_a, "axes"_a);
  m.def("slice", &slice, "x"_a, "axis"_a, "begin"_a, "end"_a);
  m.def("pad", &pad, "x"_a, "axis"_a, "before"_a, "after"_a);
  m.def("concat", &concat, "parts"_a, "axis"_a);
  m.def("fill", &fill, "graph"_a, "value"_a, "shape"_a);
  m.def("cumsum", &cumsum, "x"_a, "axis"_a);
  m.def("take_rows", py::overload_cast<Var, Var>(&take_rows), "table"_a, "index"_a);
  m.def("add_rows", &add_rows, "rows"_a, "index"_a, "count"_a);
  m.def("pick", &pick, "x"_a, "index"_a);
  m.def("place", &place, "values"_a, "index"_a, "n"_a);
}

}  // namespace

void bind_ops(py::module_& m) {
  bind_elementwise(m);
  bind_shape_ops(m);
  m.def("matmul", &matmul, "x"_a, "y"_a, "tx"_a = false, "ty"_a = false);
  m.def("dense", &dense, "x"_a, "weight"_a, "bias"_a = py::none());
  m.def("cross_entropy", &cross_entropy, "logits"_a, "labels"_a);
  m.def("mse", &mse, "x"_a, "target"_a);
  m.def("layer_norm", &layer_norm, "x"_a, "epsilon"_a = 1e-5);
  m.def("vjp", &vjp, "ys"_a, "seeds"_a, "wrt"_a);
  m.def("grad", &grad, "loss"_a, "wrt"_a);
  m.def("jvp", &jvp, "ys"_a, "wrt"_a, "tangents"_a);
  m.def("hvp", &hvp, "loss"_a, "wrt"_a, "directions"_a);
  m.def("lift", &lift, "outputs"_a, "inputs"_a, "copies"_a);
}

}  // namespace basin::python
