#include "interp/degeneracy/cost.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/memory.h"
#include "core/product_svd.h"

namespace basin::interp {
namespace {

constexpr double base_bytes = 32e6;                         // programs of the sweeps, BLAS's own
constexpr double product_speed = 6e10, sweep_speed = 2e10;  // flops a second, of one core
constexpr double whole_count = 1.5;                         // of rank J alone: layers, bounds

struct Sizes {
  double n, k, N, rows, m, tables;
};

Sizes sizes_of(const ReluNet& net, std::int64_t samples) {
  const auto n = double(samples), k = double(net.widths().back()), N = double(net.parameters());
  double wide = 0;
  for (std::int64_t l = 0; l < net.layers(); ++l) wide += double(net.inputs(l)) + k * double(net.weights[l].rows());
  return {n, k, N, n * k, std::min(n * k, N), n * wide};
}

// J held, by a QR of it or of its chunks.
Cost of_matrix(const Sizes& s) {
  const double held = std::min(s.rows, 2 * s.N) * s.N;
  return {.bytes = 8 * 2.5 * held, .flops = 4 * s.rows * s.N * s.m, .seconds = 4 * s.rows * s.N * s.m / product_speed};
}

// The Gram matrix of the smaller side, its eigenvalues and inverse iteration.
Cost of_products(const Sizes& s) {
  const double gram = s.m == s.N ? s.n * s.N * s.N : s.rows * s.tables / s.k, solve = 3 * s.m * s.m * s.m;
  return {.bytes = 8 * 3 * s.m * s.m, .flops = gram + solve, .seconds = gram / sweep_speed + solve / product_speed};
}

// Fewer rows than columns: J and its layers are held, and decomposed with their row spaces.
Cost of_wide(const Sizes& s) {
  const double flops = 12 * s.rows * s.rows * s.N;
  return {.bytes = 28 * s.rows * s.N, .flops = flops, .seconds = flops / product_speed};
}

std::string of_seconds(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} seconds", std::max(2.0, seconds));
  if (seconds < 90 * 60) return fmt::format("{:.0f} minutes", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.0f} hours", seconds / 3600);
  return fmt::format("{:.0f} days", seconds / 86400);
}

}  // namespace

Cost exact_cost(const ReluNet& net, std::int64_t samples, int threads) {
  const Sizes s = sizes_of(net, samples);
  const Cost ranks = s.rows < s.N ? of_wide(s) : s.m < double(product_svd_order) ? of_matrix(s) : of_products(s);
  const double sweeps = s.n * (4 + 4 * s.k) * s.N;
  return {.bytes = base_bytes + 8 * (5 * s.tables + 2 * s.N) + ranks.bytes,
          .flops = sweeps + whole_count * ranks.flops,
          .seconds = (sweeps / sweep_speed + whole_count * ranks.seconds) / std::max(1, threads)};
}

std::string cost_text(const Cost& cost) {
  return fmt::format("about {} of memory and {}", bytes_text(cost.bytes), of_seconds(cost.seconds));
}

Cost null_space_cost(const ReluNet& net) {
  const auto N = double(net.parameters());
  return {.bytes = 8 * 6 * N * N, .flops = 12 * N * N * N, .seconds = 12 * N * N * N / product_speed};
}

Cost model_cost(const ModelPoint& model, const Inputs& data, int threads) {
  Graph probe;
  const Var output = model.trace(probe, 1).output;
  const double n = double(rows_of(data, "model_cost")), k = output ? double(output.shape().numel()) : 1,
               N = double(model.parameter_count()), m = std::min(n * k, N);
  const double sweeps = 2 * n * (4 + 4 * k) * N, ranks = 4 * n * k * N * m + 10 * 12 * m * N * N;
  return {.bytes = base_bytes + 8 * (2.5 * n * k * N + 8 * N * N),
          .flops = sweeps + ranks,
          .seconds = sweeps / sweep_speed / std::max(1, threads) + ranks / product_speed};
}

Cost operator+(const Cost& a, const Cost& b) { return {a.bytes + b.bytes, a.flops + b.flops, a.seconds + b.seconds}; }

void require_memory(const Cost& cost, double available, const std::string& where) {
  if (!(cost.bytes > available)) return;
  throw ResourceError(
      fmt::format("{}: exact ranks need {}, and {} are free; help: --scaled counts on a scale in memory of N; --rows "
                  "takes fewer rows",
                  where, cost_text(cost), bytes_text(available)));
}

}  // namespace basin::interp
