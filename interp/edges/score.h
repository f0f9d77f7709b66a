// How good outputs are, row by row: what ablations are judged by.
#pragma once
#include <string_view>

#include "core/tensor.h"

namespace basin::interp {

// accuracy: 1 where the largest output is at the label. cross_entropy: of softmax, at the label. mse: mean over outputs
// of the squared difference to the target; to the network's own outputs it is the behavioural loss over the number of
// outputs.
enum class ScoreKind { accuracy, cross_entropy, mse };
ScoreKind score_from(std::string_view name);  // accuracy, cross-entropy, mse; UsageError
std::string_view name_of(ScoreKind kind);

struct Scoring {
  ScoreKind kind = ScoreKind::accuracy;
  Tensor<double> targets{};  // labels [n], whole numbers; for mse [n, k]

  std::int64_t samples() const { return targets.shape.rank() ? targets.shape[0] : 0; }
  bool higher_is_better() const { return kind == ScoreKind::accuracy; }
  // Sum over rows of outputs [rows, k] that belong to the samples from `first` on. NumericalError, naming sample and
  // output, for NaN and Inf.
  double sum(std::int64_t first, const Matrix& outputs) const;
  // Of the best constant: the mean of the targets, for labels their shares as probabilities. What is learnt when
  // nothing is read from the inputs.
  double of_constant() const;
  // DataError, its text beginning with `who`, unless targets fit n samples of k outputs.
  void validate(std::string_view who, std::int64_t n, std::int64_t k) const;
  // Whether a score is as good as another, up to delta. Accuracies are counts over n: a loss of just delta holds,
  // whichever way the three numbers were rounded.
  bool holds(double score, double base, double delta) const {
    return higher_is_better() ? score >= base - delta - count_rounding : score <= base + delta;
  }
  static constexpr double count_rounding = 1e-12;  // of shares of far fewer than 1e12 samples
};

}  // namespace basin::interp
