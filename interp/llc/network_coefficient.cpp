#include "interp/llc/network_coefficient.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "core/error.h"

namespace basin::interp {
namespace {

std::int64_t sum_of(std::span<const std::int64_t> values) {
  std::int64_t sum = 0;
  for (std::int64_t v : values) sum += v;
  return sum;
}

std::int64_t sum_of_pairs(std::span<const std::int64_t> values) {
  std::int64_t squares = 0;
  for (std::int64_t v : values) squares += v * v;
  const std::int64_t sum = sum_of(values);
  return (sum * sum - squares) / 2;
}

void check_rank(std::span<const std::int64_t> widths, std::int64_t r) {
  if (widths.size() < 2 || r < 0 || r > std::ranges::min(widths))
    throw UsageError(
        fmt::format("linear layers of widths {} and rank {} given; wanted two widths or more, and a rank "
                    "from 0 to the least of them",
                    fmt::join(widths, "-"), r));
}

// The widths less r that take part, ascending: as many as the least sum allows.
std::vector<std::int64_t> narrow_widths(std::vector<std::int64_t> widths, std::int64_t r) {
  for (std::int64_t& w : widths) w -= r;
  std::ranges::sort(widths);
  const std::span all(widths);
  std::size_t layers = widths.size() - 1;
  while (sum_of(all.first(layers + 1)) < std::int64_t(layers) * all[layers]) --layers;
  widths.resize(layers + 1);
  return widths;
}

}  // namespace

LearningCoefficient reduced_rank_coefficient(std::int64_t N, std::int64_t H, std::int64_t M, std::int64_t r) {
  check_rank(std::vector{N, H, M}, r);
  if (M + H < N + r) return {double(H * M - H * r + N * r) / 2, 1};
  if (N + H < M + r) return {double(H * N - H * r + M * r) / 2, 1};
  if (M + N < H + r) return {double(M * N) / 2, 1};
  const std::int64_t odd = (M + H + N + r) % 2, h = H + r;
  return {double(2 * h * (M + N) + 2 * M * N - h * h - M * M - N * N + odd) / 8, odd ? 2 : 1};
}

LearningCoefficient deep_linear_coefficient(const std::vector<std::int64_t>& widths, std::int64_t r) {
  check_rank(widths, r);
  const std::vector<std::int64_t> narrow = narrow_widths(widths, r);
  const std::int64_t l = std::ssize(narrow) - 1, S = sum_of(narrow), a = S - l * ((S + l - 1) / l - 1);
  const std::int64_t regular = r * (widths.front() + widths.back()) - r * r;
  const std::int64_t correction = (a * (l - a) - (l - 1) * S * S) / l;  // l divides it, since S - a is a multiple of l
  return {double(2 * (regular + sum_of_pairs(narrow)) + correction) / 4, int(a * (l - a) + 1)};
}

LearningCoefficient local_linear_coefficient(std::int64_t N, std::int64_t H, std::int64_t M, const FactorRanks& ranks) {
  const auto [p, q, r] = ranks;
  const std::int64_t unused = H - p - q + r;
  if (r < 0 || r > std::min(p, q) || p > N || q > M || unused < 0)
    throw UsageError(
        fmt::format("linear layers {}-{}-{} with factors of rank {} and {} and a product of rank {} given; wanted "
                    "ranks that two such factors can have",
                    N, H, M, p, q, r));
  return morse_bott(M * p + N * q - p * q) + reduced_rank_coefficient(N - p, unused, M - q, 0);
}

LearningCoefficient tanh_units_coefficient(std::int64_t H) {
  if (H < 1) throw UsageError(fmt::format("tanh units: {} given, wanted 1 or more", H));
  std::int64_t i = 1;
  while ((i + 1) * (i + 1) <= H) ++i;
  return {double(H + i * i + i) / double(4 * i + 2), H == i * i ? 2 : 1};
}

}  // namespace basin::interp
