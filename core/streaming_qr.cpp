#include "core/streaming_qr.h"

#include <fmt/format.h>

#include <algorithm>

namespace basin {
namespace {

// Reducing costs as much for the n rows of R as for n new ones, so blocks of 2n new rows waste a third at most.
std::int64_t rows_per_block(std::int64_t n_cols) { return std::max<std::int64_t>(2 * n_cols, 128); }

}  // namespace

StreamingQr::StreamingQr(std::int64_t n_cols)
    : n_cols_(Shape({n_cols})[0]), capacity_(std::size_t(n_cols_) * (n_cols_ + rows_per_block(n_cols_))) {}

StreamingQr::StreamingQr(const Matrix& rows) : StreamingQr(rows.cols()) { append(rows); }

void StreamingQr::append(const Matrix& rows) {
  require_finite("StreamingQr::append", rows);
  if (rows.shape[1] != n_cols_)
    throw ShapeError(fmt::format("StreamingQr::append: rows {} given, wanted {} columns", rows.shape.str(), n_cols_));
  for (auto from = rows.data.begin(); from != rows.data.end();) {
    if (buffer_.size() == capacity_) buffer_ = r().data;
    auto count = std::min<std::ptrdiff_t>(capacity_ - buffer_.size(), rows.data.end() - from);
    buffer_.insert(buffer_.end(), from, from + count);
    from += count;
  }
}

Matrix StreamingQr::r() const {
  std::int64_t rows = n_cols_ ? std::int64_t(buffer_.size()) / n_cols_ : 0;
  return qr_r(Matrix({rows, n_cols_}, buffer_));
}

std::vector<double> StreamingQr::singular_values() const { return basin::singular_values(r()); }

RankDecision StreamingQr::rank(double relative_tolerance) const {
  return decide_rank(singular_values(), relative_tolerance);
}

Matrix StreamingQr::row_space(double relative_tolerance) const {
  return range_basis(transpose(r()), relative_tolerance);
}

}  // namespace basin
