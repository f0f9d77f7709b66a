// What chains will take, from a few of their steps.
#pragma once
#include "experiments/cli/cost.h"
#include "experiments/llc/llc_study.h"

namespace basin::experiments {

// Of a step of all chains of a posterior, one after the other on one thread, and of what is held for them.
struct StepCost {
  double seconds = 0, bytes = 0;
  std::int64_t groups = 1;  // that threads take
};
StepCost step_cost(const interp::LocalPosterior& posterior, const interp::SamplerSpec& sampler,
                   const interp::ChainSpec& chains, bool f32);

// Of the warm-up and all draws of a run of chains (interp/llc/chains.h), and of local_curvature at w*; on the spec's
// threads, and on one.
double chains_seconds(const interp::LocalPosterior& posterior, const interp::SamplerSpec& sampler,
                      const interp::ChainSpec& chains, bool f32);
double curvature_seconds(const interp::LocalPosterior& posterior);

double gradient_seconds(const interp::LocalPosterior& posterior);  // of the loss, on all rows

// Of llc_sweep.
RunCost llc_cost(const LlcSubject& subject, const LlcSettings& settings);
// Of calibrate, with so many steps at each nβ.
RunCost calibration_cost(const LlcSubject& subject, const LlcSettings& settings, std::int64_t trials);

}  // namespace basin::experiments
