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

template <class T>
Parameters<T> parameters(const MlpSpec& spec) {
  return Parameters<T>(parameters_of(mlp(spec, Loss::mse)));
}

SafeTensors saved(const MlpSpec& spec) {
  auto p = parameters<double>(spec);
  count_up(p);
  SafeTensorsWriter file;
  add_parameters(file, p);
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
    auto from = parameters<T>({.widths = {3, 5, 2}}), to = parameters<T>({.widths = {3, 5, 2}});
    for (std::int64_t i = 0; T & v : from.flat()) v = T(1) / T(++i);
    SafeTensorsWriter file;
    add_parameters(file, from);
    file.save(folder / "net.safetensors");
    load_parameters(to, read_safetensors(folder / "net.safetensors"), "net");
    CHECK(std::equal(from.flat().begin(), from.flat().end(), to.flat().begin()));
  };
  check(float()), check(double());
}

TEST_CASE("parameters keep their shape and order where nothing else is declared") {
  const std::vector<ParameterInfo> infos{{"cube", {2, 3, 4}}, {"scalar", {}}, {"row", {5}}, {"table", {3, 2}}};
  Parameters<double> from(infos), to(infos);
  count_up(from);
  SafeTensorsWriter writer;
  add_parameters(writer, from);
  const SafeTensors file = parse_safetensors(writer.bytes(), "net");
  CHECK(file.tensors.at("cube").shape == Shape{2, 3, 4});
  CHECK(file.tensors.at("cube").data[1] == 0.25);
  CHECK(file.tensors.at("table").shape == Shape{3, 2});
  load_parameters(to, file, "net");
  CHECK(std::equal(from.flat().begin(), from.flat().end(), to.flat().begin()));
}

TEST_CASE("a missing tensor and a wrong shape are named with the file") {
  auto wide = parameters<float>({.widths = {3, 4, 1}}), deep = parameters<float>({.widths = {3, 2, 1, 7}});
  const SafeTensors file = saved({.widths = {3, 2, 1}});
  CHECK_THROWS_WITH_AS(load_parameters(wide, file, "a.safetensors"),
                       "a.safetensors: tensor 'layers.0.weight' has shape [2,3], wanted [4,3]", DataError);
  CHECK_THROWS_WITH_AS(load_parameters(deep, file, "a.safetensors"),
                       "a.safetensors: no tensor 'layers.2.weight' of shape [7,1]; help: the widths and biases of the "
                       "network must be those it was saved with",
                       DataError);
}

TEST_CASE("tensors that the network does not have are left alone") {
  auto net = parameters<float>({.widths = {3, 2}});
  CHECK_NOTHROW(load_parameters(net, saved({.widths = {3, 2, 1}}), "net"));
  CHECK(net["layers.0.bias"][1] == 1);
}

TEST_CASE("several tables that files hold transposed are transposed one by one") {
  Parameters<double> from({{"heads", {2, 2, 3}, {}, {.transposed_in_files = true}}}), to = from;
  count_up(from);
  SafeTensorsWriter writer;
  add_parameters(writer, from);
  const SafeTensors file = parse_safetensors(writer.bytes(), "net");
  CHECK(file.tensors.at("heads").shape == Shape{2, 3, 2});
  CHECK(file.tensors.at("heads").data ==
        std::vector<double>{0.125, 0.5, 0.25, 0.625, 0.375, 0.75, 0.875, 1.25, 1, 1.375, 1.125, 1.5});
  load_parameters(to, file, "net");
  CHECK(std::ranges::equal(from.flat(), to.flat()));
}
