#include "autodiff/jacobian.h"

#include "autodiff/op.h"
#include "autodiff/transform.h"

namespace basin {
namespace {

Var make_seed(Var of, Var at, std::int64_t rows) {
  const int lead = of.shape().rank() - 1;
  if (lead < 0 || at.shape().rank() != lead + 1 || !(of.shape().first(lead) == at.shape().first(lead)))
    shape_error("jacobian", {of, at}, "wanted the same sample axes in front of one last axis");
  const std::int64_t k = of.shape().back();
  return of.graph->anonymous_input(Shape{rows == 0 ? k : std::min(rows, k)} + of.shape());
}

}  // namespace

template <class T>
Jacobian<T>::Jacobian(Graph& graph, Var of, Var at, Var seed, Var value, const std::vector<Binding<T>>& bindings,
                      const std::vector<Var>& feed)
    : of_(of), at_(at), seed_(seed), value_(value), program_(graph, {.fetch = {value}, .feed = feed}, bindings) {}

template <class T>
Jacobian<T>::Jacobian(Graph& graph, Var of, Var at, const std::vector<Binding<T>>& bindings, std::int64_t rows,
                      const std::vector<Var>& feed)
    : Jacobian([&] {
        const Var seed = make_seed(of, at, rows);
        return Jacobian(graph, of, at, seed, vjp({of}, {seed}, {at})[0], bindings, feed);
      }()) {}

template <class T>
Tensor<T> Jacobian<T>::compute() {
  const std::int64_t k = of_.shape().back(), chunk = seed_.shape()[0], samples = of_.shape().numel() / k;
  const std::int64_t block = at_.shape().numel();
  Tensor<T> all(Shape{k} + at_.shape());
  const bool zero = !program_.has(seed_);
  for (std::int64_t first = 0; first < k; first += chunk) {
    if (!zero) {
      std::span<T> seed = program_.input(seed_);
      std::fill(seed.begin(), seed.end(), T(0));
      for (std::int64_t r = 0; r < chunk && first + r < k; ++r)
        for (std::int64_t s = 0; s < samples; ++s) seed[(r * samples + s) * k + first + r] = 1;
    }
    program_.run();
    std::span<const T> rows = program_.view(value_);
    std::copy_n(rows.begin(), std::min(chunk, k - first) * block, all.data.begin() + first * block);
  }
  return all;
}

template class Jacobian<float>;
template class Jacobian<double>;

}  // namespace basin
