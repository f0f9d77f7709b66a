#include "interp/edges/masked_attention.h"

#include <algorithm>

#include "core/lapack.h"
#include "core/matrix.h"

namespace basin::interp {
namespace {

void put(const Matrix& from, std::int64_t column, Matrix& to) {
  for (std::int64_t i = 0; i < from.rows(); ++i) std::ranges::copy(from.row(i), to.row(i).begin() + column);
}

}  // namespace

MaskedAttention::MaskedAttention(const AttentionSection& section) : section_(section) {
  const std::int64_t width = section.Q.front().cols(), H = section.heads();
  Q_ = K_ = Matrix({section.skip.rows(), H * width});
  for (std::int64_t h = 0; h < H; ++h) {
    put(section.Q[h], h * width, Q_);
    put(section.K[h], h * width, K_);
  }
}

Matrix MaskedAttention::run(const Matrix& features, const Matrix& mask) const {
  const std::int64_t rows = features.rows() / section_.positions;
  Matrix own({rows * section_.queries, features.cols()});
  for (std::int64_t i = 0; i < own.rows(); ++i) {
    const std::int64_t at = i / section_.queries * section_.positions + section_.at(i % section_.queries);
    std::ranges::copy(features.row(at), own.row(i).begin());
  }
  const Chunk chunk{features, own, matmul(own, Q_), matmul(features, K_)};
  Matrix next({own.rows(), mask.rows()});
  for (const MaskGroup& group : mask_groups(mask)) add_group(chunk, group, next);
  return next;
}

void MaskedAttention::add_group(const Chunk& chunk, const MaskGroup& group, Matrix& next) const {
  const std::int64_t H = section_.heads(), width = section_.Q.front().cols(), T = section_.positions;
  const std::int64_t outputs = std::ssize(group.outputs);
  Matrix q(chunk.queries.shape), k(chunk.keys.shape);
  masked_product(chunk.own, Q_, chunk.queries, group, q.data);
  masked_product(chunk.features, K_, chunk.keys, group, k.data);
  Matrix read({std::ssize(group.seen), (H + 1) * outputs});  // values of each head, and what goes past
  for (std::int64_t h = 0; h <= H; ++h)
    put(columns_at(rows_at(h < H ? section_.VO[h] : section_.skip, group.seen), group.outputs), h * outputs, read);
  const Matrix y = matmul(columns_at(chunk.features, group.seen), read);
  std::vector<double> pattern(static_cast<std::size_t>(T));
  for (std::int64_t i = 0; i < next.rows(); ++i) {
    const std::int64_t first = i / section_.queries * T, own = section_.at(i % section_.queries);
    const std::span<double> A(pattern.data(), std::size_t(section_.causal ? own + 1 : T));
    for (std::int64_t o = 0; o < outputs; ++o) next(i, group.outputs[o]) = y(first + own, H * outputs + o);
    for (std::int64_t h = 0; h < H; ++h) {
      attention_pattern(&q(i, h * width), &k(first, h * width), k.cols(), width, A);
      for (std::size_t s = 0; s < A.size(); ++s)
        for (std::int64_t o = 0; o < outputs; ++o)
          next(i, group.outputs[o]) += A[s] * y(first + std::int64_t(s), h * outputs + o);
    }
  }
}

}  // namespace basin::interp
