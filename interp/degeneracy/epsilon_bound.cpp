#include "interp/degeneracy/epsilon_bound.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/inertia.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "interp/degeneracy/nearly_null_moves.h"
#include "interp/jacobian/gauss_newton.h"
#include "interp/jacobian/jacobian_tables.h"

namespace basin::interp {
namespace {

constexpr double new_move = 1e-6;  // of moves of norm 1: what is left of them outside the directions known before

// One dense layer: the block A_ll of A = J^T J that belongs to its parameters.
struct LayerBlock {
  std::int64_t first = 0, size = 0;  // its columns of J
  Eigh own;                          // of A_ll
  Matrix tensor;                     // A_ll in the basis u_i (x) w_j of eigenvectors of G and K, i the slower index
  std::vector<double> g, k;          // eigenvalues of G and K, descending; n g_i k_j is what kinds (a) and (b) predict
};

struct Spectra {
  Matrix A;                         // J^T J
  std::vector<double> eigenvalues;  // descending
  std::vector<LayerBlock> layers;
  NearlyNullMoves moves;
  double samples = 0;
};

// J^T J; columns of J that are zero stay so.
Matrix jacobian_square(const DenseNetwork& network, const JacobianTables& tables, int threads) {
  std::vector<std::int64_t> places;  // of the tables' columns among all parameters
  for (std::size_t l = 0; l < tables.layers.size(); ++l)
    for (const std::int64_t place : tables.layers[l].places) places.push_back(network.layers[l].weight_offset + place);
  const Matrix kept = parameter_gram(tables, threads);
  const std::int64_t N = network.model.parameter_count();
  Matrix A({N, N});
  for (std::size_t i = 0; i < places.size(); ++i)
    for (std::size_t j = 0; j < places.size(); ++j) A(places[i], places[j]) = kept(std::int64_t(i), std::int64_t(j));
  return A;
}

// `directions` A `directions`^T, symmetric to the bit.
Matrix seen_along(const Matrix& directions, const Matrix& A) {
  Matrix seen = matmul(matmul(directions, A), directions, false, true);
  for (std::int64_t i = 0; i < seen.shape[0]; ++i)
    for (std::int64_t j = 0; j < i; ++j) seen(j, i) = seen(i, j);
  return seen;
}

Matrix submatrix(const Matrix& a, const std::vector<std::int64_t>& places) {
  const auto n = std::int64_t(places.size());
  Matrix part({n, n});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) part(i, j) = a(places[i], places[j]);
  return part;
}

LayerBlock layer_block(const Matrix& A, const DenseLayer& layer, const LayerFactors& factors) {
  LayerBlock block{.first = layer.weight_offset, .size = layer.parameters(), .own = {}, .tensor = {}, .g = {}, .k = {}};
  Matrix own({block.size, block.size});
  for (std::int64_t i = 0; i < block.size; ++i)
    std::copy_n(A.row(block.first + i).begin() + block.first, block.size, own.row(i).begin());
  Eigh activations = eigh(factors.G), gradients = eigh(factors.K);
  block.tensor = seen_along(layer_moves(activations.vectors, gradients.vectors), own);
  block.g = std::move(activations.values);
  block.k = std::move(gradients.values);
  block.own = eigh(std::move(own));
  return block;
}

Spectra spectra_of(const ReluNet& net, const std::vector<FullTable>& tables, int threads) {
  const DenseNetwork network = dense_network(net);
  const NetworkFactors factors = network_factors(net, tables);
  Spectra s{.A = jacobian_square(network, jacobian_tables(tables), threads),
            .eigenvalues = {},
            .layers = std::vector<LayerBlock>(network.layers.size()),
            .moves = nearly_null_moves(net, factors, nearly_together),
            .samples = double(factors.samples)};
  parallel_for(threads, net.layers() + 1, [&](std::int64_t l, int) {
    if (l == 0)
      s.eigenvalues = spectrum(s.A);
    else
      s.layers[l - 1] = layer_block(s.A, network.layers[l - 1], factors.layers[l - 1]);
  });
  return s;
}

std::int64_t below(const std::vector<double>& values, double cutoff) {
  return std::ranges::count_if(values, [&](double v) { return v < cutoff; });
}

// Eigenvalues below the cut-off of A_ll restricted to those u_i (x) w_j for which the predicted eigenvalue is: by
// activations alone (times the largest of K), by activations or gradients alone, by their product. Each set holds the
// one before, so by interlacing the counts ascend.
void count_low_rank(EpsilonBound& bound, const LayerBlock& layer, double samples, double cutoff) {
  std::vector<std::int64_t> sets[3];
  for (std::size_t i = 0; i < layer.g.size(); ++i)
    for (std::size_t j = 0; j < layer.k.size(); ++j) {
      const bool a = samples * layer.g[i] * layer.k[0] < cutoff, b = samples * layer.g[0] * layer.k[j] < cutoff;
      const bool small[] = {a, a || b, a || b || samples * layer.g[i] * layer.k[j] < cutoff};
      for (int kind = 0; kind < 3; ++kind)
        if (small[kind]) sets[kind].push_back(std::int64_t(i * layer.k.size() + j));
    }
  std::int64_t counts[3];
  for (int kind = 0; kind < 3; ++kind)
    counts[kind] = kind && sets[kind].size() == sets[kind - 1].size()
                       ? counts[kind - 1]
                       : eigenvalues_below(submatrix(layer.tensor, sets[kind]), cutoff);
  bound.activations += counts[0];
  bound.gradients += counts[1] - counts[0];
  bound.products += counts[2] - counts[1];
  bound.conditional += below(layer.own.values, cutoff) - counts[2];
}

// Takes from rows [any, N] their part in the low eigenspaces of the layers' blocks.
void keep_high(Matrix& rows, const std::vector<LayerBlock>& layers, double cutoff) {
  for (const LayerBlock& layer : layers) {
    const Matrix high = columns_of(layer.own.vectors, 0, layer.size - below(layer.own.values, cutoff));
    const Matrix kept = matmul(matmul(columns_of(rows, layer.first, layer.size), high), high, false, true);
    for (std::int64_t i = 0; i < rows.shape[0]; ++i) std::ranges::copy(kept.row(i), rows.row(i).begin() + layer.first);
  }
}

Matrix orthonormal(Matrix rows) {
  const std::int64_t N = rows.shape[1];
  Svd parts = svd(std::move(rows));
  const auto rank = std::ranges::count_if(parts.s, [](double s) { return s > new_move; });
  parts.Vt.data.resize(rank * N);
  return {Shape{rank, N}, std::move(parts.Vt.data)};
}

// The directions for pairs come on top of those for rescalings, so by interlacing they can only add.
void count_moves(EpsilonBound& bound, const Spectra& s, double cutoff) {
  Matrix rescalings = s.moves.rescalings, pairs = s.moves.pairs;
  keep_high(rescalings, s.layers, cutoff);
  keep_high(pairs, s.layers, cutoff);
  Matrix directions = orthonormal(std::move(rescalings));
  bound.rescaling = eigenvalues_below(seen_along(directions, s.A), cutoff);
  for (int twice = 0; twice < 2; ++twice) project_away(directions, pairs);
  const Matrix more = orthonormal(std::move(pairs));
  directions.data.insert(directions.data.end(), more.data.begin(), more.data.end());
  directions.shape = {directions.shape[0] + more.shape[0], directions.shape[1]};
  bound.synchronised = eigenvalues_below(seen_along(directions, s.A), cutoff) - bound.rescaling;
}

EpsilonBound bound_at(const Spectra& s, double epsilon) {
  const double cutoff = epsilon * s.eigenvalues.front();
  const std::size_t parts = s.layers.size() > 1 ? s.layers.size() + 1 : 1;  // one layer has no moves
  EpsilonBound bound{.epsilon = epsilon, .free = below(s.eigenvalues, cutoff)};
  for (const LayerBlock& layer : s.layers) count_low_rank(bound, layer, s.samples, cutoff / double(parts));
  if (parts > 1) count_moves(bound, s, cutoff / double(parts));
  return bound;
}

}  // namespace

const std::vector<BoundKind>& bound_kinds() {
  static const std::vector<BoundKind> kinds{
      {"low activations", &EpsilonBound::activations}, {"low gradients", &EpsilonBound::gradients},
      {"low products", &EpsilonBound::products},       {"conditional", &EpsilonBound::conditional},
      {"rescaling", &EpsilonBound::rescaling},         {"synchronised", &EpsilonBound::synchronised},
      {"unexplained", &EpsilonBound::unexplained},     {"all", &EpsilonBound::free}};
  return kinds;
}

std::vector<EpsilonBound> epsilon_bounds(const ReluNet& net, const std::vector<FullTable>& tables,
                                         const std::vector<double>& epsilons, int threads) {
  for (double epsilon : epsilons)
    if (!(epsilon >= smallest_epsilon && epsilon < 1))
      throw UsageError(fmt::format("epsilon_bounds: epsilon {} given, wanted at least {} and less than 1", epsilon,
                                   smallest_epsilon));
  const Spectra spectra = spectra_of(net, tables, threads);
  std::vector<EpsilonBound> bounds(epsilons.size());
  parallel_for(threads, std::int64_t(epsilons.size()),
               [&](std::int64_t e, int) { bounds[e] = bound_at(spectra, epsilons[e]); });
  return bounds;
}

std::vector<EpsilonBound> epsilon_bounds(const ReluNet& net, const Matrix& x, const std::vector<double>& epsilons,
                                         const SweepOptions& options) {
  net.validate("epsilon_bounds");
  return epsilon_bounds(net, full_tables(dense_network(net), {{"x", x}}, options), epsilons, options.threads);
}

}  // namespace basin::interp
