#include "interp/spectra/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/blas.h"

namespace basin::interp {
namespace {

std::string direction_of(const std::string& parameter) { return "direction of " + parameter; }

// A direction stands beside every parameter, as one more input that does not vary over the data: a program reads both
// alike. Parameters come first, then their directions.
ModelPoint with_directions(ModelPoint model) {
  if (model.parameter_count() == 0) throw UsageError("operator: a model without parameters given, wanted at least one");
  std::vector<NamedTensor> all = named_tensors(model.parameters);
  const std::size_t count = all.size();
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({direction_of(all[i].name), Tensor<double>(all[i].value.shape)});
  std::vector<std::pair<std::string, Shape>> wanted;
  for (std::size_t i = count; i < all.size(); ++i) wanted.emplace_back(all[i].name, all[i].value.shape);
  const auto trace = [before = model.trace, wanted](Graph& graph, std::int64_t rows) {
    const Ends ends = before(graph, rows);
    for (const auto& [name, shape] : wanted) graph.input(name, shape);
    return ends;
  };
  return {{trace, model.config}, parameters_from(all)};
}

struct Traced {
  std::vector<Var> parameters, directions;
};

std::vector<std::string> names_of(const Parameters<double>& parameters) {
  std::vector<std::string> names;
  for (const auto& s : parameters.slices()) names.push_back(s.name);
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

// Programs for the products along one direction at a time. A product takes a set that is free, or makes one: so several
// products may run at the same time, and none traces what another has traced.
class Programs {
 public:
  Programs(ModelPoint model, SweepSpec spec, SweepOptions options)
      : model_(std::move(model)), spec_(std::move(spec)), options_(std::move(options)) {}

  // use(sweeper), whose directions are v.
  template <class Use>
  void along(std::span<const double> v, const Use& use) {
    std::unique_ptr<Sweeper> sweeper = take();
    std::ranges::copy(v, sweeper->parameters().flat().end() - std::ptrdiff_t(v.size()));
    use(*sweeper);
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(sweeper));
  }

 private:
  std::unique_ptr<Sweeper> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<Sweeper> sweeper = std::move(free_.back());
        free_.pop_back();
        return sweeper;
      }
    }
    return std::make_unique<Sweeper>(model_, spec_, options_);
  }

  ModelPoint model_;
  SweepSpec spec_;
  SweepOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Sweeper>> free_;
};

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

using Derive = std::function<std::vector<Var>(Graph&, const Traced&)>;  // one value for each parameter
using Weight = std::function<double(std::int64_t rows)>;                // of a chunk in the sum

Operator operator_of(ModelPoint model, Inputs inputs, SweepOptions options, const Derive& derive, Weight weight) {
  const std::int64_t size = model.parameter_count();
  const SweepSpec spec{.derive = [names = names_of(model.parameters), derive](Graph& graph) {
    return derive(graph, traced(graph, names));
  }};
  const auto programs = std::make_shared<Programs>(with_directions(std::move(model)), spec, std::move(options));
  return {size, [=, inputs = std::move(inputs)](std::span<const double> v, std::span<double> out) {
            require_length(size, v, out);
            programs->along(v, [&](Sweeper& sweeper) {
              const Sum sum = sweep_reduce(sweeper, inputs, Sum{std::vector<double>(v.size())},
                                           [&](Sum& part, const Chunk& chunk) { part.add(chunk, weight(chunk.rows)); });
              std::ranges::copy(sum.total, out.begin());
            });
          }};
}

// J J^T: what the chunks add up to in J^T v, where v is given as data beside x, and then the rows of J (J^T v).
struct OutputProducts {
  Programs pull, push;
  std::string seed;
  Shape shape;  // of the output, [n, …]
  std::int64_t parameters;

  void operator()(const Inputs& data, std::span<const double> v, std::span<double> out) {
    require_length(shape.numel(), v, out);
    Inputs inputs = data;
    inputs[seed] = Tensor<double>(shape, std::vector<double>(v.begin(), v.end()));
    const double weight = 2.0 / double(shape[0]);
    const std::int64_t width = shape.numel() / shape[0];
    Sum pulled{std::vector<double>(std::size_t(parameters))};
    pull.along({}, [&](Sweeper& sweeper) {
      pulled = sweep_reduce(sweeper, inputs, pulled, [&](Sum& part, const Chunk& chunk) { part.add(chunk, weight); });
    });
    push.along(pulled.total, [&](Sweeper& sweeper) {
      sweeper.run(data, [&](const Chunk& c) { std::ranges::copy(c.values[0], out.begin() + c.first * width); });
    });
  }
};

}  // namespace

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
  Graph graph;
  model.trace(graph, 1);
  Shape shape = graph[output].shape();
  if (shape.rank() < 1) throw ShapeError("operator: the output " + graph.describe(graph[output].id) + " has no rows");
  shape[0] = plan_sweep(inputs, options).samples;
  const std::string seed = direction_of(output);
  const std::vector<std::string> names = names_of(model.parameters);
  const std::int64_t parameters = model.parameter_count();
  const ModelPoint both = with_directions(std::move(model));
  const SweepSpec pull{.derive = [=](Graph& g) {
    const Var out = g[output];
    return vjp({out}, {g.input(seed, out.shape())}, traced(g, names).parameters);
  }};
  const SweepSpec push{.derive = [=](Graph& g) {
    const Traced t = traced(g, names);
    return jvp({g[output]}, t.parameters, t.directions);
  }};
  // Not copied or moved once made: its programs hold a mutex.
  const std::shared_ptr<OutputProducts> products(
      new OutputProducts{{both, pull, options}, {both, push, options}, seed, shape, parameters});
  return {shape.numel(), [products, inputs = std::move(inputs)](std::span<const double> v, std::span<double> out) {
            (*products)(inputs, v, out);
          }};
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
