#include "experiments/grokking/grokking_cost.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/llc/llc_cost.h"
#include "experiments/shared/training_run.h"

namespace basin::experiments {
namespace {

// Of one measurement on one thread.
struct Measurement {
  double seconds = 0, bytes = 0;
};

// J [rows, parameters] by reverse sweeps, its QR, and the singular values of R.
Measurement rank_cost(double rows, double parameters) {
  const double least = std::min(rows, parameters), most = std::max(rows, parameters);
  const MachineSpeed& speed = machine_speed();
  return {.seconds = 4e-10 * rows * parameters * speed.small +
                     (2 * most * least * least / 5e10 + least * least * least / 9e9) * speed.products,
          .bytes = 8 * 3 * rows * parameters};
}

Measurement lambda_cost(const Options& o, const TokenTraining& training) {
  const Model model = nn::transformer(training.network);
  LlcSubject subject = grokking_subject(training, "a network", {model, Parameters<double>(parameters_of(model))});
  LlcSettings settings = llc_settings(o, subject);
  settings.chains.threads = 1;
  subject.posterior.n_beta = settings.n_betas.front(), subject.posterior.gamma = settings.gamma;
  return {.seconds = chains_seconds(subject.posterior, settings.sampler, settings.chains, settings.f32) +
                     curvature_seconds(subject.posterior),
          .bytes = 64 * double(subject.posterior.dimension() * settings.chains.chains)};
}

// Sections in two bases, and by bisection how many edges each needs.
Measurement edges_cost(double rows, double parameters) {
  return {.seconds = 2.5e-8 * rows * parameters * machine_speed().small, .bytes = 20e6};
}

Measurement cost_of(GrokkingPart part, const Options& o, const GrokkingSpec& spec, const TokenTraining& training) {
  const auto parameters = double(Parameters<float>(parameters_of(nn::transformer(training.network))).size());
  const auto outputs = double(training.network.d_vocab_out), learnt = double(training.data.train.size());
  const double all = learnt + double(training.data.test.size());
  switch (part) {
    case GrokkingPart::rank:
      return rank_cost(outputs * (spec.rank_pairs > 0 ? std::min(all, double(spec.rank_pairs)) : all), parameters);
    case GrokkingPart::training: return rank_cost(outputs * learnt, parameters);
    case GrokkingPart::lambda: return lambda_cost(o, training);
    case GrokkingPart::edges: return edges_cost(learnt, parameters);
  }
  return {};
}

}  // namespace

RunCost grokking_cost(const Options& o, const GrokkingSpec& spec, const std::vector<TokenTraining>& trainings) {
  constexpr double later_moments = 3, beside_grid = 2;  // memorised, generalised, end; the first two
  RunCost all{.bytes = 10e6};
  for (const GrokkingPart part : spec.parts) {
    const Measurement each = cost_of(part, o, spec, trainings.front());
    const bool few = std::ranges::count(spec.moments_only, part) > 0;
    const double points = few ? later_moments : double(spec.checkpoints) + beside_grid;
    const double measurements = points * double(trainings.size());
    all.parts.push_back({fmt::format("{}, {} times at most", name_of(part), measurements),
                         dealt_seconds(o, measurements, each.seconds)});
    all.bytes = std::max(all.bytes, 10e6 + each.bytes * o.threads());
  }
  return all;
}

}  // namespace basin::experiments
