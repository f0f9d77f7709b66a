// What each kind of degeneracy looks like (docs/theory.md §3.9): small networks where it was planted, and what
// is seen of it in spectra and firing patterns. The networks are the same in every run.
#pragma once
#include <string>
#include <vector>

#include "experiments/report/figure.h"
#include "experiments/report/table.h"

namespace basin::experiments {

struct KindPicture : report::NamedFigure {
  report::Json numbers = {};  // what there is to see, for the page: under the figure's name
};

// spectral_gap, kind_a_activations, kind_b_gradients, kind_c_firing, kind_d_inputs, kind_d_jacobian.
//
// Singular values are drawn relative to the largest. Below 1e-12 they are rounding, which differs between machines, and
// drawn at 1e-12: so the figures are the same everywhere.
std::vector<KindPicture> kind_pictures();

}  // namespace basin::experiments
