#include "interp/degeneracy/degeneracy_details.h"

#include <fmt/format.h>

#include <algorithm>
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

using Ranks = std::vector<EpsilonRank>;  // as epsilons

Ranks of_table(const Matrix& rows, const std::vector<double>& epsilons) {
  return epsilon_ranks(relative_spectrum(StreamingQr(rows).singular_values()), epsilons);
}

// J^T J or J J^T.
Ranks of_jacobian(const JacobianTables& J, const std::vector<double>& epsilons, int threads) {
  if (std::ranges::any_of(epsilons, [](double epsilon) { return epsilon < gram_epsilon; }))
    return epsilon_ranks(relative_spectrum(singular_values(J, rank_tolerance, threads)), epsilons);
  std::vector<double> roots = gram_eigenvalues(J, threads);
  for (double& h : roots) h = std::sqrt(h);
  return epsilon_ranks(relative_spectrum(std::move(roots)), epsilons);
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

std::vector<EpsilonCounts> epsilon_counts(const std::vector<FullTable>& tables, const std::vector<double>& epsilons,
                                          int threads) {
  std::vector<EpsilonCounts> all;
  for (double epsilon : epsilons) all.push_back({.epsilon = epsilon});
  const auto put = [&](const Ranks& ranks, const auto& to) {
    for (std::size_t e = 0; e < all.size(); ++e) to(all[e], ranks[e]);
  };
  for (const FullTable& t : tables) {
    put(of_table(t.F, epsilons), [](EpsilonCounts& counts, EpsilonRank r) { counts.activations.push_back(r); });
    put(of_table(t.B, epsilons), [](EpsilonCounts& counts, EpsilonRank r) { counts.gradients.push_back(r); });
  }
  put(of_jacobian(jacobian_tables(tables), epsilons, threads),
      [](EpsilonCounts& counts, EpsilonRank r) { counts.jacobian = r; });
  return all;
}

std::vector<EpsilonCounts> epsilon_counts(const ReluNet& net, const Matrix& x, const std::vector<double>& epsilons,
                                          const SweepOptions& options) {
  net.validate("epsilon_counts");
  return epsilon_counts(full_tables(dense_network(net), {{"x", x}}, options), epsilons, options.threads);
}

DegeneracyDetails degeneracy_details(const Subject& subject, const DegeneracyReport& report,
                                     const std::vector<double>& epsilons) {
  DegeneracyDetails details{.corrected = corrected_count(subject)};
  if (!report.decided() || (details.corrected && details.corrected->jacobian_rank != report.jacobian.rank))
    details.corrected.reset();
  if (!epsilons.empty()) details.epsilon = epsilon_counts(subject.given_tables(), epsilons, subject.threads());
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
