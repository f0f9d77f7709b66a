#include "nn/data/minibatches.h"

#include <fmt/format.h>

#include "core/rng.h"

namespace basin::nn {

Minibatches::Minibatches(std::int64_t n, std::int64_t batch, std::uint64_t seed)
    : n_(n), batch_(std::min(batch, n)), seed_(seed) {
  if (n < 1) throw UsageError(fmt::format("minibatches: {} rows, wanted at least 1", n));
  if (batch < 1)
    throw UsageError(
        fmt::format("minibatches: batch size {}, wanted at least 1; help: a batch size over the number "
                    "of rows means one batch of all rows",
                    batch));
}

Epoch Minibatches::epoch(std::int64_t number) const {
  return {Rng(seed_, fmt::format("shuffle/{}", number)).permutation(n_), batch_};
}

template <class T>
void gather_rows(const Tensor<float>& from, std::span<const std::int64_t> indices, std::span<T> out) {
  const std::int64_t n = from.shape.rank() ? from.shape[0] : 0;
  const std::int64_t width = n ? from.size() / n : 0;
  if (std::int64_t(out.size()) != std::int64_t(indices.size()) * width)
    throw ShapeError(
        fmt::format("gather_rows: {} rows of {} numbers do not fit {} numbers", indices.size(), width, out.size()));
  auto to = out.begin();
  for (std::int64_t i : indices) {
    if (i < 0 || i >= n) throw ShapeError(fmt::format("gather_rows: row {} of {}", i, from.shape.str()));
    to = std::copy_n(from.data.begin() + i * width, width, to);
  }
}

template void gather_rows<float>(const Tensor<float>&, std::span<const std::int64_t>, std::span<float>);
template void gather_rows<double>(const Tensor<float>&, std::span<const std::int64_t>, std::span<double>);

}  // namespace basin::nn
