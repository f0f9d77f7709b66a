// How sparse a network's interactions are in one basis, section by section (docs/theory.md §5.6).
#pragma once
#include <tuple>

#include <optional>

#include "interp/edges/ablation.h"

namespace basin::interp {

// A score, and how far from that of the whole network it may be.
struct Requirement {
  Scoring scoring{};
  double delta = 0;
};

// Holds up to a share of the way from the network's score to that of the best constant. Nothing if that share of an
// accuracy is less than one sample: then no number of edges would be a measurement. Errors: those of base_score.
std::optional<Requirement> share_of_the_way(const FoldedModel& model, const Inputs& inputs, const Scoring& scoring,
                                            double share, const SweepOptions& options = {});
// Holds up to `delta` of accuracy; nothing if that is less than one of the samples.
std::optional<Requirement> accuracy_within(const Tensor<double>& labels, double delta);

// Without the constant, where a feature is that; edges into it count, and are 0 where it goes on as it is.
struct SectionSparsity {
  std::int64_t features = 0, targets = 0;      // of this node layer and the next
  std::int64_t edges = 0, above_rounding = 0;  // between them; larger than 1e-14 of the largest
  double effective = 0;                        // effective_edges
  // By requirement: EdgeAblation::bisect. More than `edges` where what truncation dropped would be needed.
  std::vector<std::int64_t> required{};
};
inline auto fields(SectionSparsity& s) {
  return std::tie(s.features, s.targets, s.edges, s.above_rounding, s.effective, s.required);
}
std::vector<SectionSparsity> basis_sparsity(const FoldedModel& model, const BasisOptions& basis, const Inputs& inputs,
                                            const std::vector<Requirement>& requirements);
// The same of bases and their squared edges, by whoever needs these too.
std::vector<SectionSparsity> basis_sparsity(const FoldedModel& model, const std::vector<Basis>& bases,
                                            const std::vector<Matrix>& E, const Inputs& inputs,
                                            const std::vector<Requirement>& requirements,
                                            const SweepOptions& options = {});

}  // namespace basin::interp
