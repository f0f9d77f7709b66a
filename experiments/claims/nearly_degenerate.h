// Networks that are nearly degenerate, and the same ones in other units.
#pragma once
#include "experiments/claims/claim_nets.h"

namespace basin::experiments {

// Each repeats something up to `apart` in a network with biases and two hidden layers.
void repeat_input(ClaimNet& n, double apart, Rng& rng);
void repeat_far_input(ClaimNet& n, double apart, Rng& rng);  // inputs around 1000; the biases take it back
void repeat_neuron(ClaimNet& n, double apart, Rng& rng);     // weights of two neurons, so that they fire together
void repeat_readers(ClaimNet& n, double apart, Rng& rng);    // what reads two neurons
void read_difference(ClaimNet& n, double apart, Rng& rng);   // one neuron sees only what two inputs differ by

// The same function, every input and hidden neuron in a unit from 10^-decades to 10^decades: other directions are long,
// and orthogonal.
void in_other_units(ClaimNet& n, double decades, Rng& rng);

}  // namespace basin::experiments
