// How the planted networks' neurons are drawn (nn/data/planted/planted.h); no part of the public interface.
#pragma once
#include "core/rng.h"
#include "nn/data/planted/planted.h"

namespace basin::nn {

using PlantedRow = std::vector<double>;  // weights of one neuron and, last, its bias

struct Rejected {};  // thrown inside a draw that cannot become a network of the plan

// What the rows of one hidden layer are drawn from: its activations on the kept samples, and the projection that gives
// the blocks below the planted rank of outgoing weights.
struct RowSource {
  const Matrix& f;        // [kept, d]
  const Matrix& some;     // the first of f's rows: enough to know a quantile
  const Matrix& project;  // [d, d]
  Rng& rng;

  // A random row whose pre-activation has unit deviation and is positive on a fraction `level` of `some`.
  PlantedRow row(double level) const;
};

// [plant.size] rows, without their scales.
std::vector<PlantedRow> block_rows(const Plant& plant, const RowSource& source);

Matrix pre_activations(const Matrix& f, const std::vector<PlantedRow>& rows);  // f W^T + b, [samples, rows]

}  // namespace basin::nn
