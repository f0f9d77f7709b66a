// How many directions of parameter space leave the outputs of any traced model on a data set unchanged to first order,
// N - rank J, and which of them are explained: by low ranks at its weights, by changes of basis that parameters undo,
// by heads that attend alike (docs/theory.md §3.13). For ReLU networks in layers, degeneracy.h says more of each layer.
//
// One ruler: an explanation is a set of explicit directions, made orthonormal in the coordinates of J~
// (interp/jacobian/scaled_model_jacobian.h), and counts as many as J~ restricted to them has singular values below the
// cut-off. That is never more than J~ itself has (Courant and Fischer), so the bound is not above the truth, whatever
// rule a direction comes from. Results are bit-equal for any number of threads.
#pragma once
#include "interp/degeneracy/basis_changes.h"
#include "interp/degeneracy/degeneracy.h"
#include "interp/jacobian/scaled_model_jacobian.h"

namespace basin::interp {

struct ExplainedFamily {
  std::string label{};
  std::int64_t moves = 0;  // as many as were named; they may depend on each other
  Reading own{};           // null directions among their combinations
  Reading gained{};        // beyond those of all families before
  double residual = 0;     // largest |J~ m| of a move of length 1, over the largest singular value
};

struct ModelDegeneracy {
  std::int64_t parameters = 0, samples = 0, outputs = 0;
  double tolerance = 0;
  RankDecision jacobian{};                  // rank J with its gap
  std::vector<ExplainedFamily> families{};  // key biases, low_rank_moves.h, then basis_changes.h; those there are
  DataRelations relations{};                // which neurons fire together, which heads attend alike

  std::int64_t free_directions() const { return parameters - jacobian.rank; }
  Reading free() const { return {parameters - jacobian.above_rounding, free_directions()}; }
  Reading bound() const;  // sum of what families gained: at most free(), in either reading
  std::int64_t unexplained() const { return free_directions() - bound().at_tolerance; }
  bool decided() const { return jacobian.decided() && bound().decided(); }
  const ExplainedFamily* family(std::string_view label) const;  // none: nullptr
};

struct ModelSubject {
  ModelDegeneracy found{};
  ScaledModelJacobian jacobian{};
  std::vector<double> singular_values{};  // of J~, descending
  std::vector<MoveFamily> families{};
};

// Holds J twice, 2 n k N numbers, and some N x N matrices; time grows as n k N^2 + N^3. Where n k is far above 3 N,
// take fewer rows. UsageError for a model without output; errors of sweep.
ModelDegeneracy model_degeneracy(const ModelPoint& model, const Inputs& data, const DegeneracyOptions& options = {});

// The same with what it was found from, for a basis of the free directions.
ModelSubject model_subject(const ModelPoint& model, const Inputs& data, const DegeneracyOptions& options = {});

// What the outputs notice at a cut-off epsilon of the largest eigenvalue of J~^T J~: ranks and soft counts on the
// scales of J~, where no parameter's units decide.
struct NoticedAt {
  double epsilon = 0, n_eff = 0;  // sum of h / (h + epsilon h_max)
  std::int64_t rank = 0;
};
std::vector<NoticedAt> noticed_at(const ModelSubject& subject, const std::vector<double>& epsilons);

// One JSON object: verdict, parameters, samples, outputs, tolerance, rounding, jacobian_rank, spectral_gap (null if
// only zeros were dropped), largest_dropped (relative), free_directions, lower_bound, unexplained, families [{label,
// moves, own, gained, residual}], patterns [{groups [[head]], within, between}] by softmax, neurons [{together
// [[neuron]], always, never}] by relu. Counts whose two readings differ are null and stand in readings {name: [at
// rounding, at the tolerance]}, of a family in its own.
std::string to_json(const ModelDegeneracy& found);
// The same, with epsilon [{epsilon, n_eff, jacobian_rank}].
std::string to_json(const ModelSubject& subject, const std::vector<double>& epsilons);

}  // namespace basin::interp
