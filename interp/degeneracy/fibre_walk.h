// A walk along the fibre of a point w*: the parameters at which a model computes, on the data at hand, what it computes
// at w* (docs/theory.md §6.5). The rank of J = d output / d theta may be lower at w* than at points of its fibre that
// lie as near as one likes. Directions that are null at first order at w* alone are then no freedom, and rank J / 2
// says too little.
//
// A step is random in the kernel of J at the point reached, of a given length; from there minimum-norm Gauss-Newton
// steps, halved while they do not help, lead back to the outputs of w*, until the functions agree and the rank there is
// that of a point of the fibre: over the next such step, which is how far the fibre still is, J would change by less
// than a tenth of the smallest singular value that counts. Where the fibre is a point (u² + v² = 0), functions agree
// long before that.
#pragma once
#include <cmath>
#include <span>

#include "core/rank.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

struct FibreSpec {
  double step = 0.01;         // length of a step in the kernel, as a share of |w*|; > 0
  std::int64_t steps = 1;     // >= 1
  double agreement = 1e-14;   // |f - f*| / |f*| at which two functions count as one; in (0, 1)
  std::int64_t returns = 40;  // Gauss-Newton steps back after each step; >= 1
  double tolerance = rank_tolerance;
  std::uint64_t seed = 0;  // stream "fibre_walk"
  SweepOptions sweep{};    // its progress is not called

  void validate() const;  // UsageError
};

// A point of the walk. All ranks are decided on one ruler, whose scale is the largest singular value of J at w*. A
// point that agrees up to 1e-14 lies that far beside its fibre: singular values up to about that are dropped rightly.
struct FibrePoint {
  std::vector<double> theta{};  // [N]
  bool converged = false;       // if not, there is no rank, and no next step starts here
  double difference = 0;        // |f - f*| / |f*| over the data; with f* = 0, over the largest singular value and |w*|
  RankDecision rank{};
  // Whether null directions lead along the fibre. θ + h v for a random v of the kernel is brought back with the J at θ,
  // until outputs agree in what it reaches; how far they are then off beyond that grows as h to this power: 2 where
  // null directions are obstructed at second order, …; infinite where there is no obstruction, which a rank of n k or N
  // implies. NaN, undecided: steps so short that rounding hides it, or no such way back.
  double order = 0;
  std::int64_t returns = 0;  // Gauss-Newton steps
  double correction = 0;     // how far these led, over the length of the step: small where the kernel is tangent
  double walked = 0;         // length of the way from w*, from point to point
  double distance = 0;       // |w - w*|

  bool smooth() const { return converged && std::isinf(order); }
};

struct FibreWalk {
  std::int64_t rows = 0, parameters = 0;  // n k and N
  double norm = 0;                        // |w*|
  FibrePoint start{};                     // w*
  std::vector<FibrePoint> points{};       // as many as steps; none where J has no kernel
  std::int64_t stuck() const;             // how many did not converge
};

// Errors: those of ModelJacobian and of validate; NumericalError for weights or a J that are all zero or not finite;
// ResourceError if matrices of n k × N numbers do not fit into memory. Bit-equal for any number of threads.
FibreWalk fibre_walk(const ModelPoint& model, const Inputs& data, const FibreSpec& spec = {});

// What walks from one point w* say of the learning coefficient λ of L_B there: rank J / 2 at w* is a bound from below,
// and the λ of any smooth point of the fibre, as near to w* as one likes, one from above (docs/theory.md §6.5). More
// than one manifold may pass through w*: the lowest rank at smooth points counts, and one walk may miss it. w* itself
// is not smooth if the rank rises on any walk.
struct FibreBounds {
  double lower = 0, upper = 0;  // upper: N / 2 if no point is smooth
  bool proved = false;  // that rank is n k: the fibre is a manifold there. Else it is one as far as `order` shows
};
FibreBounds fibre_bounds(std::span<const FibreWalk> walks);  // UsageError for none

}  // namespace basin::interp
