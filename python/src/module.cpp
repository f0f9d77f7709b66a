// The module basin._basin: namespaces of C++ are modules, names are the same.
#include "python/src/bind.h"

#include "core/version.h"

PYBIND11_MODULE(_basin, basin) {
  basin.doc() = "The C++ library basin; basin.nn and basin.interp are its namespaces.";
  basin.attr("__version__") = BASIN_VERSION;
  pybind11::module_ nn = basin.def_submodule("nn", "Networks, data and training: the headers of nn/.");
  pybind11::module_ interp = basin.def_submodule("interp", "What networks are made of: the headers of interp/.");
  using namespace basin::python;
  bind_errors(basin);
  bind_graph(basin);
  bind_ops(basin);
  bind_parameters(basin);
  bind_program(basin);
  bind_model(basin, nn);
  bind_training(nn);
  bind_run(basin, nn);
  bind_degeneracy(basin, interp);
  bind_bases(interp);
  bind_edges(interp);
  bind_llc(basin, interp);
}
