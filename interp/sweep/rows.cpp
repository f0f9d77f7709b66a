#include "interp/sweep/rows.h"

namespace basin::interp {

Inputs rows_at(const Inputs& data, const std::vector<std::int64_t>& places) {
  Inputs taken;
  for (const auto& [name, all] : data) {
    const std::int64_t width = all.size() / all.shape[0];
    Tensor<double>& some = taken[name];
    some.shape = all.shape;
    some.shape[0] = std::ssize(places);
    for (const std::int64_t row : places)
      some.data.insert(some.data.end(), all.data.begin() + row * width, all.data.begin() + (row + 1) * width);
  }
  for (const auto& [name, source] : data.in_files) {
    Tensor<double>& some = taken[name] =
        Tensor<double>(Shape{std::ssize(places)} + source->shape().last(source->shape().rank() - 1));
    const std::size_t width = places.empty() ? 0 : some.data.size() / places.size();
    for (std::size_t i = 0; i < places.size(); ++i)
      source->read(places[i], std::span(some.data).subspan(i * width, width));
  }
  return taken;
}

}  // namespace basin::interp
