#include "experiments/interactions/interaction_cost.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/lapack.h"
#include "experiments/shared/pass_cost.h"
#include "interp/basis/importance.h"
#include "interp/edges/features.h"
#include "interp/look/fourier_labels.h"
#include "interp/sweep/rows.h"
#include "nn/data/modular_arithmetic.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t most_seen = 1000;  // rows that features are counted on
constexpr std::int64_t most_tried = 16;   // rows that importances are taken on, for the same

// Gradients that a basis of this kind asks for, over these rows.
void find_importances(const Interactions& i, const interp::LayerMoments& moments, const Inputs& rows) {
  using interp::BasisKind;
  const auto& target = [&](std::int64_t l) -> const Matrix& { return i.bases[std::size_t(l)].C; };
  if (i.basis.kind == BasisKind::neuron || i.basis.kind == BasisKind::pca) return;
  if (i.basis.kind == BasisKind::ib) {
    global_importances(i.model, target(i.model.sections()), rows, i.basis);
    return;
  }
  for (std::int64_t l = 0; l < i.model.sections(); ++l)
    local_importance(i.model, l, target(l + 1), moments, rows, i.basis);
}

std::int64_t gram_rows(const Options& o, const TrainedNetwork& network) {
  const std::string& path = o.text("gram-inputs");
  return path.empty() ? 0 : rows_of(interp::inputs_in_file(network.input, path, true), "gram-inputs");
}

// Moments and what they are merged with, of every block; what is decomposed.
double held_bytes(const Interactions& i) {
  double numbers = 0;
  for (std::int64_t l = 0; l <= i.model.sections(); ++l) {
    const double d = double(i.model.width(l)), next = l < i.model.sections() ? double(i.model.width(l + 1)) : 0;
    numbers += double(i.basis.sweep.blocks) * (2 * d * d + d * next) + 12 * d * d;
  }
  return 8 * numbers;
}

bool all_have_features(const std::vector<interp::Basis>& bases) {
  return std::ranges::all_of(bases, [](const interp::Basis& b) { return b.features() > (b.constant >= 0); });
}

}  // namespace

InteractionCost interaction_cost(const Options& o, const TrainedNetwork& network, const Interactions& asked) {
  InteractionCost cost{.run = {}, .tried = asked};
  Interactions& i = cost.tried;
  const Inputs rows = network.inputs(network.train);
  const std::int64_t all = network.train.x.rows();
  const auto some = [&](std::int64_t most) { return interp::rows_at(rows, spaced_rows(all, most)); };
  const auto moments_of = [&](const Inputs& of) { return layer_moments(i.model, of, i.basis.rules, i.basis.sweep); };

  const PassCost moments = pass_cost(o, rows, moments_of, i.basis.sweep);
  const interp::LayerMoments seen = moments_of(some(most_seen));
  const Inputs few = some(most_tried);
  const double decompositions = seconds_of([&] { i.bases = interp::interaction_bases(i.model, seen, few, i.basis); });
  const PassCost importances = pass_cost(
      o, rows, [&](const Inputs& of) { find_importances(i, seen, of); }, i.basis.sweep);
  PassCost edges;
  i.edge.sweep = i.basis.sweep;
  if ((cost.has_features = all_have_features(i.bases)))
    edges = pass_cost(
        o, rows, [&](const Inputs& of) { i.E = interaction_edges(i.model, i.bases, of, i.edge); }, i.edge.sweep);
  const std::int64_t more = gram_rows(o, network);
  cost.run = {
      .parts = {{fmt::format("moments of {} rows", all + more), moments.seconds * double(all + more) / double(all)},
                {"decompositions", decompositions},
                {fmt::format("gradients of {} rows", all), importances.seconds},
                {fmt::format("edges over {} rows", all), edges.seconds}},
      .bytes = held_bytes(i) + moments.bytes + importances.bytes + edges.bytes};
  return cost;
}

CostPart label_cost(const Options& o, const TrainedNetwork& network, const Interactions& tried, std::int64_t p) {
  const Inputs pairs{{network.input, cast<double>(nn::modular_arithmetic(nn::ModularTask::add, p).x)}};
  double seconds = 0, features = 0;
  for (std::size_t l = 0; l < tried.bases.size(); ++l) {
    const Matrix& C = tried.bases[l].C;
    features += double(C.cols());
    seconds +=
        pass_cost(o, pairs,
                  [&](const Inputs& some) { interp::FeatureTable(tried.model, std::int64_t(l), C, some, {}); }, {})
            .seconds;
  }
  Matrix one({p * p, 1});
  for (std::int64_t i = 0; i < one.size(); ++i) one[i] = double(i % p * (i / p) % p);
  seconds += features * seconds_of([&] { interp::fourier_terms(one, p); });
  return {fmt::format("labels of {:.0f} features from {} pairs", features, p * p), seconds};
}

}  // namespace basin::experiments
