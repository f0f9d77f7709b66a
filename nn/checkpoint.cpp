#include "nn/checkpoint.h"

#include <utility>

namespace basin::nn {
namespace {

// The last two axes of what files hold transposed are [in, out] here; `copies` tables of them lie one behind the other.
struct Layout {
  std::int64_t copies = 1, in = 1, out = 1;
  Shape file;

  explicit Layout(const ParameterInfo& info) : out(info.shape.numel()), file(info.shape) {
    if (!info.traits.transposed_in_files) return;
    const int last = file.rank() - 1;
    in = file[last - 1], out = file[last];
    copies = in * out > 0 ? info.shape.numel() / (in * out) : 0;
    std::swap(file[last - 1], file[last]);
  }
};

// Calls move(place in memory, place in the file).
template <class Move>
void each_place(const Layout& l, const Move& move) {
  for (std::int64_t c = 0, base = 0; c < l.copies; ++c, base += l.in * l.out)
    for (std::int64_t i = 0; i < l.in; ++i)
      for (std::int64_t o = 0; o < l.out; ++o) move(base + i * l.out + o, base + o * l.in + i);
}

}  // namespace

template <class T>
void add_parameters(SafeTensorsWriter& file, const Parameters<T>& params) {
  for (const auto& slice : params.slices()) {
    const std::span<const T> values = params.flat().subspan(slice.offset, slice.size);
    const Layout layout(slice);
    Tensor<T> tensor(layout.file);
    each_place(layout, [&](std::int64_t here, std::int64_t there) { tensor[there] = values[here]; });
    file.add(slice.name, tensor);
  }
}

void require_parameters(const std::vector<ParameterInfo>& wanted, const SafeTensors& file, const std::string& path) {
  for (const ParameterInfo& info : wanted) {
    const Shape shape = Layout(info).file;
    const auto found = file.tensors.find(info.name);
    if (found == file.tensors.end())
      throw DataError(path + ": no tensor '" + info.name + "' of shape " + shape.str() +
                      "; help: the widths and biases of the network must be those it was saved with");
    if (!(found->second.shape == shape))
      throw DataError(path + ": tensor '" + info.name + "' has shape " + found->second.shape.str() + ", wanted " +
                      shape.str());
  }
}

template <class T>
void load_parameters(Parameters<T>& params, const SafeTensors& file, const std::string& path) {
  require_parameters({params.slices().begin(), params.slices().end()}, file, path);
  for (const auto& slice : params.slices()) {
    const Tensor<double>& tensor = file.tensors.at(slice.name);
    const std::span<T> values = params.flat().subspan(slice.offset, slice.size);
    each_place(Layout(slice), [&](std::int64_t here, std::int64_t there) { values[here] = T(tensor[there]); });
  }
}

template void add_parameters(SafeTensorsWriter&, const Parameters<float>&);
template void add_parameters(SafeTensorsWriter&, const Parameters<double>&);
template void load_parameters(Parameters<float>&, const SafeTensors&, const std::string&);
template void load_parameters(Parameters<double>&, const SafeTensors&, const std::string&);

}  // namespace basin::nn
