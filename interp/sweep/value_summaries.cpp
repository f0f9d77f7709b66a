#include "interp/sweep/value_summaries.h"

#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/transform.h"

namespace basin::interp {
namespace {

struct Sums {
  std::vector<double> squares, zeros, counts;
  explicit Sums(std::size_t n) : squares(n), zeros(n), counts(n) {}

  template <class Each>
  void fields(Each& each) {
    each(squares, zeros, counts);
  }
  void merge(const Sums& other) {
    for (std::size_t i = 0; i < squares.size(); ++i) {
      squares[i] += other.squares[i];
      zeros[i] += other.zeros[i];
      counts[i] += other.counts[i];
    }
  }
  void add(const Chunk& chunk) {
    for (std::size_t i = 0; i < chunk.values.size(); ++i) {
      for (double v : chunk.values[i]) {
        squares[i] += v * v;
        zeros[i] += v == 0;
      }
      counts[i] += double(chunk.values[i].size());
    }
  }
};

}  // namespace

std::vector<ValueSummary> value_summaries(const ModelPoint& model, const Inputs& inputs,
                                          const std::vector<std::string>& names, const std::string& loss,
                                          const SweepOptions& options) {
  const auto gradients = [&](Graph& g) {  // of each row's own loss: no other depends on its values
    std::vector<Var> at;
    for (const std::string& name : names) at.push_back(g[name]);
    return grad(sum(g[loss]), at);
  };
  const Sums sums = sweep_reduce(model, inputs, {.fetch = names, .derive = gradients}, options, Sums(2 * names.size()),
                                 [](Sums& s, const Chunk& c) { s.add(c); });
  const std::int64_t samples = plan_sweep(inputs, options).samples;
  std::vector<ValueSummary> all;
  for (std::size_t i = 0; i < sums.counts.size(); ++i)
    all.push_back({.name = names[i % names.size()],
                   .gradient = i >= names.size(),
                   .shape = {samples, std::int64_t(sums.counts[i]) / samples},
                   .root_mean_square = std::sqrt(sums.squares[i] / sums.counts[i]),
                   .share_of_zeros = sums.zeros[i] / sums.counts[i]});
  return all;
}

}  // namespace basin::interp
