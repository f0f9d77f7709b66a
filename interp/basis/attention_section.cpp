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

// Pattern and w of one sample, query and head; `mean` is for scratch, [d'].
void attend(const AttentionSection& s, const Head& head, std::int64_t row, std::int64_t t, double* pattern,
            double* mixed, std::vector<double>& mean) {
  const std::int64_t m = s.Q.front().cols(), r = s.skip.cols(), first = row * s.positions, own = s.at(t);
  attention_pattern(head.q.data() + (first + own) * m, head.k.data() + first * m, m, m,
                    {pattern, std::size_t(s.causal ? own + 1 : s.positions)});
  std::ranges::fill(mean, 0.0);
  for (std::int64_t key = 0; key < s.positions; ++key)
    add_scaled(pattern[key], head.y.data() + (first + key) * r, mean.data(), r);
  for (std::int64_t key = 0; key < s.positions; ++key)
    for (std::int64_t i = 0; i < r; ++i) mixed[key * r + i] = pattern[key] * (head.y[(first + key) * r + i] - mean[i]);
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
                       .to_query = std::vector<double>(std::size_t(rows * H * T * d))};
  std::vector<double> mean(static_cast<std::size_t>(r));
  for (std::int64_t h = 0; h < H; ++h) {
    const Head head = head_of(s, h, x);
    for (std::int64_t row = 0; row < rows; ++row) {
      std::copy_n(head.to_query.data() + row * T * d, T * d, terms.to_query.data() + (row * H + h) * T * d);
      for (std::int64_t t = 0; t < s.queries; ++t) {
        const std::int64_t at = (row * s.queries + t) * H + h;
        std::copy_n(head.to_key.data() + (row * T + s.at(t)) * d, d, terms.to_key.data() + at * d);
        attend(s, head, row, t, terms.pattern.data() + at * T, terms.mixed.data() + at * T * r, mean);
      }
    }
  }
  return terms;
}

Matrix attention_output(const AttentionSection& s, std::span<const double> x) {
  const std::int64_t r = s.skip.cols(), T = s.positions, H = s.heads();
  const std::vector<double> pattern = attention_terms(s, x).pattern;
  std::vector<double> past, y;
  times(x, s.skip, past);
  Matrix next({std::ssize(past) / (r * T) * s.queries, r});
  for (std::int64_t i = 0; i < next.rows(); ++i)
    add_scaled(1, past.data() + (i / s.queries * T + s.at(i % s.queries)) * r, next.row(i).data(), r);
  for (std::int64_t h = 0; h < H; ++h) {
    times(x, s.VO[h], y);
    for (std::int64_t i = 0; i < next.rows(); ++i)
      for (std::int64_t key = 0; key < T; ++key)
        add_scaled(pattern[(i * H + h) * T + key], y.data() + (i / s.queries * T + key) * r, next.row(i).data(), r);
  }
  return next;
}

void attention_pattern(const double* query, const double* keys, std::int64_t step, std::int64_t width,
                       std::span<double> pattern) {
  double top = -std::numeric_limits<double>::infinity();
  for (std::size_t s = 0; s < pattern.size(); ++s) {
    double score = 0;
    for (std::int64_t i = 0; i < width; ++i) score += query[i] * keys[std::int64_t(s) * step + i];
    top = std::max(top, pattern[s] = score);
  }
  double sum = 0;
  for (double& v : pattern) sum += v = std::exp(v - top);
  for (double& v : pattern) v /= sum;
}

void add_importance(const AttentionSection& s, std::span<const double> x, Matrix& M) {
  const std::int64_t d = s.skip.rows(), r = s.skip.cols(), T = s.positions, H = s.heads();
  const std::int64_t rows = std::ssize(x) / (d * T);
  const AttentionTerms terms = attention_terms(s, x);
  std::vector<Matrix> VO;  // [d', d], as gradients lie
  for (const Matrix& map : s.VO) VO.push_back(transpose(map));
  const Matrix skip = transpose(s.skip);
  std::vector<double> g(std::size_t(T * r * d));
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
