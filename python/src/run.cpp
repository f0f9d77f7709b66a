// Files of runs: core/safetensors.h, nn/checkpoint.h. basin.load reads the rest with json and numpy.
#include "core/safetensors.h"

#include "nn/checkpoint.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

template <class T>
void bind_checkpoints(py::module_& nn) {
  nn.def("load_parameters", &nn::load_parameters<T>, "params"_a, "file"_a, "path"_a);
}

// By name, as views into the file's numbers.
py::dict tensors_of(const py::object& self) {
  py::dict tensors;
  for (const auto& [name, tensor] : self.cast<const SafeTensors&>().tensors)
    tensors[py::str(name)] = member_of(tensor, self);
  return tensors;
}

}  // namespace

void bind_run(py::module_& m, py::module_& nn) {
  py::class_<SafeTensors>(m, "SafeTensors", "core/safetensors.h")
      .def_property_readonly("tensors", &tensors_of)
      .def_readonly("metadata", &SafeTensors::metadata)
      .def_readonly("dtypes", &SafeTensors::dtypes)
      .def_readonly("order", &SafeTensors::order);
  m.def("read_safetensors", released(&read_safetensors), "path"_a);
  nn.def("require_parameters", &nn::require_parameters, "wanted"_a, "file"_a, "path"_a);
  bind_checkpoints<double>(nn);
  bind_checkpoints<float>(nn);
}

}  // namespace basin::python
