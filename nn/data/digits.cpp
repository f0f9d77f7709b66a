#include "nn/data/digits.h"

#include "core/idx.h"

namespace basin::embedded {  // made from data/digits.idx.gz by the build
extern const unsigned char digits_idx_gz[];
extern const std::size_t digits_idx_gz_size;
}  // namespace basin::embedded

namespace basin::nn {

Dataset all_digits() {
  const std::string_view bytes(reinterpret_cast<const char*>(embedded::digits_idx_gz), embedded::digits_idx_gz_size);
  const Tensor<float> table = parse_idx(bytes, "digits.idx.gz");
  const std::int64_t n = table.rows(), pixels = table.cols() - 1;
  Dataset digits{"digits", Tensor<float>({n, pixels}), Tensor<float>({n}), 10, "UCI optical digits, test part"};
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < pixels; ++j) digits.x(i, j) = table(i, j) / 16;
    digits.y[i] = table(i, pixels);
  }
  return digits;
}

Split load_digits() { return split(all_digits(), 0.8, 0); }

}  // namespace basin::nn
