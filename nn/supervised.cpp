#include "nn/supervised.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/error.h"
#include "core/matrix.h"
#include "nn/config.h"

namespace basin::nn {
namespace {

std::map<std::string, std::string> config_of(const MlpSpec& spec, Loss loss) {
  return {{"model", "mlp"},
          {"widths", fmt::format("{}", fmt::join(spec.widths, ","))},
          {"activation", std::string(name_of(spec.activation))},
          {"bias", spec.bias ? "yes" : "no"},
          {"loss", loss == Loss::mse ? "mse" : "cross_entropy"}};
}

}  // namespace

Model mlp(const MlpSpec& spec, Loss loss) {
  spec.validate();
  const auto trace = [spec, loss](Graph& graph, std::int64_t rows) {
    const Mlp net(graph, graph.input("x", {rows, spec.widths.front()}), spec);
    const bool classes = loss == Loss::cross_entropy;
    const Var t = graph.input("t", classes ? Shape{rows} : Shape{rows, spec.widths.back()});
    return Ends{net.out, graph.name(classes ? cross_entropy(net.out, t) : mse(net.out, t), "loss")};
  };
  return {trace, config_of(spec, loss)};
}

Model mlp_from(const std::map<std::string, std::string>& config) {
  const ConfigReader from(config, "mlp");
  if (from.text("model") != "mlp") from.refuse("model", "mlp");
  const std::string& loss = from.text("loss");
  if (loss != "mse" && loss != "cross_entropy") from.refuse("loss", "mse or cross_entropy");
  try {
    const MlpSpec spec{.widths = from.integers("widths"),
                       .activation = activation_from(from.text("activation")),
                       .bias = from.flag("bias")};
    return mlp(spec, loss == "mse" ? Loss::mse : Loss::cross_entropy);
  } catch (const UsageError& e) {
    throw DataError(std::string("the config of an mlp: ") + e.what());
  }
}

Inputs inputs_of(const Dataset& data) { return {{"x", cast<double>(data.x)}, {"t", cast<double>(data.y)}}; }

Matrix analysis_inputs(const Dataset& data, std::int64_t rows) {
  return basin::rows_of(cast<double>(data.x), 0, std::min(rows, data.size()));
}

void require_fit(const MlpSpec& spec, const Dataset& data) {
  spec.validate();
  if (spec.widths.front() != data.inputs() || spec.widths.back() != data.outputs())
    throw UsageError(fmt::format("mlp: the network has widths {} but data set '{}' has {} inputs and {} outputs",
                                 fmt::join(spec.widths, ","), data.name, data.inputs(), data.outputs()));
}

Var right(Graph& graph, const Ends& ends) {
  const Var said = argmax(ends.output), label = graph["t"];
  return 1.0 - greater(said, label) - greater(label, said);
}

template <class T>
DatasetEvaluator<T>::DatasetEvaluator(const Model& model, const Parameters<T>& parameters, const Dataset& data)
    : data_(inputs_of(data)),
      evaluator_(model, parameters, [classes = data.classes > 0](Graph& graph, const Ends& ends) {
        std::vector<Var> values{ends.loss};
        if (classes) values.push_back(right(graph, ends));
        return values;
      }) {}

template <class T>
Evaluation DatasetEvaluator<T>::operator()() {
  const std::vector<double> means = evaluator_.means(data_);
  return {means[0], means.size() > 1 ? means[1] : std::nan("")};
}

template class DatasetEvaluator<float>;
template class DatasetEvaluator<double>;

}  // namespace basin::nn
