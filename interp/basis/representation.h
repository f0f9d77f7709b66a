// What an interaction basis says of a network, as numbers that depend on its parameters, and which directions of
// parameter space these numbers notice (docs/theory.md §5.7).
//
// R(theta): the tables f^ f^^T of the features of all node layers over the samples, each over its length (Frobenius) at
// theta, and the outputs over theirs. Features are determined up to signs and rotations; the tables are not. Since
// outputs are part of R, N_rep = rank dR/dtheta = rank J + the rank of dR on the null space of J.
#pragma once
#include <tuple>

#include "core/rank.h"
#include "interp/basis/basis.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {

struct RepresentationOptions {
  BasisKind kind = BasisKind::lib;
  bool center = false;  // theory.md §5.3 is about bases without
  Truncation truncation{.threshold = 1e-10, .relative = true};
  // Of parameters, relative to their length; halved where a neuron would fire otherwise than it does.
  double step = 3e-4;
  double tolerance = 1e-6;  // relative changes of R over relative changes of the parameters that count
  SweepOptions sweep{};
};

// R of one network, one row: [numbers]; `scales` are the lengths its tables are divided by, those of its own if empty.
std::vector<double> representation(const ReluNet& net, const Matrix& x, const RepresentationOptions& options,
                                   std::vector<double>& scales);

// dR along each of some directions [any, N] of the flat parameter vector (moved, interp/layers/relu_net.h).
struct RepresentationChanges {
  Matrix along;  // [directions, at most as many]: relative changes of R over those of the parameters, in some
                 // orthonormal frame of the space they span
  double smallest_step = 0;  // that was taken
};

// By differences of fourth order. As ranks of G and M must not change on the way, directions are meant to be free ones.
// ShapeError as moved; NumericalError if a sample is so near to where a neuron begins to fire that no step is left.
RepresentationChanges representation_changes(const ReluNet& net, const Matrix& x, const Matrix& directions,
                                             const RepresentationOptions& options = {});

// How many of the directions that belong to these rows of `along` the representation sees; it removes the others. The
// directions are meant to be orthonormal.
struct SeenDirections {
  std::int64_t directions = 0;
  RankDecision rank{};

  std::int64_t removed() const { return directions - rank.rank; }
};
inline auto fields(SeenDirections& s) { return std::tie(s.directions, s.rank); }
SeenDirections seen_directions(const Matrix& along, double tolerance = RepresentationOptions{}.tolerance);

}  // namespace basin::interp
