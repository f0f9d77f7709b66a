#include "interp/degeneracy/degeneracy_details.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "interp/jacobian/parameter_jacobian.h"

namespace basin::interp {
namespace {

using Json = nlohmann::ordered_json;

// Squares over the largest: eigenvalues of the Gram matrix, relative.
std::vector<double> relative_spectrum(std::vector<double> singular_values) {
  const double largest = singular_values.empty() ? 0 : singular_values.front();
  for (double& s : singular_values) s = largest > 0 ? (s / largest) * (s / largest) : 0;
  return singular_values;
}

std::vector<std::vector<EpsilonRank>> of_layers(const NetworkFactors& factors, StreamingQr LayerFactors::*which,
                                                const std::vector<double>& epsilons) {
  std::vector<std::vector<EpsilonRank>> ranks;
  for (const LayerFactors& layer : factors.layers)
    ranks.push_back(epsilon_ranks(relative_spectrum((layer.*which).singular_values()), epsilons));
  return ranks;
}

Json as_json(const EpsilonCounts& counts) {
  Json layers = Json::array();
  for (std::size_t l = 0; l < counts.activations.size(); ++l)
    layers.push_back({{"name", layer_name(std::int64_t(l))},
                      {"activation_n_eff", counts.activations[l].soft_count},
                      {"activation_rank", counts.activations[l].count},
                      {"gradient_n_eff", counts.gradients[l].soft_count},
                      {"gradient_rank", counts.gradients[l].count}});
  return {{"epsilon", counts.epsilon},
          {"n_eff", counts.jacobian.soft_count},
          {"jacobian_rank", counts.jacobian.count},
          {"layers", layers}};
}

}  // namespace

std::vector<EpsilonCounts> epsilon_counts(const ReluNet& net, const Matrix& x, const std::vector<double>& epsilons,
                                          const SweepOptions& options) {
  net.validate("epsilon_counts");
  const DenseNetwork network = dense_network(net);
  const Inputs inputs{{"x", x}};
  const NetworkFactors factors = network_factors(net, x, options);
  const auto activations = of_layers(factors, &LayerFactors::activations, epsilons);
  const auto gradients = of_layers(factors, &LayerFactors::gradients, epsilons);
  const std::vector<double> spectrum = jacobian_spectrum(network, inputs, options).singular_values;
  const std::vector<EpsilonRank> jacobian = epsilon_ranks(relative_spectrum(spectrum), epsilons);
  std::vector<EpsilonCounts> all;
  for (std::size_t e = 0; e < epsilons.size(); ++e) {
    EpsilonCounts counts{.epsilon = epsilons[e], .jacobian = jacobian[e]};
    for (const auto& layer : activations) counts.activations.push_back(layer[e]);
    for (const auto& layer : gradients) counts.gradients.push_back(layer[e]);
    all.push_back(std::move(counts));
  }
  return all;
}

DegeneracyDetails degeneracy_details(const Subject& subject, const DegeneracyReport& report,
                                     const std::vector<double>& epsilons) {
  DegeneracyDetails details{.corrected = corrected_count(subject)};
  if (!report.decided() || (details.corrected && details.corrected->jacobian_rank != report.jacobian.rank))
    details.corrected.reset();
  if (!epsilons.empty()) details.epsilon = epsilon_counts(subject.given, subject.x, epsilons, subject.options.sweep);
  return details;
}

std::string to_json(const DegeneracyReport& report, const DegeneracyDetails& details) {
  Json object = Json::parse(to_json(report));
  object["doubly_null"] = details.corrected ? Json(details.corrected->doubly_null) : Json();
  object["n_eff_corrected"] = details.corrected ? Json(details.corrected->n_eff) : Json();
  if (details.epsilon.empty()) return object.dump(2);
  object["epsilon"] = Json::array();
  for (const EpsilonCounts& counts : details.epsilon) object["epsilon"].push_back(as_json(counts));
  return object.dump(2);
}

}  // namespace basin::interp
