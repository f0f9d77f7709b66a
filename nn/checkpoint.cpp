#include "nn/checkpoint.h"

#include <utility>

namespace basin::nn {
namespace {

Shape file_shape(const Shape& shape) { return shape.rank() == 2 ? Shape{shape[1], shape[0]} : shape; }

// How a slice lies in memory as seen by the file: a weight [in, out] is turned, everything else is one row.
std::pair<std::int64_t, std::int64_t> table(const Shape& shape) {
  return shape.rank() == 2 ? std::pair{shape[0], shape[1]} : std::pair{std::int64_t(1), shape.numel()};
}

}  // namespace

template <class T>
void add_parameters(SafeTensorsWriter& file, const Parameters<T>& params) {
  for (const auto& slice : params.slices()) {
    const std::span<const T> values = params.flat().subspan(slice.offset, slice.size);
    Tensor<T> tensor(file_shape(slice.var.shape()));
    const auto [in, out] = table(slice.var.shape());
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t o = 0; o < out; ++o) tensor[o * in + i] = values[i * out + o];
    file.add(slice.name, tensor);
  }
}

template <class T>
void load_parameters(Parameters<T>& params, const SafeTensors& file, const std::string& path) {
  for (const auto& slice : params.slices()) {
    const auto found = file.tensors.find(slice.name);
    const Shape wanted = file_shape(slice.var.shape());
    if (found == file.tensors.end())
      throw DataError(path + ": no tensor '" + slice.name + "' of shape " + wanted.str() +
                      "; help: the widths and biases of the network must be those it was saved with");
    const Tensor<double>& tensor = found->second;
    if (!(tensor.shape == wanted))
      throw DataError(path + ": tensor '" + slice.name + "' has shape " + tensor.shape.str() + ", wanted " +
                      wanted.str());
    const std::span<T> values = params.flat().subspan(slice.offset, slice.size);
    const auto [in, out] = table(slice.var.shape());
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t o = 0; o < out; ++o) values[i * out + o] = T(tensor[o * in + i]);
  }
}

template void add_parameters(SafeTensorsWriter&, const Parameters<float>&);
template void add_parameters(SafeTensorsWriter&, const Parameters<double>&);
template void load_parameters(Parameters<float>&, const SafeTensors&, const std::string&);
template void load_parameters(Parameters<double>&, const SafeTensors&, const std::string&);

}  // namespace basin::nn
