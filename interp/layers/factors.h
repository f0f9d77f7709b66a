// What the degeneracy of a network is read from, layer by layer, in one sweep (docs/theory.md §2, §3): factors of the
// activations f~ = (f, 1) and of the gradients B = d output / d pre-activation, their Gram matrices, firing patterns.
// Integer ranks are decided on the factors; the Gram matrices are for spectra at scale (they resolve 1e-8).
#pragma once
#include <cstdint>

#include "core/streaming_qr.h"
#include "interp/layers/full_tables.h"

namespace basin::interp {

// Which neurons of a layer fire (pre-activation > 0) on which samples.
struct FiringMasks {
  std::int64_t samples = 0;
  std::vector<std::vector<std::uint64_t>> columns;  // by neuron: sample s is bit s % 64 of word s / 64; unused bits 0
  std::vector<double> margins;                      // by neuron: smallest |pre-activation| over the samples

  FiringMasks(std::int64_t samples, std::int64_t neurons);
  static FiringMasks always(std::int64_t samples, std::int64_t neurons);  // all fire, with infinite margins
  bool fires(std::int64_t sample, std::int64_t neuron) const {
    return columns[neuron][sample / 64] >> (sample % 64) & 1;
  }
  Matrix picture() const;  // 1 where they fire: neurons by rows, samples with equal patterns side by side
  std::int64_t count(std::int64_t neuron) const;  // samples it fires on: 0 is dead, `samples` is always on
  template <class Each>
  void fields(Each& each) {
    each(samples, columns, margins);
  }
};

struct LayerFactors {
  StreamingQr activations;  // of f~^l, [samples, d~_l]
  StreamingQr gradients;    // of B^{l+1}, [samples outputs, d_{l+1}]
  Matrix G;                 // (1/samples) sum f~ f~^T, [d~_l, d~_l]
  Matrix K;                 // (1/samples) sum B^T B, [d_{l+1}, d_{l+1}]; sums over outputs
  FiringMasks firing;       // of the pre-activations p^{l+1}

  template <class Each>
  void fields(Each& each) {
    each(activations, gradients, G, K, firing);
  }
};

struct NetworkFactors {
  std::int64_t samples = 0;
  std::vector<LayerFactors> layers;  // as network.layers
};

NetworkFactors network_factors(const std::vector<FullTable>& tables);
// The same in memory that does not grow with the samples, firing patterns apart; the order in which factors are merged
// makes other last bits. Errors: those of sweep.
NetworkFactors network_factors(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options = {});

// The firing patterns alone, by layer: no gradient is computed.
std::vector<FiringMasks> firing_masks(const DenseNetwork& network, const Inputs& inputs,
                                      const SweepOptions& options = {});

}  // namespace basin::interp
