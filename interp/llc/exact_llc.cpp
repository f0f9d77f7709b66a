#include "interp/llc/exact_llc.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace basin::interp {

double reduced_rank_regression_lambda(std::int64_t N, std::int64_t H, std::int64_t M, std::int64_t r) {
  if (r < 0 || r > std::min({N, H, M}))
    throw UsageError(
        fmt::format("reduced-rank regression: rank {} given for {} x {} times {} x {}; wanted 0 to the smallest size",
                    r, N, H, H, M));
  if (M + H < N + r) return double(H * M - H * r + N * r) / 2;
  if (N + H < M + r) return double(H * N - H * r + M * r) / 2;
  if (M + N < H + r) return double(M * N) / 2;
  const std::int64_t odd = (M + H + N + r) % 2, h = H + r;
  return double(2 * h * (M + N) + 2 * M * N - h * h - M * M - N * N + odd) / 8;
}

}  // namespace basin::interp
