#include "interp/basis/attention_section.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/blas.h"
#include "core/lapack.h"

namespace basin::interp {
namespace {

// x [n, a] times B [a, b], into `to`.
void times(std::span<const double> x, const Matrix& B, std::vector<double>& to) {
  const std::int64_t n = std::ssize(x) / B.rows();
  to.resize(std::size_t(n * B.cols()));
  gemm(false, false, n, B.cols(), B.rows(), 1.0, x.data(), B.rows(), B.data.data(), B.cols(), 0.0, to.data(), B.cols());
}

void add_scaled(double factor, const double* from, double* to, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] += factor * from[i];
}

// The values of one head over a chunk.
struct Head {
  std::vector<double> q, k, y, to_key, to_query;  // of every position; the last two are K q and Q k
};

Head head_of(const AttentionSection& s, std::int64_t h, std::span<const double> x) {
  Head head;
  times(x, s.Q[h], head.q);
  times(x, s.K[h], head.k);
  times(x, s.VO[h], head.y);
  times(head.q, transpose(s.K[h]), head.to_key);
  times(head.k, transpose(s.Q[h]), head.to_query);
  return head;
}

void softmax(std::span<double> scores) {
  const double top = std::ranges::max(scores);
  double sum = 0;
  for (double& v : scores) sum += v = std::exp(v - top);
  for (double& v : scores) v /= sum;
}

// Pattern, w and what is added to x' for one sample, query and head.
void attend(const AttentionSection& s, const Head& head, std::int64_t row, std::int64_t t, double* pattern,
            double* mixed, double* next) {
  const std::int64_t m = s.Q.front().cols(), r = s.skip.cols(), first = row * s.positions, own = s.at(t);
  for (std::int64_t key = 0; key < s.positions; ++key) {
    pattern[key] = 0;
    for (std::int64_t i = 0; i < m; ++i) pattern[key] += head.q[(first + own) * m + i] * head.k[(first + key) * m + i];
    if (s.causal && key > own) pattern[key] = -std::numeric_limits<double>::infinity();
  }
  softmax({pattern, std::size_t(s.positions)});
  std::vector<double> mean(std::size_t(r), 0.0);
  for (std::int64_t key = 0; key < s.positions; ++key)
    add_scaled(pattern[key], head.y.data() + (first + key) * r, mean.data(), r);
  for (std::int64_t key = 0; key < s.positions; ++key)
    for (std::int64_t i = 0; i < r; ++i) mixed[key * r + i] = pattern[key] * (head.y[(first + key) * r + i] - mean[i]);
  add_scaled(1, mean.data(), next, r);
}

}  // namespace

AttentionSection AttentionSection::between(const Matrix& C_pinv, const Matrix& C_next) const {
  AttentionSection seen{.positions = positions, .queries = queries, .causal = causal};
  for (std::int64_t h = 0; h < heads(); ++h) {
    seen.Q.push_back(matmul(C_pinv, Q[h]));
    seen.K.push_back(matmul(C_pinv, K[h]));
    seen.VO.push_back(matmul(matmul(C_pinv, VO[h]), C_next));
  }
  seen.skip = matmul(matmul(C_pinv, skip), C_next);
  return seen;
}

AttentionTerms attention_terms(const AttentionSection& s, std::span<const double> x) {
  const std::int64_t d = s.skip.rows(), r = s.skip.cols(), T = s.positions, H = s.heads();
  const std::int64_t rows = std::ssize(x) / (d * T), heads = rows * s.queries * H;
  AttentionTerms terms{.pattern = std::vector<double>(std::size_t(heads * T)),
                       .mixed = std::vector<double>(std::size_t(heads * T * r)),
                       .to_key = std::vector<double>(std::size_t(heads * d)),
                       .to_query = std::vector<double>(std::size_t(rows * H * T * d)),
                       .next = std::vector<double>(std::size_t(rows * s.queries * r))};
  std::vector<double> past;
  times(x, s.skip, past);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t t = 0; t < s.queries; ++t)
      std::copy_n(past.data() + (row * T + s.at(t)) * r, r, terms.next.data() + (row * s.queries + t) * r);
  for (std::int64_t h = 0; h < H; ++h) {
    const Head head = head_of(s, h, x);
    for (std::int64_t row = 0; row < rows; ++row) {
      std::copy_n(head.to_query.data() + row * T * d, T * d, terms.to_query.data() + (row * H + h) * T * d);
      for (std::int64_t t = 0; t < s.queries; ++t) {
        const std::int64_t at = (row * s.queries + t) * H + h;
        std::copy_n(head.to_key.data() + (row * T + s.at(t)) * d, d, terms.to_key.data() + at * d);
        attend(s, head, row, t, terms.pattern.data() + at * T, terms.mixed.data() + at * T * r,
               terms.next.data() + (row * s.queries + t) * r);
      }
    }
  }
  return terms;
}

void add_importance(const AttentionSection& s, std::span<const double> x, Matrix& M) {
  const std::int64_t d = s.skip.rows(), r = s.skip.cols(), T = s.positions, H = s.heads();
  const std::int64_t rows = std::ssize(x) / (d * T);
  const AttentionTerms terms = attention_terms(s, x);
  std::vector<Matrix> VO;  // [d', d], as gradients lie
  for (const Matrix& map : s.VO) VO.push_back(transpose(map));
  const Matrix skip = transpose(s.skip);
  std::vector<double> g(std::size_t(T * r * d)), w(std::size_t(H * T * r));
  for (std::int64_t sample = 0; sample < rows * s.queries; ++sample) {
    const std::int64_t row = sample / s.queries, own = s.at(sample % s.queries);
    const double *A = terms.pattern.data() + sample * H * T, *mixed = terms.mixed.data() + sample * H * T * r;
    const double* to_key = terms.to_key.data() + sample * H * d;
    for (std::int64_t key = 0; key < T; ++key) {
      double* here = g.data() + key * r * d;
      // w of this key, heads one behind the other: [H, r] with rows T r apart.
      gemm(true, false, r, d, H, 1.0, mixed + key * r, T * r, to_key, d, 0.0, here, d);
      for (std::int64_t h = 0; h < H; ++h) add_scaled(A[h * T + key], VO[h].data.data(), here, r * d);
    }
    double* here = g.data() + own * r * d;
    add_scaled(1, skip.data.data(), here, r * d);
    gemm(true, false, r, d, H * T, 1.0, mixed, r, terms.to_query.data() + row * H * T * d, d, 1.0, here, d);
    gram(T * r, d, g.data(), d, M.data.data(), d);
  }
}

void add_squared_edges(const AttentionSection& s, std::span<const double> x, Matrix& E) {
  const std::int64_t d = s.skip.rows(), r = s.skip.cols(), T = s.positions, H = s.heads();
  const std::int64_t rows = std::ssize(x) / (d * T);
  const AttentionTerms terms = attention_terms(s, x);
  std::vector<Matrix> VO;
  for (const Matrix& map : s.VO) VO.push_back(transpose(map));
  const Matrix skip = transpose(s.skip);
  std::vector<double> Jx(std::size_t(r * d)), right(std::size_t(H * T * d)), seen(std::size_t(H * d));
  for (std::int64_t sample = 0; sample < rows * s.queries; ++sample) {
    const std::int64_t row = sample / s.queries;
    const double *first = x.data() + row * T * d, *own = first + s.at(sample % s.queries) * d;
    const double *A = terms.pattern.data() + sample * H * T, *mixed = terms.mixed.data() + sample * H * T * r;
    const double *to_key = terms.to_key.data() + sample * H * d, *to_query = terms.to_query.data() + row * H * T * d;
    std::ranges::fill(seen, 0);
    for (std::int64_t h = 0; h < H; ++h)
      for (std::int64_t key = 0; key < T; ++key) {
        add_scaled(A[h * T + key], first + key * d, seen.data() + h * d, d);
        double* out = right.data() + (h * T + key) * d;
        for (std::int64_t j = 0; j < d; ++j)
          out[j] = first[key * d + j] * to_key[h * d + j] + own[j] * to_query[(h * T + key) * d + j];
      }
    gemm(true, false, r, d, H * T, 1.0, mixed, r, right.data(), d, 0.0, Jx.data(), d);
    for (std::int64_t i = 0; i < r; ++i) {
      double* to = Jx.data() + i * d;
      for (std::int64_t j = 0; j < d; ++j) to[j] += skip(i, j) * own[j];
      for (std::int64_t h = 0; h < H; ++h)
        for (std::int64_t j = 0; j < d; ++j) to[j] += VO[h](i, j) * seen[h * d + j];
      for (std::int64_t j = 0; j < d; ++j) E(i, j) += to[j] * to[j];
    }
  }
}

}  // namespace basin::interp
