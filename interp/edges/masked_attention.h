// Attention where each feature behind it sees its own set of features before it, in closed form: with the features that
// a mask lets through, queries, keys and values are sums over a few of them.
#pragma once
#include "interp/basis/attention_section.h"
#include "interp/edges/mask_groups.h"

namespace basin::interp {

class MaskedAttention {
 public:
  // Of a section between features (AttentionSection::between).
  explicit MaskedAttention(const AttentionSection& section);

  // Features behind [rows queries, features'] for features before [rows positions, features] and a mask of 0 and 1
  // [features', features].
  Matrix run(const Matrix& features, const Matrix& mask) const;

 private:
  struct Chunk {
    const Matrix &features, own;  // of all positions, and of those that ask
    Matrix queries, keys;         // of all features
  };
  void add_group(const Chunk& chunk, const MaskGroup& group, Matrix& next) const;
  AttentionSection section_;
  Matrix Q_, K_;  // of all heads side by side, [features, heads d_head]
};

}  // namespace basin::interp
