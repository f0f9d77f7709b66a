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
  return taken;
}

}  // namespace basin::interp
