// ReLU networks with planted degeneracy and the inputs they show it on: blocks of neurons with one firing pattern,
// always-on and dead neurons, low-rank inputs, rows and readers (docs/theory.md §3, §7).
#pragma once
#include <initializer_list>
#include <optional>
#include <vector>

#include "core/tensor.h"

namespace basin::nn {

enum class PlantKind { synchronised, always_on, dead };

// One block of neurons of a hidden layer. A synchronised block of size 1 is an ordinary neuron.
struct Plant {
  std::int64_t size = 1;
  PlantKind kind = PlantKind::synchronised;
  std::optional<std::int64_t> rows{};     // rank of its weight rows, biases included; full if not given
  std::optional<std::int64_t> readers{};  // rank of its outgoing weights; full if not given
};

// Synchronised blocks of these sizes; and the plants of a layer with one more in front.
std::vector<Plant> blocks(std::initializer_list<std::int64_t> sizes);
std::vector<Plant> with(Plant first, std::vector<Plant> rest);
std::int64_t width_of(const std::vector<Plant>& layer);  // neurons

struct Plan {
  std::vector<std::vector<Plant>> hidden;  // neurons of a layer lie in the order of its plants
  std::int64_t outputs = 4;
  std::int64_t inputs = 5;
  std::optional<std::int64_t> input_rank{};
  std::int64_t samples = 300;
  // What keeps accidents out (conditional low rank, nested and complementary patterns): every synchronised block is
  // on, and off, on this fraction of the samples, and two of one layer or of neighbours show all four joint states.
  double rate = 0.15;
  double joint = 0.03;

  void validate() const;  // UsageError
};

struct PlantedNet {
  std::vector<Matrix> weights;              // [out, in]
  std::vector<std::vector<double>> biases;  // [out]
  Matrix x;                                 // [samples, inputs]
  int attempts = 0;                         // networks rejected before this one
};

struct NoSuchNetwork : NumericalError {  // no draw of a plan was accepted
  using NumericalError::NumericalError;
};

// Draws networks until the data show every state often enough. The common row of a block gets small perturbations, and
// samples on which its signs disagree, or are near to it, are dropped, so patterns are exact with a margin. Streams of
// the seed: "planted". NoSuchNetwork if none is accepted in `attempts` draws.
PlantedNet plant(const Plan& plan, std::uint64_t seed, int attempts = 2000);

}  // namespace basin::nn
