#include "nn/supervised.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "nn/data/minibatches.h"

namespace basin::nn {
namespace {

Var traced_loss(Var out, Var t, Loss loss) {
  return mean(loss == Loss::cross_entropy ? cross_entropy(out, t) : mse(out, t));
}

Shape target_shape(std::int64_t rows, const MlpSpec& spec, Loss loss) {
  return loss == Loss::cross_entropy ? Shape{rows} : Shape{rows, spec.widths.back()};
}

template <class T>
std::int64_t hits(std::span<const T> outputs, const Dataset& data, std::span<const std::int64_t> rows) {
  const std::size_t k = outputs.size() / rows.size();
  std::int64_t n = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = outputs.subspan(i * k, k);
    n += std::max_element(row.begin(), row.end()) - row.begin() == std::int64_t(data.y[rows[i]]);
  }
  return n;
}

}  // namespace

Supervised::Supervised(Graph& graph, std::int64_t rows, const MlpSpec& spec, Loss kind)
    : x(graph.input("x", {rows, spec.widths.empty() ? 0 : spec.widths.front()})),
      t(graph.input("t", target_shape(rows, spec, kind))),
      net(graph, x, spec) {
  loss = graph.name(traced_loss(net.out, t, kind), "loss");
}

template <class T>
typename BatchPrograms<T>::Batch& BatchPrograms<T>::batch(Parameters<T>& params, std::int64_t rows) {
  auto [it, fresh] = batches_.try_emplace(rows);
  Batch& b = it->second;
  if (fresh) {
    b.model = std::make_unique<Supervised>(b.graph, rows, spec_, loss_);
    ProgramSpec wanted{.fetch = {b.model->loss}};
    if (gradients_)
      wanted.flat = grad(b.model->loss, b.model->net.params);
    else
      wanted.fetch.push_back(b.model->net.out);
    b.program = std::make_unique<Program<T>>(b.graph, wanted, params.bindings(b.graph));
  }
  return b;
}

template <class T>
const typename BatchPrograms<T>::Batch& BatchPrograms<T>::run(Parameters<T>& params, const Dataset& data,
                                                              std::span<const std::int64_t> indices) {
  Batch& b = batch(params, std::int64_t(indices.size()));
  gather_rows(data.x, indices, b.program->input(b.model->x));
  gather_rows(data.y, indices, b.program->input(b.model->t));
  b.program->run();
  if (!std::isfinite(b.loss())) b.program->require_finite();
  return b;
}

template <class T>
MlpParameters<T>::MlpParameters(const MlpSpec& spec)
    : values(Mlp(graph, graph.input("x", {1, spec.widths.empty() ? 0 : spec.widths.front()}), spec).params) {}

template <class T>
Evaluation evaluate(BatchPrograms<T>& forward, Parameters<T>& params, const Dataset& data) {
  constexpr std::int64_t chunk = 256;
  std::vector<std::int64_t> rows(data.size());
  std::iota(rows.begin(), rows.end(), 0);
  double loss = 0;
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < data.size(); first += chunk) {
    const auto part = std::span<const std::int64_t>(rows).subspan(first, std::min(chunk, data.size() - first));
    const auto& batch = forward.run(params, data, part);
    loss += double(batch.loss()) * double(part.size());
    if (data.classes > 0) right += hits(batch.output(), data, part);
  }
  const double n = double(data.size());
  return {loss / n, data.classes > 0 ? double(right) / n : std::numeric_limits<double>::quiet_NaN()};
}

template class BatchPrograms<float>;
template class BatchPrograms<double>;
template struct MlpParameters<float>;
template struct MlpParameters<double>;
template Evaluation evaluate(BatchPrograms<float>&, Parameters<float>&, const Dataset&);
template Evaluation evaluate(BatchPrograms<double>&, Parameters<double>&, const Dataset&);

}  // namespace basin::nn
