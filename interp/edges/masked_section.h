// One section of a network where each feature behind it sees its own set of features before it.
#pragma once
#include <map>
#include <memory>

#include "interp/basis/basis.h"
#include "interp/edges/masked_attention.h"

namespace basin::interp {

class MaskedSection {
 public:
  MaskedSection(const FoldedModel& model, std::int64_t section, const Matrix& C_pinv, const Matrix& C_next,
                Precision precision = Precision::f64);

  // Features behind [rows, features'] for features before [rows, features] and a mask [features', features] of 0 and 1;
  // a sample with positions has a row for each. Dense sections in double: for each feature behind, a product over the
  // features that it sees, or that it does not see if these are fewer. Others: one run of the section for each
  // different row of the mask.
  Matrix run(const Matrix& features, const Matrix& mask);

 private:
  struct Traced {
    Graph graph;
    Var in, out;
    std::unique_ptr<NumericProgram> program;
  };
  Matrix run_linear(const Matrix& features, const Matrix& mask) const;
  Matrix run_dense(const Matrix& features, const Matrix& mask);
  Matrix run_any(const Matrix& features, const Matrix& mask);
  Traced& traced(std::int64_t rows, bool dense);

  const FoldedModel& model_;
  std::int64_t section_;
  Precision precision_;
  Matrix C_pinv_, C_next_;
  Matrix A_, D_columns_, past_;  // of a dense section: C^+ W~, (V C')^T, and C^+ S C' or empty
  std::optional<MaskedAttention> attention_;
  std::map<std::int64_t, Traced> traced_;  // by rows
};

}  // namespace basin::interp
