// The features of one node layer over a data set, in memory, for what runs the rest of a model again and again.
#pragma once
#include "interp/basis/folded.h"
#include "interp/edges/score.h"

namespace basin::interp {

class FeatureTable {
 public:
  FeatureTable(const FoldedModel& model, std::int64_t layer, const Matrix& C, const Inputs& inputs,
               const SweepOptions& options);

  std::int64_t features() const { return features_; }
  Matrix values() const;  // [samples positions, features]
  // The mean of what `scoring` says of outputs(features of a chunk [rows positions, features], worker) over all chunks;
  // summed in their order.
  using Outputs = std::function<std::span<const double>(const Matrix& features, int worker)>;
  double mean_score(int threads, const Scoring& scoring, const Outputs& outputs) const;

 private:
  std::int64_t features_, positions_, chunk_, samples_ = 0;
  std::vector<Matrix> chunks_;
};

// Of the model as it is.
double base_score(const FoldedModel& model, const Inputs& inputs, const Scoring& scoring, const SweepOptions& options);

}  // namespace basin::interp
