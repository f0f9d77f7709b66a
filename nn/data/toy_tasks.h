// Tasks made of independent parts, so that the modules a network should have are known beforehand.
#pragma once
#include <vector>

#include "nn/data/dataset.h"

namespace basin::nn {

struct ToyOptions {
  std::int64_t blocks = 4;
  std::int64_t inputs = 4;      // of each block
  std::int64_t outputs = 2;     // of each block; a parity block has one
  std::int64_t samples = 4096;  // parity: 0 means every bit pattern once (blocks * inputs <= 20)
  double noise = 0;             // standard deviation of the normal noise added to every target
  // Without modules, for comparison: block i's target is sum_j f_ij(x_j) / sqrt(blocks) over all input blocks j, which
  // is of the same size as f_ii(x_i) and reads every input block alike.
  bool entangled = false;
  std::uint64_t seed = 0;
};

struct ToyTask {
  Dataset data;                                // x [samples, blocks*inputs], y [samples, blocks*outputs]
  std::vector<int> input_block, output_block;  // the planted module of each column; all 0 when entangled
};

// All throw UsageError for an option outside its range. Streams of the seed: "toy/inputs", "toy/noise",
// "toy/f/<i>/<j>".

// f_ij is a random network of `hidden` tanh units; inputs are standard normal.
ToyTask teacher_blocks(const ToyOptions& options, std::int64_t hidden = 8);

// options.samples rows of it with noise to train on, and `test_samples` without to test, all of one teacher.
Split teacher_split(ToyOptions options, std::int64_t test_samples);

// A regression task in other coordinates: inputs and targets turned by random rotations, uniform over the orthogonal
// matrices. Streams of the seed: "modularity/rotation/inputs", "modularity/rotation/outputs".
Split rotated(Split task, std::uint64_t seed);

// f_ij is the product of block j's bits, which are +1 and -1, with a random sign for i != j.
ToyTask parity_blocks(const ToyOptions& options);

// The same as classification: one label [n] whose binary digit i is 1 where block i's product is -1; 2^blocks classes,
// blocks <= 10. Neither entangled nor noisy. The outputs belong to no block: output_block is empty.
ToyTask parity_classes(const ToyOptions& options);

// f_ij(x) = A_ij x with A_ij of normal entries of variance 1/inputs; inputs are standard normal.
ToyTask linear_blocks(const ToyOptions& options);

}  // namespace basin::nn
