// Outputs and J = d output / d theta of any model on fixed data, at one θ after another: for iterations that move θ.
// Programs are traced and planned once. By reverse sweeps of the engine, one sample in a run, so slower at a single θ
// than what factors of dense layers give (parameter_jacobian.h), with which it shares nothing.
#pragma once
#include "interp/sweep/sweep.h"

namespace basin::interp {

class ModelJacobian {
 public:
  // Of the model's Ends::output, [rows, …], k numbers a row. UsageError if it has none; DataError for no data; those of
  // sweep. options.chunk is for outputs alone.
  ModelJacobian(const ModelPoint& model, Inputs data, SweepOptions options = {});

  std::int64_t samples() const { return samples_; }
  std::int64_t outputs() const { return outputs_; }          // k
  std::int64_t rows() const { return samples_ * outputs_; }  // n k
  std::int64_t parameters() const { return parameters_; }    // N

  // At θ [N], in the order of the model's parameters; rows in the order sample * k + output. One call at a time;
  // bit-equal for any number of threads. NumericalError for NaN or Inf.
  std::vector<double> outputs_at(std::span<const double> theta);  // [n k]
  Matrix jacobian_at(std::span<const double> theta);              // [n k, N]

 private:
  Inputs data_;
  std::int64_t samples_, outputs_, parameters_;
  Sweeper values_, gradients_;
};

// The model with its output under this name too: sweeps find values by name, and an output may have none. UsageError,
// while tracing, if it has no output.
inline constexpr const char* differentiated = "differentiated output";
ModelPoint with_named_output(ModelPoint model);

// The model with another named value for its output; its loss is left out.
ModelPoint with_output(ModelPoint model, const std::string& name);

}  // namespace basin::interp
