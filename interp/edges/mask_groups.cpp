#include "interp/edges/mask_groups.h"

#include <algorithm>
#include <map>

#include "core/blas.h"
#include "core/matrix.h"

namespace basin::interp {

std::vector<MaskGroup> mask_groups(const Matrix& mask) {
  std::vector<MaskGroup> groups;
  std::map<std::vector<double>, std::size_t> known;
  for (std::int64_t i = 0; i < mask.rows(); ++i) {
    const std::vector<double> row(mask.row(i).begin(), mask.row(i).end());
    const auto [at, is_new] = known.emplace(row, groups.size());
    if (is_new) {
      MaskGroup& group = groups.emplace_back();
      for (std::size_t j = 0; j < row.size(); ++j) (row[j] != 0 ? group.seen : group.unseen).push_back(std::int64_t(j));
    }
    groups[at->second].outputs.push_back(i);
  }
  return groups;
}

void masked_product(const Matrix& x, const Matrix& B, const Matrix& whole, const MaskGroup& group,
                    std::span<double> to) {
  const bool from_whole = group.unseen.size() < group.seen.size();
  const std::vector<std::int64_t>& at = from_whole ? group.unseen : group.seen;
  const Matrix F = columns_at(x, at), some = rows_at(B, at);
  if (from_whole) std::ranges::copy(whole.data, to.begin());
  gemm(false, false, x.rows(), B.cols(), std::ssize(at), from_whole ? -1.0 : 1.0, F.data.data(), F.cols(),
       some.data.data(), B.cols(), from_whole ? 1.0 : 0.0, to.data(), B.cols());
}

}  // namespace basin::interp
