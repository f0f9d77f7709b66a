// How the neurons of a hidden layer of one network stand for those of another, on data on which both layers get the
// same: block by block of neurons that fire together (docs/theory.md §3.12).
#pragma once
#include <string>

#include "interp/layers/relu_net.h"

namespace basin::interp {

// Neurons of two networks that fire on the same samples, and what leads from the ones to the others.
struct BlockMatch {
  std::vector<std::int64_t> from, to;  // the neurons of the first network and of the second
  std::int64_t fires = 0;              // samples on which they do
  bool rescaled = false;               // each of `to` is one of `from`, times a positive factor
  bool reached = true;                 // the activations of `to` are combinations of those of `from`
  std::vector<double> factors{};       // where rescaled, by neuron of `to`
  std::int64_t rank = 0;               // of the combinations, in units in which activations have length 1
  double condition = 1;                // largest over smallest of their singular values that are not 0
  // What readers get from `from` and cannot get from `to`, relative to the sizes of all they add up; the largest.
  double residual = 0;
};

struct LayerMatch {
  std::vector<BlockMatch> blocks{};
  // Places of the second network's neurons, then of those of the first that have no partner: which neuron of the first
  // stands there, or its number of neurons + j for neuron j of the second that has no partner.
  std::vector<std::int64_t> order{};
  Matrix mixing;   // [second, first + 1]: activations of the second from those of the first and a constant
  Matrix readers;  // [readers, second]: weights with which readers get from the second what they got
  std::vector<double> constant{};  // [readers]: what their biases gain
};

// One side of a match: a hidden layer's activations, and whether it and its readers have a bias.
struct HiddenLayer {
  const Matrix& activations;  // [n, neurons]
  bool linear = false, bias = true, readers_bias = true;
};

// `readers` [any, neurons of the first] are the weights that read the first network's layer, and `sizes` what their
// residuals are relative to, by reader. Numbers below `tolerance` count as zero. The constant joins the always-on block
// where biases can take it.
LayerMatch match_neurons(const HiddenLayer& first, const Matrix& second, const Matrix& readers,
                         const std::vector<double>& sizes, double tolerance);

}  // namespace basin::interp
