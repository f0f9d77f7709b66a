#include "interp/spectra/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/blas.h"
#include "core/parallel.h"
#include "interp/spectra/vector_programs.h"

namespace basin::interp {
namespace {

void require_parameters(const ModelPoint& model) {
  if (model.parameter_count() == 0) throw UsageError("operator: a model without parameters given, wanted at least one");
}

struct Sum {
  std::vector<double> total;
  template <class Each>
  void fields(Each& each) {
    each(total);
  }
  void add(const Chunk& chunk, double weight) {
    double* to = total.data();
    for (std::span<const double> part : chunk.values)
      for (double v : part) *to++ += weight * v;
  }
  void merge(const Sum& other) {
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += other.total[i];
  }
};

// How many vectors there are.
std::int64_t count_of(std::int64_t size, std::span<const double> v, std::span<double> out) {
  if (v.empty() || std::int64_t(v.size()) % size != 0 || v.size() != out.size())
    throw ShapeError(
        fmt::format("operator: vectors of {} and {} numbers given, wanted {}", v.size(), out.size(), size));
  return std::int64_t(v.size()) / size;
}

// [rows, vectors, …] as [vectors, rows, …].
Var vectors_first(Var by_sample) {
  std::vector<std::int64_t> axes(std::size_t(by_sample.shape().rank()));
  std::iota(axes.begin(), axes.end(), -std::ssize(axes));  // counted from the right
  std::swap(axes[0], axes[1]);
  return permute(by_sample, axes);
}

using Derive = std::function<std::vector<Var>(Graph&, const Traced&)>;  // one value for each parameter
using Weight = std::function<double(std::int64_t rows)>;                // of a chunk in the sum

Operator operator_of(ModelPoint model, Inputs inputs, SweepOptions options, const Derive& derive, Weight weight) {
  require_parameters(model);
  const std::int64_t size = model.parameter_count();
  const Layout layout(model.parameters);
  const SweepSpec spec{.derive = [names = names_of(model.parameters), derive](Graph& graph) {
    return derive(graph, traced(graph, names));
  }};
  const auto programs =
      std::make_shared<Programs>([=, model = std::move(model), options = std::move(options)](std::int64_t count) {
        return std::make_unique<Sweeper>(with_directions(model, count), spec, options);
      });
  return {size, [=, inputs = std::move(inputs)](std::span<const double> v, std::span<double> out) {
            const std::int64_t count = count_of(size, v, out);
            programs->with(count, [&](Sweeper& sweeper) {
              layout.to_program(v, count, directions_in(sweeper, v.size()).data());
              const Sum sum = sweep_reduce(sweeper, inputs, Sum{std::vector<double>(v.size())},
                                           [&](Sum& part, const Chunk& chunk) { part.add(chunk, weight(chunk.rows)); });
              layout.from_program(sum.total.data(), count, out);
            });
          }};
}

// J J^T: what the chunks add up to in J^T v, where v is given as data beside x, and then the rows of J (J^T v).
struct OutputProducts {
  Programs pull, push;
  std::string seed;
  Shape shape;  // of the output, [n, …]
  std::int64_t parameters;

  // Vectors as data: sample by sample, [n, count, …].
  Tensor<double> seeds(std::span<const double> v, std::int64_t count) const {
    const std::int64_t n = shape[0], width = shape.numel() / n;
    Tensor<double> by_sample(Shape{n, count} + shape.last(shape.rank() - 1));
    for (std::int64_t vector = 0; vector < count; ++vector)
      for (std::int64_t x = 0; x < n; ++x)
        std::copy_n(v.data() + (vector * n + x) * width, width, &by_sample[(x * count + vector) * width]);
    return by_sample;
  }

  void operator()(const Inputs& data, std::span<const double> v, std::span<double> out) {
    const std::int64_t n = shape[0], width = shape.numel() / n, count = count_of(shape.numel(), v, out);
    Inputs inputs = data;
    inputs[seed] = seeds(v, count);
    Sum pulled{std::vector<double>(std::size_t(count * parameters))};
    pull.with(count, [&](Sweeper& sweeper) {
      pulled = sweep_reduce(sweeper, inputs, pulled,
                            [&](Sum& part, const Chunk& chunk) { part.add(chunk, 2.0 / double(n)); });
    });
    push.with(count, [&](Sweeper& sweeper) {
      std::ranges::copy(pulled.total, directions_in(sweeper, pulled.total.size()).begin());
      sweeper.run(data, [&](const Chunk& c) {
        const std::int64_t part = c.rows * width;
        for (std::int64_t vector = 0; vector < count; ++vector)
          std::copy_n(c.values[0].begin() + vector * part, part, out.begin() + (vector * n + c.first) * width);
      });
    });
  }
};

}  // namespace

void for_vector_blocks(std::int64_t count, int threads,
                       const std::function<void(std::int64_t first, std::int64_t end)>& body) {
  const std::int64_t blocks = (count + vectors_at_once - 1) / vectors_at_once;
  const auto run = [&](std::int64_t block, int) { body(block * count / blocks, (block + 1) * count / blocks); };
  if (!team_here()) return parallel_for(blocks < threads ? 1 : threads, blocks, run);
  for (std::int64_t block = 0; block < blocks; ++block) run(block, 0);  // each shared out
}

Operator hessian_operator(ModelPoint model, std::string loss, Inputs inputs, SweepOptions options) {
  const std::int64_t samples = plan_sweep(inputs, options).samples;
  return operator_of(
      std::move(model), std::move(inputs), std::move(options),
      [loss](Graph& graph, const Traced& t) { return hvp(mean(graph[loss]), t.parameters, t.directions); },
      [samples](std::int64_t rows) { return double(rows) / double(samples); });
}

Operator gauss_newton_operator(ModelPoint model, std::string output, Inputs inputs, SweepOptions options) {
  const std::int64_t samples = plan_sweep(inputs, options).samples;
  return operator_of(
      std::move(model), std::move(inputs), std::move(options),
      [output](Graph& graph, const Traced& t) {
        const Var out = graph[output];
        return vjp({out}, jvp({out}, t.parameters, t.directions), t.parameters);
      },
      [samples](std::int64_t) { return 2.0 / double(samples); });
}

Operator output_operator(ModelPoint model, std::string output, Inputs inputs, SweepOptions options) {
  require_parameters(model);
  Graph graph;
  model.trace(graph, 1);
  Shape shape = graph[output].shape();
  if (shape.rank() < 1) throw ShapeError("operator: the output " + graph.describe(graph[output].id) + " has no rows");
  shape[0] = plan_sweep(inputs, options).samples;
  const std::string seed = direction_of(output);
  const std::vector<std::string> names = names_of(model.parameters);
  const std::int64_t parameters = model.parameter_count();
  const auto pull = [=](std::int64_t count) {
    const SweepSpec spec{.derive = [=](Graph& g) {
      const Var out = g[output],
                by_sample = g.input(seed, Shape{out.shape()[0], count} + out.shape().last(shape.rank() - 1));
      return vjp({out}, {vectors_first(by_sample)}, traced(g, names).parameters);
    }};
    return std::make_unique<Sweeper>(with_directions(model, count), spec, options);
  };
  const auto push = [=](std::int64_t count) {
    const SweepSpec spec{.derive = [=](Graph& g) {
      const Traced t = traced(g, names);
      return jvp({g[output]}, t.parameters, t.directions);
    }};
    return std::make_unique<Sweeper>(with_directions(model, count), spec, options);
  };
  // Not copied or moved once made: its programs hold a mutex.
  const std::shared_ptr<OutputProducts> products(
      new OutputProducts{Programs(pull), Programs(push), seed, shape, parameters});
  return {shape.numel(), [products, inputs = std::move(inputs)](std::span<const double> v, std::span<double> out) {
            (*products)(inputs, v, out);
          }};
}

Operator matrix_operator(Matrix a) {
  if (a.shape.rank() != 2 || a.shape[0] != a.shape[1])
    throw ShapeError("operator: a matrix " + a.shape.str() + " given, wanted a square one");
  const std::int64_t n = a.shape[0];
  return {n, [n, a = std::move(a)](std::span<const double> v, std::span<double> out) {
            const std::int64_t count = count_of(n, v, out);
            gemm(false, true, count, n, n, 1.0, v.data(), n, a.data.data(), n, 0.0, out.data(), n);
          }};
}

}  // namespace basin::interp
