// Networks of two layers with squares between them, f(x) = A (W x)² without biases, and weights with which they add
// modulo an odd p: x = (e_i, e_j) are the one-hot pairs of nn/data/modular_arithmetic.h, output q says how much i + j
// looks like q. After Gromov, "Grokking modular arithmetic" (2023, arXiv 2301.02679), where networks are found to learn
// such weights; what is computed, and when exactly, is derived in docs/theory.md §6.5.
//
// A neuron of frequency f = 1 … (p - 1) / 2 with phases a, b has, with ω = 2π f / p,
//   row of W: cos(ω i + a) for i, cos(ω j + b) for j;   column of A: scale cos(ω q + a + b).
// With n² neurons a frequency, phases on an n × n grid, n >= 3, outputs are 1 - 1/p at q = i + j and -1/p elsewhere.
#pragma once
#include "autodiff/model.h"
#include "core/rng.h"
#include "nn/supervised.h"

namespace basin::nn {

// Any number of neurons: an mlp (nn/supervised.h) of widths 2p, neurons, p. In memory "layers.0.weight" is Wᵀ [2p,
// neurons] and "layers.1.weight" is Aᵀ [neurons, p]. UsageError for widths below 1.
Model quadratic_network(std::int64_t p, std::int64_t neurons, Loss loss = Loss::mse);

struct Phases {
  double a = 0, b = 0;
};
std::vector<Phases> grid_phases(std::int64_t n);                  // 2π/n (0 … n-1) each: n²; UsageError for n < 1
std::vector<Phases> random_phases(std::int64_t count, Rng& rng);  // uniform on the circle, a before b

// Weights of quadratic_network(p, neurons): frequency after frequency, each with the neurons of phases[f - 1] in their
// order, and scale 4 / (neurons of that frequency × p). UsageError unless p is odd and at least 3 and there are
// (p - 1) / 2 lists of phases, none of them empty.
Parameters<double> fourier_addition(std::int64_t p, const std::vector<std::vector<Phases>>& phases);
Parameters<double> fourier_addition_on_grid(std::int64_t p, std::int64_t n);
// New phases for each frequency, from the stream "fourier_addition".
Parameters<double> fourier_addition_at_random(std::int64_t p, std::int64_t neurons_per_frequency, std::uint64_t seed);

// What these weights compute on the grid: the labels of a classification as regression targets [n, classes], 1 at the
// label, less 1 / classes. UsageError for regression.
Dataset centred_targets(const Dataset& labels);

// All p² one-hot pairs with these targets, row i p + j.
Dataset addition_pairs(std::int64_t p);

}  // namespace basin::nn
