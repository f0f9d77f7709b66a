// The toy model of superposition of Elhage et al., "Toy Models of Superposition" (2022, arXiv 2209.10652): c sparse
// features are squeezed through fewer hidden numbers and read back,
//   hidden = W x,  pre = Wᵀ hidden + b,  out = relu(pre),  loss = Σ_i importance^i (x_i - out_i)²,
// a number for each row; training takes its mean over rows. Without weights it is |x - out|², summed over features.
#pragma once
#include "autodiff/model.h"
#include "nn/data/dataset.h"

namespace basin::nn {

struct SuperpositionSpec {
  std::int64_t features = 6;  // c
  std::int64_t hidden = 2;
  double importance = 1;  // feature i = 0, 1, … counts this to the power of i; in (0, 1]
  double start = 0;  // deviation of W's normal start; 0: sqrt(2 / (features + hidden)), as the paper. b starts at 0

  void validate() const;  // UsageError
};

// Input "x" [rows, features]; parameters "W" [hidden, features] and "b" [features]; values "hidden" [rows, hidden],
// "pre" and "out" [rows, features], "loss" [rows]. UsageError for a spec outside its range.
Model superposition(const SuperpositionSpec& spec);
// The same from a config, such as a checkpoint's metadata. DataError naming the key.
Model superposition_from(const std::map<std::string, std::string>& config);

enum class FeatureLaw {
  one,     // x = a e_i with one feature i, each as likely, and a uniform on [0, 1]
  sparse,  // each feature alone is 0 with probability `sparsity`, else uniform on [0, 1]
};
FeatureLaw feature_law_from(std::string_view name);  // one, sparse; UsageError listing the names

struct FeatureData {
  FeatureLaw law = FeatureLaw::one;
  std::int64_t features = 6, samples = 4096;
  double sparsity = 0.9;  // of the law sparse, in [0, 1]
  std::uint64_t seed = 0;
};

// Rows x, with y = x. Of the law one every feature has the same number of rows, samples / features rounded down (at
// least 1), and `a` is drawn once from each of as many equal parts of [0, 1]: a stratified sample, whose means come
// closer to the law's than those of independent draws. Streams "superposition/one", "superposition/sparse". UsageError
// for what is outside its range.
Dataset feature_data(const FeatureData& options);

// "x" alone.
Inputs feature_inputs(const Dataset& data);

}  // namespace basin::nn
