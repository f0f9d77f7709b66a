#include <doctest/doctest.h>

#include "nn/checkpoint.h"
#include "nn/supervised.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::nn;

namespace {

template <class T>
void count_up(Parameters<T>& p) {
  for (std::int64_t i = 0; T & v : p.flat()) v = T(++i) / 8;
}

SafeTensors saved(const MlpSpec& spec) {
  MlpParameters<double> p(spec);
  count_up(p.values);
  SafeTensorsWriter file;
  add_parameters(file, p.values);
  return parse_safetensors(file.bytes(), "net");
}

}  // namespace

TEST_CASE("files have PyTorch's names, shapes [out, in] and numbers") {
  const SafeTensors file = saved({.widths = {3, 2, 1}});
  CHECK(file.tensors.size() == 4);
  const auto& weight = file.tensors.at("layers.0.weight");
  CHECK(weight.shape == Shape{2, 3});
  CHECK(weight.data ==
        std::vector<double>{0.125, 0.375, 0.625, 0.25, 0.5, 0.75});  // memory: 1/8 2/8 | 3/8 4/8 | 5/8 6/8
  CHECK(file.tensors.at("layers.0.bias").shape == Shape{2});
  CHECK(file.tensors.at("layers.0.bias").data == std::vector<double>{0.875, 1});
  CHECK(file.tensors.at("layers.1.weight").shape == Shape{1, 2});
}

TEST_CASE("parameters come back exactly, through a file, in both precisions") {
  const TempFolder folder;
  auto check = [&]<class T>(T) {
    MlpParameters<T> from({.widths = {3, 5, 2}}), to({.widths = {3, 5, 2}});
    for (std::int64_t i = 0; T & v : from.values.flat()) v = T(1) / T(++i);
    SafeTensorsWriter file;
    add_parameters(file, from.values);
    file.save(folder / "net.safetensors");
    load_parameters(to.values, read_safetensors(folder / "net.safetensors"), "net");
    CHECK(std::equal(from.values.flat().begin(), from.values.flat().end(), to.values.flat().begin()));
  };
  check(float()), check(double());
}

TEST_CASE("parameters that are no matrices keep their shape and order") {
  Graph g;
  Parameters<double> from({g.input("cube", {2, 3, 4}), g.input("scalar", {}), g.input("row", {5})});
  Parameters<double> to(from.vars());
  count_up(from);
  SafeTensorsWriter writer;
  add_parameters(writer, from);
  const SafeTensors file = parse_safetensors(writer.bytes(), "net");
  CHECK(file.tensors.at("cube").shape == Shape{2, 3, 4});
  CHECK(file.tensors.at("cube").data[1] == 0.25);
  load_parameters(to, file, "net");
  CHECK(std::equal(from.flat().begin(), from.flat().end(), to.flat().begin()));
}

TEST_CASE("a missing tensor and a wrong shape are named with the file") {
  MlpParameters<float> wide({.widths = {3, 4, 1}}), deep({.widths = {3, 2, 1, 7}});
  const SafeTensors file = saved({.widths = {3, 2, 1}});
  CHECK_THROWS_WITH_AS(load_parameters(wide.values, file, "a.safetensors"),
                       "a.safetensors: tensor 'layers.0.weight' has shape [2,3], wanted [4,3]", DataError);
  CHECK_THROWS_WITH_AS(load_parameters(deep.values, file, "a.safetensors"),
                       "a.safetensors: no tensor 'layers.2.weight' of shape [7,1]; help: the widths and biases of the "
                       "network must be those it was saved with",
                       DataError);
}

TEST_CASE("tensors that the network does not have are left alone") {
  MlpParameters<float> net({.widths = {3, 2}});
  CHECK_NOTHROW(load_parameters(net.values, saved({.widths = {3, 2, 1}}), "net"));
  CHECK(net.values["layers.0.bias"][1] == 1);
}
