#include "experiments/reproduce/value_summaries.h"

#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/transform.h"

namespace basin::experiments {
namespace {

struct Sums {
  std::vector<double> squares, zeros, counts;
  explicit Sums(std::size_t n) : squares(n), zeros(n), counts(n) {}
  void merge(const Sums& other) {
    for (std::size_t i = 0; i < squares.size(); ++i) {
      squares[i] += other.squares[i];
      zeros[i] += other.zeros[i];
      counts[i] += other.counts[i];
    }
  }
  void add(const interp::Chunk& chunk) {
    for (std::size_t i = 0; i < chunk.values.size(); ++i) {
      for (double v : chunk.values[i]) {
        squares[i] += v * v;
        zeros[i] += v == 0;
      }
      counts[i] += double(chunk.values[i].size());
    }
  }
};

std::vector<std::string> layer_value_names(std::int64_t layers) {
  std::vector<std::string> names;
  for (std::int64_t l = 0; l < layers; ++l) {
    names.push_back(interp::layer_name(l) + ".pre");
    if (l + 1 < layers) names.push_back(interp::layer_name(l) + ".post");
  }
  return names;
}

}  // namespace

std::vector<ValueSummary> value_summaries(const interp::ReluNet& net, const nn::MlpSpec& spec, const nn::Dataset& data,
                                          int threads) {
  const std::vector<std::string> names = layer_value_names(net.layers());
  const interp::ModelPoint model{nn::mlp(spec, loss_of(data)), interp::dense_network(net).model.parameters};
  const auto gradients = [&](Graph& g) {  // of each sample's own loss
    std::vector<Var> at;
    for (const std::string& name : names) at.push_back(g[name]);
    return grad(sum(g["loss"]), at);
  };
  const Inputs inputs{{"x", cast<double>(data.x)}, {"t", cast<double>(data.y)}};
  const Sums sums = interp::sweep_reduce(model, inputs, {.fetch = names, .derive = gradients}, {.threads = threads},
                                         Sums(2 * names.size()), [](Sums& s, const interp::Chunk& c) { s.add(c); });
  std::vector<ValueSummary> all;
  for (std::size_t i = 0; i < sums.counts.size(); ++i) {
    const bool gradient = i >= names.size();
    const std::string& name = names[i % names.size()];
    const Shape shape{data.size(), std::int64_t(sums.counts[i]) / data.size()};
    all.push_back({gradient ? "gradient of the loss at " + name : name, shape,
                   std::sqrt(sums.squares[i] / sums.counts[i]), sums.zeros[i] / sums.counts[i]});
  }
  return all;
}

}  // namespace basin::experiments
