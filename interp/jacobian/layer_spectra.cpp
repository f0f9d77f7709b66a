#include "interp/jacobian/layer_spectra.h"

#include <algorithm>

#include "core/matrix.h"
#include "interp/layers/factors.h"

namespace basin::interp {
namespace {

Inputs first_rows(const Matrix& x, std::int64_t rows) { return {{"x", rows_of(x, 0, std::min(rows, x.rows()))}}; }

std::vector<std::int64_t> counts_above(const Matrix& gram, const std::vector<double>& epsilons) {
  std::vector<std::int64_t> counts;
  for (const EpsilonRank& r : relative_epsilon_ranks(spectrum(gram), epsilons)) counts.push_back(r.count);
  return counts;
}

}  // namespace

std::vector<LayerSpectra> layer_spectra(const ReluNet& net, const Matrix& x, std::int64_t jacobian_rows,
                                        const SweepOptions& options) {
  const DenseNetwork network = dense_network(net);
  const NetworkFactors factors = network_factors(network, {{"x", x}}, options);
  std::vector<Matrix> grams = layer_jacobian_grams(network, first_rows(x, jacobian_rows), options);
  std::vector<LayerSpectra> all;
  for (std::size_t l = 0; l < factors.layers.size(); ++l)
    all.push_back({layer_name(std::int64_t(l)), spectrum(factors.layers[l].G), spectrum(factors.layers[l].K),
                   spectrum(std::move(grams[l]))});
  return all;
}

SpectralCounts spectral_counts(const ReluNet& net, const Matrix& x, std::int64_t jacobian_rows,
                               const std::vector<double>& epsilons, const SweepOptions& options) {
  const DenseNetwork network = dense_network(net);
  const std::vector<double> h = spectrum(jacobian_gram(network, first_rows(x, jacobian_rows), options));
  SpectralCounts found{.counts = relative_epsilon_ranks(h, epsilons)};
  for (const LayerFactors& f : network_factors(network, {{"x", x}}, options).layers)
    found.layers.push_back({counts_above(f.G, epsilons), counts_above(f.K, epsilons)});
  return found;
}

void add_counts(NpzWriter& file, const std::vector<SpectralCounts>& networks, const std::vector<double>& epsilons) {
  std::vector<double> hard, soft, activations, gradients;
  for (const SpectralCounts& network : networks) {
    for (const EpsilonRank& r : network.counts) hard.push_back(double(r.count)), soft.push_back(r.soft_count);
    for (const LayerCounts& layer : network.layers) {
      activations.insert(activations.end(), layer.activations.begin(), layer.activations.end());
      gradients.insert(gradients.end(), layer.gradients.begin(), layer.gradients.end());
    }
  }
  const auto n = std::int64_t(networks.size()), e = std::int64_t(epsilons.size());
  const auto layers = std::int64_t(networks.front().layers.size());
  file.add("epsilon", Matrix({e}, epsilons));
  file.add("jacobian", Matrix({n, e}, hard));
  file.add("soft_jacobian", Matrix({n, e}, soft));
  file.add("activations", Matrix({n, layers, e}, activations));
  file.add("gradients", Matrix({n, layers, e}, gradients));
}

}  // namespace basin::interp
