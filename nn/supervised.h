// Models that learn targets from inputs, "t" from "x", and what is measured on them.
#pragma once
#include "autodiff/model.h"
#include "nn/data/dataset.h"
#include "nn/evaluate.h"
#include "nn/mlp.h"

namespace basin::nn {

enum class Loss { cross_entropy, mse };  // of a row; the second is a mean over the outputs

// Classification learns by cross-entropy, regression by mean squared error.
inline Loss loss_of(const Dataset& data) { return data.classes > 0 ? Loss::cross_entropy : Loss::mse; }

// A multi-layer perceptron and its loss: inputs "x" [rows, inputs] and "t" (labels [rows], or targets [rows, outputs]),
// parameters and values of nn/mlp.h, "loss" [rows]. Its config says widths, activation, biases and loss. UsageError for
// bad widths.
Model mlp(const MlpSpec& spec, Loss loss);
// The same from a config, such as a checkpoint's metadata; other keys are left alone. DataError naming the key.
Model mlp_from(const std::map<std::string, std::string>& config);

// "x" and "t" of a data set.
Inputs inputs_of(const Dataset& data);

// The inputs as analyses take them, [n, inputs]; only the first `rows` if there are more.
Matrix analysis_inputs(const Dataset& data, std::int64_t rows);

// UsageError unless the network has as many inputs and outputs as the data.
void require_fit(const MlpSpec& spec, const Dataset& data);

// 1 for each row whose largest output is the label "t", else 0.
Var right(Graph& graph, const Ends& ends);

struct Evaluation {
  double loss = 0;
  double accuracy = 0;  // share of rows whose largest output is the label; NaN for regression
};

// Evaluates a model with "x" and "t" on one data set, again and again while its parameters change.
template <class T>
class DatasetEvaluator {
 public:
  DatasetEvaluator(const Model& model, const Parameters<T>& parameters, const Dataset& data);
  Evaluation operator()();

 private:
  Inputs data_;
  Evaluator<T> evaluator_;
};

template <class T>
Evaluation evaluate(const Model& model, const Parameters<T>& parameters, const Dataset& data) {
  return DatasetEvaluator<T>(model, parameters, data)();
}

}  // namespace basin::nn
