#include "nn/init.h"

#include <cmath>

#include "core/rng.h"

namespace basin::nn {
namespace {

template <class T>
void initialize_weight(std::span<T> w, const Shape& shape, Init scheme, Rng& rng) {
  const double in = double(shape[0]), out = double(shape[1]);
  switch (scheme) {
    case Init::he: return rng.fill_normal_rounded(w, std::sqrt(2 / in));
    case Init::glorot: return rng.fill_uniform(w, -std::sqrt(6 / (in + out)), std::sqrt(6 / (in + out)));
    case Init::pytorch: return rng.fill_uniform(w, -1 / std::sqrt(in), 1 / std::sqrt(in));
  }
}

}  // namespace

Init init_from(std::string_view name) {
  if (name == "he") return Init::he;
  if (name == "glorot") return Init::glorot;
  if (name == "pytorch") return Init::pytorch;
  throw UsageError("init: '" + std::string(name) + "' given; wanted he, glorot or pytorch");
}

template <class T>
void initialize(Parameters<T>& params, Init scheme, std::uint64_t seed) {
  std::int64_t fan_in = 0;
  for (const auto& slice : params.slices()) {
    Rng rng(seed, "init/" + slice.name);
    std::span<T> values = params.flat().subspan(slice.offset, slice.size);
    if (slice.name.ends_with(".weight") && slice.var.shape().rank() == 2) {
      fan_in = slice.var.shape()[0];
      initialize_weight(values, slice.var.shape(), scheme, rng);
    } else if (slice.name.ends_with(".bias") && fan_in > 0) {
      const double bound = 1 / std::sqrt(double(fan_in));
      if (scheme == Init::pytorch)
        rng.fill_uniform(values, -bound, bound);
      else
        std::fill(values.begin(), values.end(), T(0));
    } else {
      throw NameError("initialize: '" + slice.name + "' is neither a weight [in, out] nor a bias behind one");
    }
  }
}

template void initialize(Parameters<float>&, Init, std::uint64_t);
template void initialize(Parameters<double>&, Init, std::uint64_t);

}  // namespace basin::nn
