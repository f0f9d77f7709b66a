// Models and paths for the tests of path integrals.
#pragma once
#include <functional>

#include "interp/look/path_integral.h"
#include "tests/interp/small_networks.h"

namespace basin::interp {

// An expression of an input "x" [rows, n], its number "m" for each row.
inline ModelPoint expression(std::int64_t n, std::function<Var(Var)> f) {
  return {{[=](Graph& graph, std::int64_t rows) {
            graph.name(f(graph.input("x", {rows, n})), "m");
            return Ends{};
          }},
          Parameters<double>()};
}
inline const RowMetric m = [](Graph& graph) { return graph["m"]; };

inline Var column(Var x, std::int64_t i) { return reshape(slice(x, -1, i, i + 1), {x.shape()[0]}); }

inline Path straight(std::vector<double> from, std::vector<double> to) {
  const Shape shape{1, std::int64_t(from.size())};
  return {"x", {shape, std::move(from)}, {shape, std::move(to)}};
}

inline PathIntegral exact_of(const ModelPoint& model, const Path& path) {
  return integrate_exactly(model, {{"x", path.to}}, path, m);
}

inline const std::vector<std::int64_t> widths{5, 12, 9, 2};

inline Inputs some_inputs(std::int64_t rows) {
  Matrix x = random_matrix(rows, widths.front(), "path/x");
  for (double& v : x.data) v *= 2;
  return {{"x", x}};
}

}  // namespace basin::interp
