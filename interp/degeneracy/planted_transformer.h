// Kinds of degeneracy planted in a transformer's parameters under TransformerLens's names, so that its free directions
// are known (docs/theory.md §3.14). `block` is such as "blocks.0.". NameError for parameters that are not there.
#pragma once
#include "core/rng.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

// Generic numbers: weights normal with deviation `scale` / sqrt(inputs), tables 1, biases 0.5, gains 1 + 0.3 normal.
void draw_generic(Parameters<double>& theta, Rng rng, double scale = 1);

// Head `to` attends as head `from` does: W_Q B and W_K B^-T of it, with their biases, for a random B.
void tie_heads(Parameters<double>& theta, const std::string& block, std::int64_t from, std::int64_t to, Rng rng);

// Each MLP neuron fires on half of the positions: b_in less the median of its pre-activations. Rarely firing neurons
// and those that fire inside others have freedom of their own.
void center_neurons(ModelPoint& model, const Inputs& data, const std::string& block);

// MLP neurons [first, first + count) that fire nowhere, or everywhere: W_in small, b_in -1 or 1. Layer norms, or tokens
// of size 1, are taken for granted.
void silence_neurons(Parameters<double>& theta, const std::string& block, std::int64_t first, std::int64_t count);
void keep_on(Parameters<double>& theta, const std::string& block, std::int64_t first, std::int64_t count);
// Neuron `to` gets `factor` times the incoming weights and bias of neuron `from`: they fire together, and their
// activations are proportional.
void synchronise(Parameters<double>& theta, const std::string& block, std::int64_t from, std::int64_t to,
                 double factor);

// Tokens and positions without their parts in `count` random directions of the residual stream.
void embed_low(Parameters<double>& theta, std::int64_t count, Rng rng);
// No attention, MLP or unembedding reads `count` random directions of the residual stream.
void leave_unread(Parameters<double>& theta, std::int64_t count, Rng rng);

}  // namespace basin::interp
