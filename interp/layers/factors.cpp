#include "interp/layers/factors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/blas.h"

namespace basin::interp {
namespace {

// Pre-activations [any, neurons] of the samples from `first` on.
void mark(FiringMasks& firing, std::int64_t first, std::span<const double> pre) {
  const std::int64_t neurons = std::int64_t(firing.columns.size());
  for (std::int64_t place = 0; place < std::ssize(pre); ++place) {
    const std::int64_t sample = first + place / neurons, i = place % neurons;
    if (pre[place] > 0) firing.columns[i][sample / 64] |= std::uint64_t(1) << (sample % 64);
    firing.margins[i] = std::min(firing.margins[i], std::abs(pre[place]));
  }
}

void merge(FiringMasks& into, const FiringMasks& other) {
  for (std::size_t i = 0; i < into.columns.size(); ++i) {
    for (std::size_t w = 0; w < into.columns[i].size(); ++w) into.columns[i][w] |= other.columns[i][w];
    into.margins[i] = std::min(into.margins[i], other.margins[i]);
  }
}

struct Patterns {
  std::vector<FiringMasks> layers;

  template <class Each>
  void fields(Each& each) {
    each(layers);
  }
  void merge(const Patterns& other) {
    for (std::size_t l = 0; l < layers.size(); ++l) interp::merge(layers[l], other.layers[l]);
  }
};

void add_gram(Matrix& gram_matrix, const Matrix& rows) {
  const std::int64_t n = rows.shape[1];
  gram(rows.shape[0], n, rows.data.data(), n, gram_matrix.data.data(), n);
}

void add_to(Matrix& sum, const Matrix& other) {
  std::transform(sum.data.begin(), sum.data.end(), other.data.begin(), sum.data.begin(), std::plus<>());
}

LayerFactors no_factors(std::int64_t samples, std::int64_t in, std::int64_t out) {
  return {StreamingQr(in), StreamingQr(out), Matrix({in, in}), Matrix({out, out}), FiringMasks(samples, out)};
}

void add(LayerFactors& to, std::int64_t first, const Matrix& f, const Matrix& B, std::span<const double> pre) {
  to.activations.append(f);
  to.gradients.append(B);
  add_gram(to.G, f);
  add_gram(to.K, B);
  mark(to.firing, first, pre);
}

void take_mean(LayerFactors& layer, std::int64_t samples) {
  for (Matrix* sum : {&layer.G, &layer.K})
    for (double& v : sum->data) v /= double(samples);
}

struct Gathered {
  std::vector<LayerFactors> layers;

  template <class Each>
  void fields(Each& each) {
    each(layers);
  }
  Gathered(const DenseNetwork& network, std::int64_t samples) {
    for (const DenseLayer& l : network.layers) layers.push_back(no_factors(samples, l.inputs(), l.d_out));
  }

  void add(const DenseNetwork& network, const Chunk& chunk) {
    for (std::size_t l = 0; l < layers.size(); ++l)
      interp::add(layers[l], chunk.first, augmented_activations(network, chunk, l), output_gradients(network, chunk, l),
                  chunk.values[2 * layers.size() + l]);
  }

  void merge(const Gathered& other) {
    for (std::size_t l = 0; l < layers.size(); ++l) {
      layers[l].activations.merge(other.layers[l].activations);
      layers[l].gradients.merge(other.layers[l].gradients);
      add_to(layers[l].G, other.layers[l].G);
      add_to(layers[l].K, other.layers[l].K);
      interp::merge(layers[l].firing, other.layers[l].firing);
    }
  }
};

}  // namespace

FiringMasks::FiringMasks(std::int64_t n, std::int64_t neurons)
    : samples(n),
      columns(neurons, std::vector<std::uint64_t>((n + 63) / 64)),
      margins(neurons, std::numeric_limits<double>::infinity()) {}

FiringMasks FiringMasks::always(std::int64_t samples, std::int64_t neurons) {
  FiringMasks masks(samples, neurons);
  for (std::vector<std::uint64_t>& column : masks.columns)
    for (std::int64_t s = 0; s < samples; ++s) column[s / 64] |= std::uint64_t(1) << (s % 64);
  return masks;
}

Matrix FiringMasks::picture() const {
  const std::int64_t neurons = std::ssize(columns);
  std::vector<std::vector<bool>> patterns(samples);
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t i = 0; i < neurons; ++i) patterns[s].push_back(fires(s, i));
  std::ranges::sort(patterns, std::greater<>());
  Matrix map({neurons, samples});
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t i = 0; i < neurons; ++i) map(i, s) = patterns[s][i];
  return map;
}

std::int64_t FiringMasks::count(std::int64_t neuron) const {
  std::int64_t n = 0;
  for (std::uint64_t word : columns[neuron]) n += std::popcount(word);
  return n;
}

NetworkFactors network_factors(const std::vector<FullTable>& tables) {
  NetworkFactors factors{tables.front().F.rows(), {}};
  for (const FullTable& t : tables) {
    factors.layers.push_back(no_factors(factors.samples, t.F.cols(), t.B.cols()));
    add(factors.layers.back(), 0, t.F, t.B, t.pre.data);
    take_mean(factors.layers.back(), factors.samples);
  }
  return factors;
}

NetworkFactors network_factors(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options) {
  const std::int64_t samples = plan_sweep(inputs, options).samples;
  Gathered all = sweep_reduce(network.model, inputs, layer_values(network), options, Gathered(network, samples),
                              [&](Gathered& part, const Chunk& chunk) { part.add(network, chunk); });
  for (LayerFactors& l : all.layers) take_mean(l, samples);
  return {samples, std::move(all.layers)};
}

std::vector<FiringMasks> firing_masks(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options) {
  const std::int64_t samples = plan_sweep(inputs, options).samples;
  Patterns none;
  SweepSpec pre_activations;
  for (const DenseLayer& l : network.layers) {
    none.layers.emplace_back(samples, l.d_out);
    pre_activations.fetch.push_back(l.pre);
  }
  return sweep_reduce(network.model, inputs, pre_activations, options, none,
                      [](Patterns& part, const Chunk& chunk) {
                        for (std::size_t l = 0; l < part.layers.size(); ++l)
                          mark(part.layers[l], chunk.first, chunk.values[l]);
                      })
      .layers;
}

}  // namespace basin::interp
