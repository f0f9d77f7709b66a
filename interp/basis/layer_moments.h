// What one pass over the data says of every node layer: its moments, and of every dense section how its activation's
// slopes vary together. Interaction bases of any kind start from it, and it can be kept and continued.
#pragma once
#include "core/moments.h"
#include "interp/basis/folded.h"
#include "interp/basis/quadrature.h"

namespace basin::interp {

struct LayerMoments {
  std::vector<Moments> nodes{};  // by node layer: of f, without the constant
  std::vector<Moments>
      slopes{};  // by section: of a'(p) [columns of W~], integrated over the path; width 0 if not dense

  std::int64_t samples() const { return nodes.front().samples(); }
  void merge(const LayerMoments& other);
  template <class Each>
  void fields(Each& each) {
    each(nodes, slopes);
  }
};

// One rule for each section, or one for all. Errors: those of sweep.
LayerMoments layer_moments(const FoldedModel& model, const Inputs& inputs, const std::vector<Quadrature>& rules = {{}},
                           const SweepOptions& options = {});
// Adds another data set to what is known.
void add_moments(LayerMoments& known, const FoldedModel& model, const Inputs& inputs,
                 const std::vector<Quadrature>& rules = {{}}, const SweepOptions& options = {});

// a'(p) of a dense section at p = x W~, [rows, columns], integrated over a p by the rule: entry by entry.
Var mean_slope(const DenseSection& section, Var p, const Quadrature& rule);

// The rule of a section: UsageError unless there is one for all or one for each.
const Quadrature& rule_of(const std::vector<Quadrature>& rules, std::int64_t section, std::int64_t sections);

}  // namespace basin::interp
