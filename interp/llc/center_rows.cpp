#include "interp/llc/center_rows.h"

#include <algorithm>

#include "interp/llc/chain_program.h"

namespace basin::interp {
namespace {

constexpr std::int64_t most_numbers = 4'000'000;

// The length of a row of gradients in memory, so that sums of rows are sums of packs.
template <class T>
std::int64_t whole_packs(std::int64_t n) {
  return (n + Pack<T>::lanes - 1) / Pack<T>::lanes * Pack<T>::lanes;
}

}  // namespace

template <class T>
bool CenterRows<T>::fit(const LocalPosterior& posterior) {
  return !posterior.data.empty() &&
         rows_of(posterior.data, "chains") * whole_packs<T>(posterior.dimension()) <= most_numbers;
}

// Chains at w*, each on a row of its own.
template <class T>
CenterRows<T>::CenterRows(const LocalPosterior& posterior) : losses_(rows_of(posterior.data, "chains")) {
  constexpr std::int64_t together = ChainLayout<T>::lanes;
  const auto program =
      ChainProgram<T>::make(posterior, {.chains = together, .rows = 1, .in_lanes = lanes_pay(posterior)});
  const std::int64_t rows = std::int64_t(losses_.size()), size = program->dimension();
  stride_ = std::size_t(whole_packs<T>(size));
  gradients_ = Slab<T>(std::size_t(rows) * stride_);
  for (std::int64_t first = 0; first < rows; first += together) {
    const std::int64_t some = std::min(together, rows - first);
    for (std::int64_t c = 0; c < together; ++c) {
      const std::int64_t row = first + std::min(c, some - 1);
      program->feed_rows(c, {&row, 1});
    }
    program->run();
    for (std::int64_t c = 0; c < some; ++c) {
      losses_[first + c] = program->loss(c);
      program->layout().for_chain(c, [&, g = program->gradient()](std::size_t at, std::size_t own) {
        gradients_.data()[std::size_t(first + c) * stride_ + own] = g[at];
      });
    }
  }
}

template <class T>
double CenterRows<T>::loss(std::span<const std::int64_t> rows) const {
  double sum = 0;
  for (const std::int64_t row : rows) sum += losses_[row];
  return sum / double(rows.size());
}

// Pack by pack, so that sums stay in registers.
template <class T>
void CenterRows<T>::gradient(std::span<const std::int64_t> rows, std::span<T> out) const {
  constexpr std::size_t lanes = Pack<T>::lanes;
  for (std::size_t first = 0; first < out.size(); first += lanes) {
    T sums[lanes] = {};
    for (const std::int64_t row : rows) {
      const T* from = gradients_.data() + std::size_t(row) * stride_ + first;
#pragma GCC unroll 1  // unrolled it would not become vector code
      for (std::size_t l = 0; l < lanes; ++l) sums[l] += from[l];
    }
    for (std::size_t l = 0; l < lanes && first + l < out.size(); ++l) out[first + l] = sums[l] / T(rows.size());
  }
}

template class CenterRows<float>;
template class CenterRows<double>;

}  // namespace basin::interp
