#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "interp/jacobian/layer_spectra.h"
#include "tests/core/temp_folder.h"
#include "tests/interp/small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

const ReluNet& net() {
  static const ReluNet made = relu_net(dense_network(small_model({5, 4, 3}, Kind::relu), "out"));
  return made;
}

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

TEST_CASE("spectra of layers are those of G, K and the layers' parts of J J^T") {
  const Matrix x = random_matrix(30, 5, "x"), some({7, 5}, {x.data.begin(), x.data.begin() + 35});
  const std::vector<LayerSpectra> spectra = layer_spectra(net(), x, 7);
  REQUIRE(spectra.size() == 2);
  CHECK(spectra[1].name == "layers.1");
  CHECK(spectra[0].activations.size() == 6);
  CHECK(spectra[1].gradients.size() == 3);
  CHECK(spectra[1].gradients[2] == doctest::Approx(1));  // of the output layer, K is the unit matrix
  const std::vector<double> whole = spectrum(jacobian_gram(dense_network(net()), {{"x", some}}));
  CHECK(sum(spectra[0].jacobian) + sum(spectra[1].jacobian) == doctest::Approx(sum(whole)));
}

TEST_CASE("counts are of the spectra, and have arrays for several networks") {
  const Matrix x = random_matrix(30, 5, "x");
  const std::vector<double> epsilons{0.3, 1e-2, 1e-6};
  const SpectralCounts counts = spectral_counts(net(), x, 7, epsilons);
  const std::vector<LayerSpectra> spectra = layer_spectra(net(), x, 7);
  REQUIRE(counts.counts.size() == 3);
  for (std::size_t l = 0; l < 2; ++l)
    for (std::size_t e = 0; e < 3; ++e) {
      const auto above = [&](const std::vector<double>& h) {
        return std::ranges::count_if(h, [&](double value) { return value > epsilons[e] * h[0]; });
      };
      CHECK(counts.layers[l].activations[e] == above(spectra[l].activations));
      CHECK(counts.layers[l].gradients[e] == above(spectra[l].gradients));
    }
  const TempFolder tmp;
  NpzWriter file;
  add_counts(file, {counts, counts}, epsilons);
  file.save(tmp / "counts.npz");
  const auto read = read_npz(tmp / "counts.npz");
  CHECK(read.at("jacobian").shape == Shape{2, 3});
  CHECK(read.at("gradients").shape == Shape{2, 2, 3});
  CHECK(read.at("gradients")[3] == double(counts.layers[1].gradients[0]));
  CHECK(read.at("soft_jacobian")[5] == counts.counts[2].soft_count);
}
