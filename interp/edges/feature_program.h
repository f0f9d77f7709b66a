// The rest of a model, from features at one node layer to its outputs.
#pragma once
#include <map>
#include <memory>

#include "interp/basis/basis.h"

namespace basin::interp {

class FeatureProgram {
 public:
  FeatureProgram(const FoldedModel& model, std::int64_t layer, const Matrix& C_pinv,
                 Precision precision = Precision::f64);

  // Outputs [rows, k] for features [rows, columns], or [rows, positions, columns] where the layer has positions;
  // allocates only for a number of rows not met before.
  std::span<const double> run(std::span<const double> features);

 private:
  struct Traced {
    Graph graph;
    Var features, outputs;
    std::unique_ptr<NumericProgram> program;
  };
  Traced& at(std::int64_t rows);

  const FoldedModel& model_;
  std::int64_t layer_;
  Matrix C_pinv_;
  Precision precision_;
  std::map<std::int64_t, Traced> traced_;
};

}  // namespace basin::interp
