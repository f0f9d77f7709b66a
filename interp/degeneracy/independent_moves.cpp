#include "interp/degeneracy/independent_moves.h"

namespace basin::interp {

void IndependentMoves::add(Matrix rows) {
  if (rows.size() == 0) return;
  for (int twice = 0; twice < 2; ++twice) project_away(basis_, rows);
  Svd parts = svd(std::move(rows));
  const std::int64_t rank = decide_rank(parts.s, ruler).rank, columns = basis_.shape[1];
  basis_.data.insert(basis_.data.end(), parts.Vt.data.begin(), parts.Vt.data.begin() + rank * columns);
  basis_.shape = {basis_.shape[0] + rank, columns};
}

}  // namespace basin::interp
