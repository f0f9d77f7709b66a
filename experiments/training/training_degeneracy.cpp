#include "experiments/training/training_degeneracy.h"

#include "core/npz.h"

namespace basin::experiments {
namespace {

std::vector<double> scaled(std::vector<double> grid, double top) {
  for (double& e : grid) e *= top;
  return grid;
}

std::vector<interp::EpsilonRank> counts_above(const std::vector<double>& eigenvalues) {
  if (eigenvalues.empty() || !(eigenvalues[0] > 0)) return {};
  return interp::epsilon_ranks(eigenvalues, scaled(epsilon_grid, eigenvalues[0]));
}

std::vector<std::int64_t> hard(const std::vector<interp::EpsilonRank>& ranks) {
  std::vector<std::int64_t> counts;
  for (const auto& r : ranks) counts.push_back(r.count);
  return counts;
}

Matrix first_rows(const Matrix& x, std::int64_t rows) {
  const std::int64_t n = std::min(rows, x.rows());
  return {Shape{n, x.cols()}, std::vector<double>(x.data.begin(), x.data.begin() + n * x.cols())};
}

}  // namespace

std::vector<CheckpointDegeneracy> degeneracy_over_training(const std::vector<Checkpoint>& checkpoints, const Matrix& x,
                                                           std::int64_t jacobian_rows, int threads,
                                                           const std::function<void(std::int64_t)>& done) {
  const interp::SweepOptions sweep{.threads = threads};
  const Inputs all{{"x", x}}, some{{"x", first_rows(x, jacobian_rows)}};
  std::vector<CheckpointDegeneracy> measured;
  for (const Checkpoint& c : checkpoints) {
    const interp::DenseNetwork network = interp::dense_network(interp::read_relu_net(c.path));
    CheckpointDegeneracy d{
        .epoch = c.epoch, .counts = counts_above(interp::spectrum(jacobian_gram(network, some, sweep))), .layers = {}};
    for (const auto& f : interp::network_factors(network, all, sweep).layers)
      d.layers.push_back({hard(counts_above(interp::spectrum(f.G))), hard(counts_above(interp::spectrum(f.K)))});
    measured.push_back(std::move(d));
    done(std::int64_t(measured.size()));
  }
  return measured;
}

void write_counts(const std::string& path, const std::vector<CheckpointDegeneracy>& training) {
  const auto c = std::int64_t(training.size()), e = std::int64_t(epsilon_grid.size());
  const auto layers = std::int64_t(training.front().layers.size());
  Matrix epoch(Shape{c}), jacobian(Shape{c, e}), soft(Shape{c, e});
  Tensor<double> activations(Shape{c, layers, e}), gradients(Shape{c, layers, e});
  for (std::int64_t i = 0; i < c; ++i) {
    epoch[i] = double(training[i].epoch);
    for (std::int64_t j = 0; j < e; ++j) {
      jacobian(i, j) = double(training[i].counts[j].count);
      soft(i, j) = training[i].counts[j].soft_count;
      for (std::int64_t l = 0; l < layers; ++l) {
        activations[(i * layers + l) * e + j] = double(training[i].layers[l].activations[j]);
        gradients[(i * layers + l) * e + j] = double(training[i].layers[l].gradients[j]);
      }
    }
  }
  NpzWriter file;
  file.add("epoch", epoch);
  file.add("epsilon", Matrix(Shape{e}, epsilon_grid));
  file.add("jacobian", jacobian);
  file.add("soft_jacobian", soft);
  file.add("activations", activations);
  file.add("gradients", gradients);
  file.save(path);
}

std::vector<LayerSpectra> layer_spectra(const interp::ReluNet& net, const Matrix& x, std::int64_t jacobian_rows,
                                        int threads) {
  const interp::DenseNetwork network = interp::dense_network(net);
  const interp::SweepOptions sweep{.threads = threads};
  const interp::NetworkFactors factors = interp::network_factors(network, {{"x", x}}, sweep);
  std::vector<Matrix> grams = interp::layer_jacobian_grams(network, {{"x", first_rows(x, jacobian_rows)}}, sweep);
  std::vector<LayerSpectra> all;
  for (std::size_t l = 0; l < factors.layers.size(); ++l)
    all.push_back({interp::layer_name(std::int64_t(l)), interp::spectrum(factors.layers[l].G),
                   interp::spectrum(factors.layers[l].K), interp::spectrum(std::move(grams[l]))});
  return all;
}

}  // namespace basin::experiments
