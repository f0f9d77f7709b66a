#include "nn/evaluate.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "autodiff/ops.h"

namespace basin::nn {

template <class T>
Evaluator<T>::Evaluator(const Model& model, const Parameters<T>& parameters, Values values)
    : runner_(model, parameters, [values = std::move(values)](Graph& graph, const Ends& ends) {
        ProgramSpec wanted;
        for (const Var v : values(graph, ends)) wanted.fetch.push_back(mean(v));
        return wanted;
      }) {}

// run(first, count) runs so many rows from the first on.
template <class T>
template <class Run>
std::vector<double> Evaluator<T>::means_of(std::int64_t rows, const Run& run) {
  constexpr std::int64_t chunk = 256 / lanes_of<T>, lanes = lanes_of<T>;
  std::vector<double> sums;
  for (std::int64_t first = 0; first < rows; first += chunk) {
    const std::int64_t part = std::min(chunk, rows - first);
    const auto& batch = run(first, part);
    batch.program->require_finite();
    sums.resize(batch.spec.fetch.size() * lanes);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const T& mean = batch.program->view(batch.spec.fetch[i / lanes])[0];
      sums[i] += double(scalars(&mean)[i % lanes]) * double(part);
    }
  }
  for (double& sum : sums) sum /= double(rows);
  return sums;
}

template <class T>
std::vector<double> Evaluator<T>::means(const Inputs& data) {
  return means_of(
      rows_of(data, "evaluator"), [&](std::int64_t first, std::int64_t count) -> const auto& {
        return runner_.run(data, first, count);
      });
}

template <class T>
std::vector<double> Evaluator<T>::means(std::span<const Inputs* const, lanes_of<T>> data) {
  const std::int64_t rows = rows_of(*data[0], "evaluator");
  std::vector<std::int64_t> all(static_cast<std::size_t>(rows));
  std::iota(all.begin(), all.end(), 0);
  return means_of(
      rows, [&](std::int64_t first, std::int64_t count) -> const auto& {
        std::array<std::span<const std::int64_t>, lanes_of<T>> part;
        part.fill(std::span(all).subspan(std::size_t(first), std::size_t(count)));
        return runner_.run(data, part);
      });
}

template class Evaluator<float>;
template class Evaluator<double>;
template class Evaluator<Pack<float>>;
template class Evaluator<Pack<double>>;

}  // namespace basin::nn
