#include "experiments/interactions/feature_labels.h"

#include <fmt/format.h>

#include "interp/edges/features.h"
#include "interp/look/fourier_labels.h"
#include "nn/data/modular_arithmetic.h"

namespace basin::experiments {
namespace {

// [samples positions, features] to [samples, features].
Matrix summed(const Matrix& values, std::int64_t positions) {
  if (positions == 1) return values;
  Matrix sums({values.rows() / positions, values.cols()});
  for (std::int64_t row = 0; row < values.rows(); ++row)
    for (std::int64_t f = 0; f < values.cols(); ++f) sums(row / positions, f) += values(row, f);
  return sums;
}

}  // namespace

void require_arithmetic(const TrainedNetwork& network, std::int64_t p) {
  if (network.modulus > 0 && network.modulus != p)
    throw UsageError(fmt::format("--modulus {} given; {} calculates modulo {}", p, network.what, network.modulus));
  if (p < 2) throw UsageError(fmt::format("--modulus {} given; wanted 2 or more", p));
  const std::int64_t tokens = network.vocabulary > 0 ? network.columns() : 0;
  if (tokens != 3 || network.vocabulary <= p)
    throw UsageError(fmt::format(
        "--modulus {} given; wanted a transformer that reads x, y and the token {} for \"=\"; {} reads {}", p, p,
        network.what, tokens ? fmt::format("{} tokens of {}", tokens, network.vocabulary) : "no tokens"));
}

FeatureLabels feature_labels(const Interactions& i, const TrainedNetwork& network, std::int64_t p) {
  require_arithmetic(network, p);
  const Inputs pairs{{network.input, cast<double>(nn::modular_arithmetic(nn::ModularTask::add, p).x)}};
  interp::SweepOptions how = i.basis.sweep;
  how.progress = {};
  FeatureLabels labels;
  for (std::size_t l = 0; l < i.bases.size(); ++l) {
    const auto layer = std::int64_t(l);
    const Matrix values =
        summed(interp::FeatureTable(i.model, layer, i.bases[l].C, pairs, how).values(), i.model.positions(layer));
    auto& of = labels.emplace_back();
    for (const auto& terms : interp::fourier_terms(values, p)) of.push_back(interp::fourier_label(terms));
    if (const std::int64_t constant = i.bases[l].constant; constant >= 0) of[std::size_t(constant)].clear();
  }
  return labels;
}

}  // namespace basin::experiments
