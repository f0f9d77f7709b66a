// Volumes of rare sets by multilevel splitting (docs/theory.md §4.2): up to about 30 dimensions, and as small as double
// can tell.
//
// A population of points that fill {L < level} evenly is thinned to those below the next level, refilled with copies
// of them, and every copy is moved about inside the new set; log V adds up the logarithms of the shares that stay.
// Levels come from a pilot run (each keeps a given share of its population); then they are fixed, and independent
// replicas with random numbers of their own make the estimate and its error.
//
// The moves (interp/volume/level_walker.h) go along the axes, along differences of two other points of the population,
// and along the hyperbolas w_i e^t, w_j e^-t.
#pragma once
#include "interp/volume/volume.h"

namespace basin::interp {

struct SplittingOptions {
  std::int64_t particles = 400;  // points of one replica; at least 20
  int replicas = 8;              // at least 2
  int sweeps = 2;                // rounds of moves at each level; a round moves every coordinate three times
  double keep = 0.25;            // share of the points that the next level keeps in the pilot run, in (0, 1)
  int threads = 1;               // over replicas; results are equal to the bit for any number
};

// V at each ε, the mean over replicas; errors come from their spread (jackknife). The error does not show
// what moves fail to reach: look whether more sweeps change the result.
// UsageError for options outside their range, d < 1, or ε that are not positive and falling; NumericalError when L is
// negative or NaN, or never comes near the smallest ε.
VolumeCurve volume_by_splitting(const Loss& loss, const Box& box, std::span<const double> epsilons, const Rng& rng,
                                const SplittingOptions& options = {});

}  // namespace basin::interp
