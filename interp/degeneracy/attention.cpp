#include "interp/degeneracy/attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "autodiff/attention.h"
#include "autodiff/ops.h"
#include "core/lapack.h"
#include "interp/jacobian/parameter_jacobian.h"

namespace basin::interp {
namespace {

// Every parameter that is there, in the order of the flat vector.
std::vector<NamedTensor> tensors_of(const AttentionLayer& layer) {
  std::vector<NamedTensor> all;
  const auto add = [&](const char* name, const Tensor<double>& value) {
    if (value.size() > 0) all.push_back({std::string("blocks.0.attn.") + name, value});
  };
  add("W_Q", layer.W_Q), add("W_K", layer.W_K), add("W_V", layer.W_V), add("W_O", layer.W_O);
  add("b_Q", layer.b_Q), add("b_K", layer.b_K), add("b_V", layer.b_V), add("b_O", layer.b_O);
  return all;
}

// Largest difference between the patterns of two heads over the data, [head, head].
struct PatternDistances {
  Matrix largest;
  template <class Each>
  void fields(Each& each) {
    each(largest);
  }
  void merge(const PatternDistances& other) {
    for (std::int64_t i = 0; i < largest.size(); ++i) largest[i] = std::max(largest[i], other.largest[i]);
  }
};

void add_sample(PatternDistances& to, std::span<const double> patterns, std::int64_t heads) {
  const std::int64_t size = std::int64_t(patterns.size()) / heads;
  for (std::int64_t a = 0; a < heads; ++a)
    for (std::int64_t b = 0; b < heads; ++b)
      for (std::int64_t i = 0; i < size; ++i)
        to.largest(a, b) = std::max(to.largest(a, b), std::abs(patterns[a * size + i] - patterns[b * size + i]));
}

Matrix pattern_distances(const ModelPoint& model, const std::string& pattern, const Inputs& inputs, std::int64_t heads,
                         const SweepOptions& sweep) {
  const auto add = [&](PatternDistances& part, const Chunk& chunk) {
    const std::size_t size = chunk.values[0].size() / std::size_t(chunk.rows);
    for (std::int64_t r = 0; r < chunk.rows; ++r) add_sample(part, chunk.values[0].subspan(r * size, size), heads);
  };
  return sweep_reduce(model, inputs, {.fetch = {pattern}}, sweep, PatternDistances{Matrix({heads, heads})}, add)
      .largest;
}

// A head joins the first group whose first head it is near to.
void group_heads(const Matrix& distances, double tolerance, AttentionDegeneracy& found) {
  found.between = std::numeric_limits<double>::infinity();
  for (std::int64_t head = 0; head < distances.rows(); ++head) {
    const auto near = [&](const auto& group) { return distances(group.front(), head) <= tolerance; };
    const auto group = std::ranges::find_if(found.groups, near);
    for (const auto& other : found.groups) {
      const double distance = distances(other.front(), head);
      if (near(other))
        found.within = std::max(found.within, distance);
      else
        found.between = std::min(found.between, distance);
    }
    group == found.groups.end() ? found.groups.push_back({head}) : group->push_back(head);
  }
}

bool has_constant_coordinate(const Tensor<double>& x) {
  for (std::int64_t j = 0; j < x.cols(); ++j) {
    bool constant = true;
    for (std::int64_t i = 1; constant && i < x.rows(); ++i) constant = x(i, j) == x(0, j);
    if (constant) return true;
  }
  return false;
}

void check_inputs(const AttentionLayer& layer, const Tensor<double>& x) {
  if (x.shape.rank() != 3 || x.shape[2] != layer.d_model())
    throw ShapeError(fmt::format("attention_degeneracy: inputs {} given; wanted [samples, position, {}]", x.shape.str(),
                                 layer.d_model()));
}

}  // namespace

void AttentionLayer::validate(const std::string& where) const {
  if (W_Q.shape.rank() != 3)
    throw ShapeError(fmt::format("{}: W_Q is {}; wanted [head, d_model, d_head]", where, W_Q.shape.str()));
  const auto expect = [&](const char* name, const Tensor<double>& given, const Shape& wanted) {
    if (!(given.shape == wanted))
      throw ShapeError(fmt::format("{}: {} is {}; wanted {} beside W_Q {}", where, name, given.shape.str(),
                                   wanted.str(), W_Q.shape.str()));
  };
  expect("W_K", W_K, W_Q.shape);
  expect("W_V", W_V, W_Q.shape);
  expect("W_O", W_O, {heads(), d_head(), d_model()});
  for (const auto& [name, bias] : {std::pair{"b_Q", &b_Q}, {"b_K", &b_K}, {"b_V", &b_V}})
    if (bias->size() > 0) expect(name, *bias, {heads(), d_head()});
  if (b_O.size() > 0) expect("b_O", b_O, {d_model()});
}

ModelPoint traced_attention(const AttentionLayer& layer, std::int64_t positions) {
  layer.validate("traced_attention");
  const std::int64_t d_model = layer.d_model();
  const Attention shape{.n_heads = layer.heads(),
                        .d_head = layer.d_head(),
                        .b_Q = layer.b_Q.size() > 0,
                        .b_K = layer.b_K.size() > 0,
                        .b_V = layer.b_V.size() > 0,
                        .b_O = layer.b_O.size() > 0};
  const auto trace = [=](Graph& graph, std::int64_t rows) {
    const Var x = graph.input("x", {rows, positions, d_model});
    return Ends{graph.name(reshape(trace_attention(x, x, shape), {rows, positions * d_model}), "out"), {}};
  };
  return {{trace}, parameters_from(tensors_of(layer))};
}

// (X A, A^-1 Y) while nothing else leaves X Y as it is.
std::int64_t product_freedom(std::int64_t a, std::int64_t m, std::int64_t b) {
  return m <= std::min(a, b) ? m * m : m * (a + b) - a * b;
}

std::int64_t attention_free_directions(const AttentionShape& s) {
  const std::int64_t varying = s.d_model - s.constant_input;
  const bool query = s.query_bias || s.constant_input, key = s.key_bias || s.constant_input;
  std::int64_t heads = 0, total = 0;
  for (const std::int64_t h : s.sharing) {
    heads += h;
    total += h * (product_freedom(varying + query, s.d_head, varying) + key * s.d_head);
    total += product_freedom(varying, h * s.d_head, s.d_model);
  }
  const std::int64_t width = heads * s.d_head;
  if (s.value_bias || s.constant_input) total += width - (s.output_bias ? 0 : std::min(s.d_model, width));
  if (s.constant_input) total += width * (s.query_bias + s.key_bias + s.value_bias);
  return total;
}

std::int64_t AttentionDegeneracy::heads() const {
  return std::accumulate(shape.sharing.begin(), shape.sharing.end(), std::int64_t(0));
}

AttentionDegeneracy attention_degeneracy(const AttentionLayer& layer, const Tensor<double>& x,
                                         const DegeneracyOptions& options, double pattern_tolerance) {
  layer.validate("attention_degeneracy");
  check_inputs(layer, x);
  AttentionLayer own = layer;
  Tensor<double> own_x = x;
  to_own_units(own, own_x);
  return attention_degeneracy(traced_attention(own, x.shape[1]), "out", own_x, options, pattern_tolerance);
}

AttentionDegeneracy attention_degeneracy(const ModelPoint& model, const std::string& output, const Tensor<double>& x,
                                         const DegeneracyOptions& options, double pattern_tolerance) {
  const AttentionLayer layer = attention_layer(named_tensors(model.parameters), "attention_degeneracy");
  check_inputs(layer, x);
  const Inputs inputs{{"x", x}};
  AttentionDegeneracy found{.parameters = model.parameter_count(), .samples = x.shape[0], .positions = x.shape[1]};
  const Matrix J = parameter_jacobian_by_engine(model, output, inputs, options.sweep);
  found.jacobian = decide_rank(singular_values(J), options.tolerance);
  const std::string& first = model.parameters.slices().front().name;
  const std::string pattern = first.substr(0, first.rfind('.') + 1) + "hook_pattern";
  group_heads(pattern_distances(model, pattern, inputs, layer.heads(), options.sweep), pattern_tolerance, found);
  found.shape = {.d_model = layer.d_model(),
                 .d_head = layer.d_head(),
                 .query_bias = layer.b_Q.size() > 0,
                 .key_bias = layer.b_K.size() > 0,
                 .value_bias = layer.b_V.size() > 0,
                 .output_bias = layer.b_O.size() > 0,
                 .constant_input = has_constant_coordinate(x)};
  for (const auto& group : found.groups) found.shape.sharing.push_back(std::int64_t(group.size()));
  return found;
}

}  // namespace basin::interp
