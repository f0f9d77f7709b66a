#include "nn/evaluate.h"

#include <algorithm>

#include "autodiff/ops.h"

namespace basin::nn {

template <class T>
Evaluator<T>::Evaluator(const Model& model, const Parameters<T>& parameters, Values values)
    : runner_(model, parameters, [values = std::move(values)](Graph& graph, const Ends& ends) {
        ProgramSpec wanted;
        for (const Var v : values(graph, ends)) wanted.fetch.push_back(mean(v));
        return wanted;
      }) {}

template <class T>
std::vector<double> Evaluator<T>::means(const Inputs& data) {
  constexpr std::int64_t chunk = 256;
  const std::int64_t rows = rows_of(data, "evaluator");
  std::vector<double> sums;
  for (std::int64_t first = 0; first < rows; first += chunk) {
    const std::int64_t part = std::min(chunk, rows - first);
    const auto& batch = runner_.run(data, first, part);
    batch.program->require_finite();
    sums.resize(batch.spec.fetch.size());
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] += double(batch.program->scalar(batch.spec.fetch[i])) * double(part);
  }
  for (double& sum : sums) sum /= double(rows);
  return sums;
}

template class Evaluator<float>;
template class Evaluator<double>;

}  // namespace basin::nn
