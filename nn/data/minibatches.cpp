#include "nn/data/minibatches.h"

#include <fmt/format.h>

#include "core/error.h"
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

}  // namespace basin::nn
