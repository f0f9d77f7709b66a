#include "interp/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "autodiff/transform.h"
#include "core/blas.h"

namespace basin::interp {
namespace {

std::string direction_of(const std::string& parameter) { return "direction of " + parameter; }

// What a product is computed from. A direction stands beside every parameter, as one more input that does not vary over
// the data: a sweep binds both alike.
struct Curvature {
  TracedModel model;  // parameters, then their directions
  Inputs inputs;
  SweepOptions options;
  SweepSpec products{};                               // of a chunk, one for each parameter
  std::function<double(std::int64_t rows)> weight{};  // of a chunk in the sum
  std::int64_t size = 0, samples = 0;
};

std::shared_ptr<Curvature> curvature(TracedModel model, Inputs inputs, SweepOptions options) {
  auto c = std::make_shared<Curvature>(Curvature{std::move(model), std::move(inputs), std::move(options)});
  c->size = c->model.parameter_count();
  c->samples = plan_sweep(c->inputs, c->options).samples;
  if (c->size == 0) throw UsageError("operator: a model without parameters given, wanted at least one");
  std::vector<NamedTensor> directions;
  std::vector<std::pair<std::string, Shape>> wanted;
  for (const NamedTensor& p : c->model.parameters) {
    directions.push_back({direction_of(p.name), Tensor<double>(p.value.shape)});
    wanted.emplace_back(directions.back().name, p.value.shape);
  }
  c->model.trace = [trace = c->model.trace, wanted](Graph& graph, std::int64_t rows) {
    trace(graph, rows);
    for (const auto& [name, shape] : wanted) graph.input(name, shape);
  };
  std::move(directions.begin(), directions.end(), std::back_inserter(c->model.parameters));
  return c;
}

struct Traced {
  std::vector<Var> parameters, directions;
};

std::vector<std::string> parameter_names(const Curvature& c) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < c.model.parameters.size() / 2; ++i) names.push_back(c.model.parameters[i].name);
  return names;
}

Traced traced(Graph& graph, const std::vector<std::string>& names) {
  Traced all;
  for (const std::string& name : names) {
    all.parameters.push_back(graph[name]);
    all.directions.push_back(graph[direction_of(name)]);
  }
  return all;
}

struct Sum {
  std::vector<double> total;
  void add(const Chunk& chunk, double weight) {
    double* to = total.data();
    for (std::span<const double> part : chunk.values)
      for (double v : part) *to++ += weight * v;
  }
  void merge(const Sum& other) {
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += other.total[i];
  }
};

void require_length(std::int64_t wanted, std::span<const double> v, std::span<double> out) {
  if (std::int64_t(v.size()) != wanted || v.size() != out.size())
    throw ShapeError(
        fmt::format("operator: vectors of {} and {} numbers given, wanted {}", v.size(), out.size(), wanted));
}

// On a copy of the model, so that several products can run at the same time.
TracedModel along(const Curvature& c, std::span<const double> v) {
  TracedModel model = c.model;
  const double* from = v.data();
  for (std::size_t i = model.parameters.size() / 2; i < model.parameters.size(); ++i) {
    std::vector<double>& direction = model.parameters[i].value.data;
    std::copy_n(from, direction.size(), direction.begin());
    from += direction.size();
  }
  return model;
}

void product(const Curvature& c, std::span<const double> v, std::span<double> out) {
  require_length(c.size, v, out);
  const Sum sum = sweep_reduce(along(c, v), c.inputs, c.products, c.options, Sum{std::vector<double>(v.size())},
                               [&](Sum& part, const Chunk& chunk) { part.add(chunk, c.weight(chunk.rows)); });
  std::copy(sum.total.begin(), sum.total.end(), out.begin());
}

Operator operator_of(std::shared_ptr<const Curvature> c) {
  const std::int64_t size = c->size;
  return {size, [c = std::move(c)](std::span<const double> v, std::span<double> out) { product(*c, v, out); }};
}

// J J^T: what a chunk adds to J^T v, whose seeds v are data, and its rows of J (J^T v).
struct OutputCurvature {
  Curvature c;
  std::string output, seed;
  Shape shape;  // of the output, [n, …]

  SweepSpec pull() const {
    return {.derive = [names = parameter_names(c), *this](Graph& graph) {
      const Var out = graph[output];
      return vjp({out}, {graph.input(seed, out.shape())}, traced(graph, names).parameters);
    }};
  }
  SweepSpec push() const {
    return {.derive = [names = parameter_names(c), output = output](Graph& graph) {
      const Traced t = traced(graph, names);
      return jvp({graph[output]}, t.parameters, t.directions);
    }};
  }
};

void output_product(const OutputCurvature& o, std::span<const double> v, std::span<double> out) {
  require_length(o.shape.numel(), v, out);
  Inputs inputs = o.c.inputs;
  inputs[o.seed] = Tensor<double>(o.shape, std::vector<double>(v.begin(), v.end()));
  const double weight = 2.0 / double(o.c.samples);
  const Sum pulled = sweep_reduce(o.c.model, inputs, o.pull(), o.c.options, Sum{std::vector<double>(o.c.size)},
                                  [&](Sum& part, const Chunk& chunk) { part.add(chunk, weight); });
  const std::int64_t width = o.shape.numel() / o.c.samples;
  sweep(along(o.c, pulled.total), o.c.inputs, o.push(), o.c.options,
        [&](const Chunk& chunk) { std::ranges::copy(chunk.values[0], out.begin() + chunk.first * width); });
}

}  // namespace

Operator hessian_operator(TracedModel model, std::string loss, Inputs inputs, SweepOptions options) {
  auto c = curvature(std::move(model), std::move(inputs), std::move(options));
  c->products.derive = [names = parameter_names(*c), loss = std::move(loss)](Graph& graph) {
    const Traced t = traced(graph, names);
    return hvp(graph[loss], t.parameters, t.directions);
  };
  c->weight = [samples = c->samples](std::int64_t rows) { return double(rows) / double(samples); };
  return operator_of(std::move(c));
}

Operator gauss_newton_operator(TracedModel model, std::string output, Inputs inputs, SweepOptions options) {
  auto c = curvature(std::move(model), std::move(inputs), std::move(options));
  c->products.derive = [names = parameter_names(*c), output = std::move(output)](Graph& graph) {
    const Traced t = traced(graph, names);
    const Var out = graph[output];
    return vjp({out}, jvp({out}, t.parameters, t.directions), t.parameters);
  };
  c->weight = [samples = c->samples](std::int64_t) { return 2.0 / double(samples); };
  return operator_of(std::move(c));
}

Operator output_operator(TracedModel model, std::string output, Inputs inputs, SweepOptions options) {
  const auto c = curvature(std::move(model), std::move(inputs), std::move(options));
  Graph graph;
  c->model.trace(graph, 1);
  Shape shape = graph[output].shape();
  if (shape.rank() < 1) throw ShapeError("operator: the output " + graph.describe(graph[output].id) + " has no rows");
  shape[0] = c->samples;
  auto o = std::make_shared<OutputCurvature>(OutputCurvature{*c, output, direction_of(output), shape});
  return {shape.numel(), [o](std::span<const double> v, std::span<double> out) { output_product(*o, v, out); }};
}

Operator matrix_operator(Matrix a) {
  if (a.shape.rank() != 2 || a.shape[0] != a.shape[1])
    throw ShapeError("operator: a matrix " + a.shape.str() + " given, wanted a square one");
  const std::int64_t n = a.shape[0];
  return {n, [n, a = std::move(a)](std::span<const double> v, std::span<double> out) {
            require_length(n, v, out);
            gemv(false, n, n, 1.0, a.data.data(), n, v.data(), 0.0, out.data());
          }};
}

}  // namespace basin::interp
