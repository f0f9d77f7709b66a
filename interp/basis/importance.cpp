#include "interp/basis/importance.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/blas.h"
#include "core/lapack.h"
#include "interp/basis/random_signs.h"

namespace basin::interp {
namespace {

using Target = std::function<Var(Graph&, Var x)>;  // features [rows, …, r] as a function of x [rows, …, d]

void add_product(Matrix& sum, const Matrix& a, const Matrix& b) {  // sum += a^T b
  gemm(true, false, a.cols(), b.cols(), a.rows(), 1.0, a.data.data(), a.cols(), b.data.data(), b.cols(), 1.0,
       sum.data.data(), sum.cols());
}

struct Sums {
  std::vector<Importance> of;

  template <class Each>
  void fields(Each& each) {
    each(of);
  }
  void merge(const Sums& other) {
    for (std::size_t l = 0; l < of.size(); ++l) {
      std::ranges::transform(of[l].M.data, other.of[l].M.data, of[l].M.data.begin(), std::plus<>());
      std::ranges::transform(of[l].cross.data, other.of[l].cross.data, of[l].cross.data.begin(), std::plus<>());
    }
  }
};

void divide(Importance& sums, std::int64_t samples) {
  for (Matrix* m : {&sums.M, &sums.cross})
    for (double& v : m->data) v /= double(samples);
}

// g(x) integrated over the path: of a seed for each feature and position [r, rows, …, d], of given seeds, or of the one
// that the kind asks for [1, rows, …, d].
Var path_gradient(Var x, const Target& target, BasisKind kind, const Quadrature& rule, Var seeds) {
  Graph& graph = *x.graph;
  const Var whole = target(graph, x);
  Var sum;
  for (const PathPoint& point : path_points(rule)) {
    const Var at = point.at * x, there = point.at == 1 ? whole : target(graph, at), from = point.at == 1 ? x : at;
    const Var seed = kind == BasisKind::attribution          ? whole
                     : kind == BasisKind::squared_difference ? 2.0 * (whole - there)
                     : seeds                                 ? seeds
                                                             : one_hot_seeds(there);
    const Var g = point.weight * vjp({there}, {seed}, {from})[0];
    sum = sum ? sum + g : g;
  }
  return sum.shape().rank() == x.shape().rank() ? reshape(sum, Shape{1} + sum.shape()) : sum;
}

constexpr const char* sources_name = "basis.sources";

// Two estimates of M, from half of the sources each, become their mean and its error.
Importance joined(const Importance& a, const Importance& b) {
  Importance mean = a;
  double apart = 0, size = 0;
  for (std::int64_t i = 0; i < mean.M.size(); ++i) {
    mean.M[i] = (a.M[i] + b.M[i]) / 2;
    apart += (a.M[i] - b.M[i]) * (a.M[i] - b.M[i]) / 4;
    size += mean.M[i] * mean.M[i];
  }
  mean.error = size > 0 ? std::sqrt(apart / size) : 0;
  return mean;
}

struct Question {
  const FoldedModel& model;
  std::int64_t layer;
  Target target;
  std::int64_t features;   // of the target, at each of
  std::int64_t positions;  // its positions
  BasisKind kind;
  Quadrature rule;
};

Importance by_engine(const Question& q, const Inputs& inputs, const BasisOptions& options) {
  const bool crossed = q.kind == BasisKind::attribution || q.kind == BasisKind::squared_difference;
  const std::int64_t d = q.model.width(q.layer), width = q.positions * q.features;
  const std::int64_t samples = plan_sweep(inputs, options.sweep).samples;
  const std::int64_t sources = crossed ? 0 : options.sources, half = sources / 2;
  SweepSpec spec;
  spec.derive = [&](Graph& graph) {
    const Var x = q.model.node(graph, q.layer);
    Var seeds;
    if (sources) {
      const Var signs = graph.input(sources_name, {sources, x.shape()[0], width});
      seeds = reshape(signs, Shape{sources} + q.target(graph, x).shape());
    }
    return std::vector<Var>{path_gradient(x, q.target, q.kind, q.rule, seeds), x};
  };
  if (sources)
    spec.made[sources_name] = [&](std::int64_t first, std::span<double> to) {
      fill_signs(options.seed, "basis/sources", sources, width, first, to);
    };
  const Importance none{Matrix({d, d}), crossed ? Matrix({d, d}) : Matrix()};
  Sums sums = sweep_reduce(q.model.model(), inputs, spec, options.sweep, Sums{{none, none}},
                           [&](Sums& part, const Chunk& chunk) {
                             const double* g = chunk.values[0].data();
                             const std::int64_t all = std::ssize(chunk.values[0]) / d;
                             const std::int64_t first = half * chunk.rows * q.model.positions(q.layer);
                             gram(first, d, g, d, part.of[0].M.data.data(), d);
                             gram(all - first, d, g + first * d, d, part.of[1].M.data.data(), d);
                             if (crossed) add_product(part.of[1].cross, chunk.table(0), chunk.table(1));
                           });
  for (Importance& half_of : sums.of) divide(half_of, samples * q.model.positions(q.layer));
  if (!sources) return std::move(sums.of[1]);
  for (double& v : sums.of[0].M.data) v /= double(half);
  for (double& v : sums.of[1].M.data) v /= double(sources - half);
  return joined(sums.of[0], sums.of[1]);
}

// W~ K W~^T
Matrix pulled_back(const DenseSection& section, const Matrix& K) {
  return matmul(matmul(section.weight, K), section.weight, false, true);
}

// E J^T J of a dense section: J = W~ diag(a') D + S C with D = V C, so
// M = W~ [(D D^T) o E a'^T a'] W~^T + W~ diag(E a') D (S C)^T + its transpose + (S C)(S C)^T. No gradient is computed.
Matrix closed_form(const DenseSection& section, const Matrix& target, const Moments& slopes) {
  Matrix D = section.behind(target), K = matmul(D, D, false, true);
  const Matrix second = slopes.second_moment();
  for (std::int64_t i = 0; i < K.size(); ++i) K[i] *= second[i];
  Matrix M = pulled_back(section, K);
  if (!section.reads_out()) return M;
  const std::vector<double> mean = slopes.mean();
  for (std::int64_t i = 0; i < D.rows(); ++i)
    for (double& v : D.row(i)) v *= mean[i];
  const Matrix past = matmul(section.skip, target), crossed = matmul(matmul(section.weight, D), past, false, true);
  const Matrix squared = matmul(past, past, false, true);
  for (std::int64_t i = 0; i < M.rows(); ++i)
    for (std::int64_t j = 0; j < M.cols(); ++j) M(i, j) += crossed(i, j) + crossed(j, i) + squared(i, j);
  return M;
}

// Of attention, sample by sample.
Importance of_attention(const FoldedModel& model, std::int64_t l, const Matrix& target, const Inputs& inputs,
                        const BasisOptions& options) {
  const AttentionSection section = model.attention(l)->between(identity(model.width(l)), target);
  SweepSpec spec;
  spec.derive = [&](Graph& graph) { return std::vector<Var>{model.node(graph, l)}; };
  const Sums none{{{Matrix({model.width(l), model.width(l)}), {}}}};
  Sums sums = sweep_reduce(model.model(), inputs, spec, options.sweep, none, [&](Sums& part, const Chunk& chunk) {
    add_importance(section, chunk.values[0], part.of[0].M);
  });
  divide(sums.of[0], plan_sweep(inputs, options.sweep).samples * model.positions(l));
  return std::move(sums.of[0]);
}

bool at_the_end(const Quadrature& rule) { return rule.rule == Rule::gradient; }

// Seeds for vjp that ask for every feature of every position by itself, [positions r, rows, …, d].
Var feature_seeds(Var of, const Matrix& target) {
  const Shape own = of.shape().last(of.shape().rank() - 1);
  const std::int64_t d = target.rows(), r = target.cols(), positions = own.numel() / d;
  Tensor<double> seeds(Shape{positions * r, 1} + own);
  for (std::int64_t t = 0; t < positions; ++t)
    for (std::int64_t i = 0; i < r; ++i)
      for (std::int64_t j = 0; j < d; ++j) seeds[((t * r + i) * positions + t) * d + j] = target(j, i);
  return expand(of.graph->constant(std::move(seeds)), Shape{positions * r} + of.shape());
}

// A dense layer alone.
bool is_plain(const FoldedModel& model, std::int64_t l) { return model.dense(l) && !model.dense(l)->reads_out(); }

// All layers in one reverse sweep: gradients at p = x W~ of dense sections, which are pulled back to x afterwards, and
// at x of the others.
SweepSpec gradients_at_all(const FoldedModel& model, const Matrix& target) {
  SweepSpec spec;
  spec.derive = [&](Graph& graph) {
    std::vector<Var> at;
    Var x = model.node(graph, 0);
    for (std::int64_t l = 0; l < model.sections(); ++l) {
      at.push_back(is_plain(model, l) ? model.pre(graph, l, x) : x);
      x = is_plain(model, l) ? model.dense(l)->activate(at.back()) : model.section(graph, l, x);
    }
    return vjp({x}, {feature_seeds(x, target)}, at);
  };
  return spec;
}

}  // namespace

Importance local_importance(const FoldedModel& model, std::int64_t l, const Matrix& target, const LayerMoments& moments,
                            const Inputs& inputs, const BasisOptions& options) {
  const Quadrature& rule = rule_of(options.rules, l, model.sections());
  if (options.kind == BasisKind::lib && !options.by_engine && options.sources == 0) {
    if (model.dense(l)) return {closed_form(*model.dense(l), target, moments.slopes[l]), {}};
    if (model.attention(l) && at_the_end(rule)) return of_attention(model, l, target, inputs, options);
  }
  const Target features = [&](Graph& graph, Var x) {
    return matmul(model.section(graph, l, x), graph.constant(target));
  };
  return by_engine({model, l, features, target.cols(), model.positions(l + 1), options.kind, rule}, inputs, options);
}

std::vector<Importance> global_importances(const FoldedModel& model, const Matrix& target, const Inputs& inputs,
                                           const BasisOptions& options) {
  const bool one_pass = !options.by_engine && options.sources == 0 && std::ranges::all_of(options.rules, at_the_end);
  Sums sums;
  for (std::int64_t l = 0; l < model.sections(); ++l) {
    const std::int64_t d = one_pass && is_plain(model, l) ? model.dense(l)->weight.cols() : model.width(l);
    sums.of.push_back({Matrix({d, d}), {}});
    if (one_pass) continue;
    const Target features = [&](Graph& graph, Var x) {
      return matmul(model.through(graph, l, x), graph.constant(target));
    };
    sums.of[l] = by_engine({model, l, features, target.cols(), model.positions(model.sections()), BasisKind::ib,
                            rule_of(options.rules, l, model.sections())},
                           inputs, options);
  }
  if (!one_pass) return sums.of;
  sums = sweep_reduce(model.model(), inputs, gradients_at_all(model, target), options.sweep, sums,
                      [&](Sums& part, const Chunk& chunk) {
                        for (std::size_t l = 0; l < part.of.size(); ++l) {
                          Matrix& M = part.of[l].M;
                          gram(std::int64_t(chunk.values[l].size()) / M.cols(), M.cols(), chunk.values[l].data(),
                               M.cols(), M.data.data(), M.cols());
                        }
                      });
  const std::int64_t samples = plan_sweep(inputs, options.sweep).samples;
  for (std::int64_t l = 0; l < model.sections(); ++l) divide(sums.of[l], samples * model.positions(l));
  for (std::int64_t l = 0; l < model.sections(); ++l)
    if (is_plain(model, l)) sums.of[l].M = pulled_back(*model.dense(l), sums.of[l].M);
  return sums.of;
}

}  // namespace basin::interp
