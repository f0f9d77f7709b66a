// Free directions that follow from firing patterns as the readers see them (docs/theory.md §3.4, claims C12 and C13).
//
// Adding a_i times a source to the pre-activations of a hidden layer, the source being the pre-activation p of one of
// its neurons or the constant, changes what neuron r of the next layer reads by p sum_i W_ri a_i g_i. On the samples
// S_r where r fires (all of them for an output) its own weights can take that back if sum_i W_ri a_i g_i is there a
// multiple of the source's pattern. So a is free if it solves these linear conditions for all r. Neurons that fire
// together solve them: these are the moves of interp/degeneracy/gauge.h. So do, and those have not, a block that is on
// wherever its readers are (nested patterns), and patterns that add up to another one, such as g_1 + g_2 = 1
// (complementary patterns).
#pragma once
#include "interp/degeneracy/parameter_moves.h"

namespace basin::interp {

// The moves of all hidden layers, as rows [any, N] over the flat parameter vector
// (interp/degeneracy/parameter_moves.h), in coordinates in which the ranges' centres are undone. `ranges` are what the
// data show of each dense layer's inputs. Those of dead neurons are left out: kinds (a) and (b) have them. Time grows
// as readers sources neurons^3 for each layer. Where there are so many that they would take more than
// most_pattern_numbers numbers, as with fewer samples than neurons, none is visited and the answer is false.
inline constexpr std::int64_t most_pattern_numbers = 200'000'000;
bool visit_pattern_moves(const ReluNet& net, const NetworkFactors& factors, const std::vector<LayerRanges>& ranges,
                         double tolerance, const VisitMoves& visit);
Matrix pattern_moves(const ReluNet& net, const NetworkFactors& factors, const std::vector<LayerRanges>& ranges,
                     double tolerance = rank_tolerance);

}  // namespace basin::interp
