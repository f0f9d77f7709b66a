// Bases of activations in which interactions are looked for (docs/theory.md §5; Local Interaction Basis: Bushnaq et al.
// 2024, arXiv 2405.10928; global: arXiv 2405.10927). A feature is a column of C: f^ = x C for x = (f, 1).
//
// At each node layer: G = E x^T x decides which directions vary, M = E J^T J which of them matter, and C makes both
// plain: E f^^T f^ = diag(lambda), E J^^T J^ = 1, with as many features as rank(G M). With centring the constant comes
// first, is left out of both rotations, and the mean is taken from all other features.
#pragma once
#include "interp/basis/layer_moments.h"

namespace basin::interp {

// lib: J to the features of the next node layer. ib: J to the last node layer. attribution and squared_difference: the
// integrated gradients that earlier versions of the method used, "(1-0) alpha" and "(1-alpha)^2". pca: G alone, not
// whitened. neuron: the values as they are.
enum class BasisKind { lib, ib, attribution, squared_difference, pca, neuron };
BasisKind basis_from(std::string_view name);  // lib, ib, a10, a1sq, pca, neuron; UsageError
std::string_view name_of(BasisKind kind);

// Eigenvalues at most the threshold are dropped; relative: times the largest one (the constant's apart).
struct Truncation {
  double threshold = 1e-10;
  bool relative = false;
};
struct TruncationReport {
  std::int64_t kept = 0, dropped = 0;
  double smallest_kept = 0, largest_dropped = 0;
  double gap() const;  // their ratio; infinite if nothing but zeros was dropped. Near 1: the count means little
};

struct BasisOptions {
  BasisKind kind = BasisKind::lib;
  bool center = true;  // refused for neuron
  Truncation truncation{};
  bool rotate_last = false;           // pca at the last node layer, else it stays as it is
  std::vector<Quadrature> rules{{}};  // one for all sections, or one for each
  bool by_engine = false;             // leave closed forms alone: the same by one reverse sweep for each feature
  // lib and ib: instead of every feature behind, so many random mixtures of them with signs ±1, others for each sample:
  // M is then an estimate, with its error. 0: every feature. At least 2.
  std::int64_t sources = 0;
  std::uint64_t seed = 0;
  SweepOptions sweep{};

  // UsageError for what does not go together: centring for neuron, sources for other kinds, squared_difference with
  // Rule::gradient (zero everywhere), rules for another number of sections.
  void validate(std::int64_t sections) const;
};

struct Basis {
  std::string layer;
  std::vector<double> mean{};        // of x, [d]
  Matrix gram{};                     // G, of x less the mean (but for the constant) if centred, [d, d]
  std::vector<double> variances{};   // eigenvalues of G, descending, the constant first if it is exempt
  Matrix W{}, W_pinv{};              // [d, k], [k, d]: directions that vary
  Matrix M{};                        // E J^T J in x, [d, d]; none for pca, neuron and the last layer
  Matrix V{};                        // [k, k]
  std::vector<double> lambda_all{};  // [k], in the order of V
  std::vector<double> lambda{};      // [features], of the features kept
  Matrix C{}, C_pinv{};              // [d, features], [features, d]
  TruncationReport variance_cut{}, importance_cut{};
  double source_error = 0;     // standard error of M by its sources, relative to |M|
  std::int64_t constant = -1;  // the feature that is the constant: 0 if centred, the last one for neuron, else none
  std::int64_t apart = -1;     // the feature that is NodeLayer::apart, behind the constant; else none

  std::int64_t features() const { return C.cols(); }
};

// One for each node layer. Errors: those of sweep and BasisOptions::validate.
std::vector<Basis> interaction_bases(const FoldedModel& model, const Inputs& inputs, const BasisOptions& options = {});
// The same from moments that were gathered with these rules, perhaps over other data. Kinds that need gradients of
// other sorts still pass over `inputs`.
std::vector<Basis> interaction_bases(const FoldedModel& model, const LayerMoments& moments, const Inputs& inputs,
                                     const BasisOptions& options = {});

}  // namespace basin::interp
