#include "interp/edges/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace basin::interp {
namespace {

double cross_entropy(std::span<const double> logits, std::int64_t label) {
  const double top = std::ranges::max(logits);
  double sum = 0;
  for (const double v : logits) sum += std::exp(v - top);
  return std::log(sum) + top - logits[label];
}

double squared_difference(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum / double(a.size());
}

void check_finite(std::span<const double> outputs, std::int64_t sample) {
  const auto bad = std::ranges::find_if_not(outputs, [](double v) { return std::isfinite(v); });
  if (bad != outputs.end())
    throw NumericalError(fmt::format("score: output {} of sample {} is {}", bad - outputs.begin(), sample, *bad));
}

// Of the columns.
double mean_variance(const Matrix& a) {
  double sum = 0;
  for (std::int64_t j = 0; j < a.cols(); ++j) {
    double mean = 0, squares = 0;
    for (std::int64_t i = 0; i < a.rows(); ++i) mean += a(i, j) / double(a.rows());
    for (std::int64_t i = 0; i < a.rows(); ++i) squares += (a(i, j) - mean) * (a(i, j) - mean);
    sum += squares / double(a.size());
  }
  return sum;
}

}  // namespace

double Scoring::sum(std::int64_t first, const Matrix& outputs) const {
  double total = 0;
  for (std::int64_t i = 0; i < outputs.rows(); ++i) {
    const std::span<const double> row = outputs.row(i);
    check_finite(row, first + i);
    switch (kind) {
      case ScoreKind::accuracy:
        total += std::ranges::max_element(row) - row.begin() == std::int64_t(targets[first + i]);
        break;
      case ScoreKind::cross_entropy: total += cross_entropy(row, std::int64_t(targets[first + i])); break;
      case ScoreKind::mse: total += squared_difference(row, targets.row(first + i));
    }
  }
  return total;
}

double Scoring::of_constant() const {
  if (kind == ScoreKind::mse) return mean_variance(targets);
  std::map<double, double> shares;
  for (const double label : targets.data) shares[label] += 1 / double(samples());
  double entropy = 0, largest = 0;
  for (const auto& [label, share] : shares) entropy -= share * std::log(share), largest = std::max(largest, share);
  return kind == ScoreKind::accuracy ? largest : entropy;
}

void Scoring::validate(std::string_view who, std::int64_t n, std::int64_t k) const {
  const bool labels = kind != ScoreKind::mse;
  const Shape wanted = labels ? Shape{n} : Shape{n, k};
  if (!(targets.shape == wanted))
    throw DataError(fmt::format("{}: {} has targets {}, wanted {} for {} samples of {} outputs", who, name_of(kind),
                                targets.shape.str(), wanted.str(), n, k));
  for (std::int64_t i = 0; labels && i < n; ++i)
    if (!(targets[i] >= 0 && targets[i] < double(k) && targets[i] == std::floor(targets[i])))
      throw DataError(fmt::format("{}: the label of sample {} is {}, wanted a whole number from 0 to {}", who, i,
                                  targets[i], k - 1));
}

ScoreKind score_from(std::string_view name) {
  for (const ScoreKind kind : {ScoreKind::accuracy, ScoreKind::cross_entropy, ScoreKind::mse})
    if (name == name_of(kind)) return kind;
  throw UsageError(fmt::format("score: '{}' given, wanted accuracy, cross-entropy or mse", name));
}

std::string_view name_of(ScoreKind kind) {
  return kind == ScoreKind::accuracy ? "accuracy" : kind == ScoreKind::mse ? "mse" : "cross-entropy";
}

}  // namespace basin::interp
