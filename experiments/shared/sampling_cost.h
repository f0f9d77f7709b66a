// What sampling around a network will take, from one gradient of its loss.
#pragma once
#include "interp/llc/chains.h"

namespace basin::experiments {

// Seconds of the clock for all draws of all chains and the curvature that step sizes begin from, on spec.threads.
double sampling_seconds(const interp::LocalPosterior& posterior, const interp::SamplerSpec& sampler,
                        const interp::ChainSpec& spec, bool f32);

// Seconds of interp::local_curvature beside them, on one thread.
double curvature_seconds(const interp::LocalPosterior& posterior);

}  // namespace basin::experiments
