// A network on a batch: the traced model, its loss, and the program that runs them. One graph has one batch size; a
// shorter last batch is a second graph over the same parameters.
#pragma once
#include <map>
#include <memory>

#include "autodiff/program.h"
#include "nn/data/dataset.h"
#include "nn/mlp.h"

namespace basin::nn {

enum class Loss { cross_entropy, mse };  // mean over rows; mean over all elements

// Classification learns by cross-entropy, regression by mean squared error.
inline Loss loss_of(const Dataset& data) { return data.classes > 0 ? Loss::cross_entropy : Loss::mse; }

// Traces x, t, the network and the loss into `graph` under the names x, t, layers.*, loss.
struct Supervised {
  Supervised(Graph& graph, std::int64_t rows, const MlpSpec& spec, Loss loss);
  Var x, t, loss;
  Mlp net;
};

// Programs for every batch size that occurs, over one set of parameters. With gradients they fill flat().
template <class T>
class BatchPrograms {
 public:
  BatchPrograms(const MlpSpec& spec, Loss loss, bool gradients) : spec_(spec), loss_(loss), gradients_(gradients) {}

  struct Batch {
    Graph graph;
    std::unique_ptr<Supervised> model;
    std::unique_ptr<Program<T>> program;

    T loss() const { return program->scalar(model->loss); }
    std::span<const T> output() const { return program->view(model->net.out); }
  };
  // Runs the rows `indices` of the data set. The first call with a new batch size traces and plans; later ones do not
  // allocate. NumericalError naming the first bad value if the loss is NaN or Inf.
  const Batch& run(Parameters<T>& params, const Dataset& data, std::span<const std::int64_t> indices);

 private:
  Batch& batch(Parameters<T>& params, std::int64_t rows);
  MlpSpec spec_;
  Loss loss_;
  bool gradients_;
  std::map<std::int64_t, Batch> batches_;
};

// The parameters of a network: slices layers.*, zeros.
template <class T>
struct MlpParameters {
  explicit MlpParameters(const MlpSpec& spec);
  Graph graph;  // only holds the names and shapes
  Parameters<T> values;
};

struct Evaluation {
  double loss = 0;
  double accuracy = 0;  // share of rows whose largest output is the label; NaN for regression
};

template <class T>
Evaluation evaluate(BatchPrograms<T>& forward, Parameters<T>& params, const Dataset& data);

}  // namespace basin::nn
