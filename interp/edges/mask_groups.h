// Masks of edges by what they let through: features behind a section that see the same features before it are computed
// together.
#pragma once
#include <span>
#include <vector>

#include "core/tensor.h"

namespace basin::interp {

struct MaskGroup {
  std::vector<std::int64_t> outputs{};       // rows of the mask that are alike
  std::vector<std::int64_t> seen, unseen{};  // its columns
};

// Of a mask of 0 and 1 [features', features], in the order of their first rows.
std::vector<MaskGroup> mask_groups(const Matrix& mask);

// Sums over the features that a group sees, x [rows, features] times B [features, columns], into `to`; `whole` is the
// sum over all of them, from which those not seen are taken where these are fewer.
void masked_product(const Matrix& x, const Matrix& B, const Matrix& whole, const MaskGroup& group,
                    std::span<double> to);

}  // namespace basin::interp
