// What a network still does without some of its features or interactions (docs/theory.md §5.5; arXiv 2405.10928).
#pragma once
#include "interp/basis/basis.h"
#include "interp/edges/schedule.h"
#include "interp/edges/score.h"

namespace basin::interp {

struct AblationPoint {
  std::int64_t kept = 0;
  double score = 0;
};
struct AblationCurve {
  double base = 0;                      // of the network as it is
  std::vector<AblationPoint> points{};  // from all kept to none
  // The smallest number kept such that it and all larger ones tried hold up to delta; one more than all that were tried
  // if not even the largest does.
  std::int64_t required(const Scoring& scoring, double delta) const;
};

struct AblationOptions {
  Schedule schedule{};
  // Stops once a score is further than this from the base; 0: never.
  double stop_at = 0;
  SweepOptions sweep{.chunk = 256};
};

// At node layer l the m most important features are kept: x becomes x C_m C_m^+, and the rest of the network runs on.
// Features are those of C, in its order, or for orthogonal the directions W of G alone. Points count to the width of
// the layer; where m is no fewer than the features there are, the score is the base. Errors: those of sweep and
// Scoring::validate; UsageError for the last node layer.
AblationCurve node_ablation(const FoldedModel& model, const std::vector<Basis>& bases, std::int64_t layer,
                            const Inputs& inputs, const Scoring& scoring, const AblationOptions& options = {},
                            bool orthogonal = false);

// Fewest features with which the score holds up to delta, by bisection over the width of the layer.
Bisection fewest_nodes(const FoldedModel& model, const std::vector<Basis>& bases, std::int64_t layer,
                       const Inputs& inputs, const Scoring& scoring, double delta, const AblationOptions& options = {},
                       bool orthogonal = false);

// Interactions of section l, of E [features', features]. Each feature of the next node layer is computed from its own
// set of features of this one, and the rest of the network runs on from there. Edges from the constant, where a feature
// is that, are always kept and not counted. An edge is as large as |E|: functional ones have signs.
class EdgeAblation {
 public:
  // Errors: those of base_score; UsageError for a section and ShapeError for edges that are not there, NumericalError
  // for edges that are no numbers.
  EdgeAblation(const FoldedModel& model, const std::vector<Basis>& bases, std::int64_t section, Matrix E,
               const Inputs& inputs, const Scoring& scoring, const SweepOptions& options = {.chunk = 256});
  ~EdgeAblation();
  EdgeAblation(EdgeAblation&&) noexcept;

  double base() const;         // the score with all features whole
  std::int64_t edges() const;  // that are counted
  // All of the section, from the constant too: none of them depends on what a truncation dropped.
  std::int64_t edges_untruncated() const;
  // The n largest edges, with all that equal the smallest of them.
  Matrix mask(std::int64_t kept) const;
  double score(const Matrix& mask);  // [features', features] of 0 and 1; ShapeError, NumericalError
  // From edges() on: of a schedule for edges_untruncated() the numbers that there are.
  AblationCurve curve(const AblationOptions& options = {});
  // Fewest edges with which the score holds up to delta, by bisection over edges_untruncated().
  Bisection bisect(double delta);
  double smallest_kept(std::int64_t kept) const;  // the smallest edge of mask(kept); 0 if that is none

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace basin::interp
