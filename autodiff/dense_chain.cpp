#include "autodiff/dense_chain.h"

#include "autodiff/ops.h"

namespace basin {

Var trace_dense(Var x, const DenseChain& chain) {
  Graph& graph = *x.graph;
  const auto start = [](const auto& of, std::int64_t in, std::int64_t out) { return of ? of(in, out) : Start{}; };
  for (std::size_t l = 0; l + 1 < chain.widths.size(); ++l) {
    const std::string layer = chain.prefix + std::to_string(l);
    const std::int64_t in = chain.widths[l], out = chain.widths[l + 1];
    const Var weight = graph.parameter(layer + ".weight", {in, out}, start(chain.weight_start, in, out),
                                       {.transposed_in_files = true});
    const Var bias =
        chain.biases[l] ? graph.parameter(layer + ".bias", {out}, start(chain.bias_start, in, out)) : Var{};
    x = graph.name(dense(x, weight, bias), layer + ".pre");
    if (l + 2 < chain.widths.size()) x = graph.name(chain.activate(x), layer + ".post");
  }
  return x;
}

}  // namespace basin
