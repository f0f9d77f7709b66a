// Interactions between the features of neighbouring node layers (docs/theory.md §5.4; arXiv 2405.10928).
#pragma once
#include "interp/basis/basis.h"

namespace basin::interp {

// With f^ = x C and the map f^ -> f^' of a section through C^+ and C':
//   squared:    E_ij = (1/n) sum_x ( int d f^'_i(a f^) / d f^_j da · f^_j )^2
//   functional: E_ij = (1/n) sum_x int 2 (f^'_i(f^) - f^'_i(a f^)) d f^'_i(a f^) / d (a f^_j) f^_j da, with its sign;
//               exactly 0 under Rule::gradient
// With positions, values of other positions of f add up inside of the square, and the positions t of f^' outside:
//   squared:    E_ij = (1/nT) sum_x sum_t ( sum_s int d f^'_ti(a f^) / d f^_sj da · f^_sj )^2, T the positions of f^
enum class EdgeKind { squared, functional };
EdgeKind edges_from(std::string_view name);  // UsageError
std::string_view name_of(EdgeKind kind);

struct EdgeOptions {
  EdgeKind kind = EdgeKind::squared;
  std::vector<Quadrature> rules{{}};
  bool by_engine = false;  // as in BasisOptions
  // squared: instead of every position of f^', so many random mixtures of them with signs ±1, others for each sample,
  // which is an estimate; 0, or where there is one position: all.
  std::int64_t sources = 0;
  std::uint64_t seed = 0;
  SweepOptions sweep{};
};

// By section: E [features of the next node layer, features of this one]. Errors: those of sweep; ShapeError unless the
// bases are of these node layers.
std::vector<Matrix> interaction_edges(const FoldedModel& model, const std::vector<Basis>& bases, const Inputs& inputs,
                                      const EdgeOptions& options = {});

}  // namespace basin::interp
