// The three things that are measured of a network at a checkpoint (docs/theory.md §6.8), each on one thread.
#pragma once
#include "experiments/grokking/grokking_study.h"

namespace basin::experiments {

RankReading rank_reading(const interp::ModelPoint& network, const Inputs& pairs);
MeasuredLambda measured_lambda(const LlcSubject& subject, const LlcSettings& settings);
MeasuredEdges measured_edges(const interp::ModelPoint& network, const nn::Dataset& pairs);

}  // namespace basin::experiments
