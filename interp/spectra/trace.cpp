#include "interp/spectra/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/blas.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"
#include "interp/spectra/lanczos.h"

namespace basin::interp {
namespace {

Matrix random_signs(std::int64_t rows, std::int64_t cols, std::uint64_t seed, const char* stream) {
  Matrix signs({rows, cols});
  for (std::int64_t i = 0; i < rows; ++i) {
    Rng rng(seed, stream + std::to_string(i));
    for (double& v : signs.row(i)) v = rng.next_u32() >> 31 ? 1 : -1;
  }
  return signs;
}

// A times every row.
Matrix products(const Operator& op, const Matrix& rows, int threads) {
  Matrix out(rows.shape);
  for_vector_blocks(rows.shape[0], threads, [&](std::int64_t first, std::int64_t end) {
    const std::int64_t from = first * op.size, numbers = (end - first) * op.size;
    op.apply(std::span(rows.data).subspan(from, numbers), std::span(out.data).subspan(from, numbers));
  });
  return out;
}

std::vector<double> row_dots(const Matrix& a, const Matrix& b) {
  std::vector<double> dots;
  for (std::int64_t i = 0; i < a.shape[0]; ++i) dots.push_back(dot(a.row(i), b.row(i)));
  return dots;
}

// f(A) times the start of length `length` that made the space.
void function_in(const Krylov& krylov, const std::function<double(double)>& f, double length, std::span<double> out) {
  const std::int64_t m = krylov.steps();
  const RitzValues ritz = ritz_values(krylov, m);
  std::vector<double> middle(m), inside(m);  // f(T) e_1 in the vectors of T, and in the basis
  for (std::int64_t i = 0; i < m; ++i) middle[i] = length * f(ritz.values[i]) * ritz.vectors(0, i);
  gemv(false, m, m, 1.0, ritz.vectors.data.data(), m, middle.data(), 0.0, inside.data());
  gemv(true, m, krylov.size, 1.0, krylov.basis.data(), krylov.size, inside.data(), 0.0, out.data());
}

// Of vectors one behind the other; zeros stay zero.
void function_products(const Operator& op, const std::function<double(double)>& f, std::int64_t steps,
                       std::span<const double> v, std::span<double> out) {
  std::vector<Krylov> spaces;
  std::vector<std::pair<std::size_t, double>> starts;  // where each begins, and how long it is
  for (std::size_t at = 0; at < v.size(); at += op.size) {
    const std::span<const double> start = v.subspan(at, op.size);
    const double length = norm(start);
    if (length == 0) continue;
    spaces.push_back(krylov_from({start.begin(), start.end()}));
    starts.emplace_back(at, length);
  }
  extend(spaces, op, steps);
  std::ranges::fill(out, 0.0);
  for (std::size_t i = 0; i < spaces.size(); ++i)
    function_in(spaces[i], f, starts[i].second, out.subspan(starts[i].first, op.size));
}

}  // namespace

TraceEstimate mean_estimate(std::span<const double> samples) {
  const auto n = double(samples.size());
  const double mean = std::accumulate(samples.begin(), samples.end(), 0.0) / n;
  double squares = 0;
  for (double s : samples) squares += (s - mean) * (s - mean);
  return {mean, samples.size() > 1 ? std::sqrt(squares / (n * (n - 1))) : 0};
}

TraceEstimate trace_estimate(const Operator& op, const TraceOptions& options) {
  if (options.products < 6)
    throw UsageError(fmt::format("trace_estimate: {} products given, wanted 6 or more", options.products));
  const std::int64_t sketch = std::min(options.products / 3, op.size);
  const Matrix signs = random_signs(sketch, op.size, options.seed, "trace/sketch/");
  const Matrix Q = svd(products(op, signs, options.threads)).Vt;
  const std::vector<double> inside = row_dots(Q, products(op, Q, options.threads));
  Matrix rest = random_signs(options.products - 2 * sketch, op.size, options.seed, "trace/rest/");
  project_away(Q, rest);
  TraceEstimate trace = mean_estimate(row_dots(rest, products(op, rest, options.threads)));
  trace.value += std::accumulate(inside.begin(), inside.end(), 0.0);
  return trace;
}

Operator function_operator(Operator op, std::function<double(double eigenvalue)> f, std::int64_t steps) {
  if (steps < 1) throw UsageError(fmt::format("function_operator: {} steps given, wanted 1 or more", steps));
  const std::int64_t size = op.size;
  return {size, [op = std::move(op), f = std::move(f), steps](std::span<const double> v, std::span<double> out) {
            function_products(op, f, steps, v, out);
          }};
}

}  // namespace basin::interp
