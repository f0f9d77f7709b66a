#include "experiments/grokking/grokking_measures.h"

#include "experiments/claims/compared_bases.h"
#include "experiments/sparsity/modular_setting.h"
#include "interp/edges/basis_sparsity.h"
#include "interp/edges/features.h"
#include "interp/jacobian/gauss_newton.h"
#include "interp/jacobian/model_spectrum.h"

namespace basin::experiments {
namespace {

// What edges have to keep; nothing where the network is no better than the best constant.
std::vector<interp::Requirement> requirements_of(const interp::FoldedModel& model, const Inputs& inputs,
                                                 const interp::Scoring& scoring) {
  if (!(interp::base_score(model, inputs, scoring, {}) < scoring.of_constant())) return {};
  return {*interp::share_of_the_way(model, inputs, scoring, grokking_loss_share)};
}

BasisEdges edges_in(interp::BasisKind kind, const interp::FoldedModel& model, const Inputs& inputs,
                    const std::vector<interp::Requirement>& requirements) {
  BasisEdges sum;
  if (!requirements.empty()) sum.required = 0;
  for (const interp::SectionSparsity& s : interp::basis_sparsity(model, basis_options(kind), inputs, requirements)) {
    sum.features += s.features, sum.edges += s.edges, sum.effective += s.effective;
    if (!requirements.empty()) sum.required += s.required[0];
  }
  return sum;
}

}  // namespace

RankReading rank_reading(const interp::ModelPoint& network, const Inputs& pairs) {
  const interp::JacobianSpectrum s = interp::model_spectrum(network, pairs);
  const double largest = s.rank.scale > 0 ? s.rank.scale : 1;
  RankReading r{.rows = s.rows,
                .parameters = s.parameters,
                .rank = s.rank.rank,
                .above_rounding = s.rank.above_rounding,
                .smallest_kept = s.rank.smallest_kept / largest,
                .largest_dropped = s.rank.largest_dropped / largest};
  std::vector<double> eigenvalues;
  for (const double v : s.singular_values) eigenvalues.push_back(v * v);
  for (const interp::EpsilonRank& e : interp::relative_epsilon_ranks(eigenvalues, grokking_epsilons))
    r.counts.push_back(e.count), r.n_eff.push_back(e.soft_count);
  r.counts.resize(grokking_epsilons.size()), r.n_eff.resize(grokking_epsilons.size());  // none if J is 0
  return r;
}

MeasuredLambda measured_lambda(const LlcSubject& subject, const LlcSettings& settings) {
  const LlcFindings found = llc_sweep(subject, settings, {}, {});
  const LlcPoint& point = found.points.front();
  const interp::LlcEstimate& e = point.sampled.estimate;
  MeasuredLambda m{.n_beta = e.n_beta,
                   .lambda = e.lambda.mean,
                   .error = e.lambda.error,
                   .r_hat = e.lambda.r_hat,
                   .ess = e.lambda.ess,
                   .quadratic = point.gauss_newton.value};
  for (const interp::Verdict& v : e.verdicts)
    if (!v.good) m.doubts.push_back(v.name);
  return m;
}

MeasuredEdges measured_edges(const interp::ModelPoint& network, const nn::Dataset& pairs) {
  const interp::FoldedModel model = modular_sections(network);
  const Inputs inputs = token_inputs(pairs), tokens{{"tokens", inputs.at("tokens")}};
  const interp::Scoring scoring{interp::ScoreKind::cross_entropy, inputs.at("t")};
  const std::vector<interp::Requirement> requirements = requirements_of(model, tokens, scoring);
  return {.lib = edges_in(interp::BasisKind::lib, model, tokens, requirements),
          .pca = edges_in(interp::BasisKind::pca, model, tokens, requirements)};
}

}  // namespace basin::experiments
