// An attention circuit that is known because it was built: one layer of two heads, under TransformerLens's names, whose
// last token says which of two tokens before it is copied to the logits (docs/theory.md §5.10).
//
//   tokens [rows, 3]   c_0, c_1 and a selector: content below `contents`, selectors `contents` and `contents` + 1
//   hook_embed, hook_pos_embed, blocks.0.hook_resid_pre [rows, 3, d_model]
//   blocks.0.attn.* , blocks.0.hook_attn_out            autodiff/attention.h; one query, at the last position
//   blocks.0.hook_resid_post [rows, 1, d_model]
//   logits [rows, contents]
//
// Head 0 scores `strength` at position i for selector i and 0 elsewhere, so it looks there with p = e^s / (e^s + 2) and
// with r = 1 / (e^s + 2) at each other position, and adds what it sees to the logits. Head 1 is idle: it always looks
// at position 0 and writes what it sees where nobody reads. All is turned by a random rotation of the residual stream.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "interp/look/row_metric.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

// One head at one position of a value [rows, position, head, d_head].
struct HeadSite {
  std::string name;  // "blocks.0.attn.hook_v"
  std::int64_t position, head;
  bool content, selector;  // whether it carries what another token at position 0, or another selector, changes
};

struct PlantedHead {
  ModelPoint model;
  // One row each: tokens 0 and 1 with selector 0; token 2 at position 0; selector 1.
  Inputs clean, other_content, other_selector;
  RowMetric difference;         // logit 0 less logit 1: p - r, -r and r - p
  std::vector<HeadSite> sites;  // of hook_q, hook_k, hook_v and hook_z, all positions and heads
  double p, r;
};

// UsageError unless contents >= 3 and the strength is finite.
PlantedHead planted_head(double strength = 12, std::int64_t contents = 5, std::uint64_t seed = 1);

}  // namespace basin::interp
