#include "autodiff/op.h"

#include <utility>

#include "autodiff/kernels.h"

namespace basin {
namespace {

// There before any op is made, in whatever order the sources are initialised.
constinit const Op* newest_op = nullptr;

}  // namespace

Listed::Listed(const Op& op) : next_(std::exchange(newest_op, &op)) {}

void shape_error(std::string_view op, std::initializer_list<Var> in, const std::string& why) {
  std::string message = std::string(op) + ": ";
  const char* separator = "";
  for (Var v : in) {
    message += separator + v.graph->describe(v.id);
    separator = " and ";
  }
  throw ShapeError(message + ": " + why);
}

int checked_axis(std::string_view op, Var x, std::int64_t axis) {
  int rank = x.shape().rank();
  if (axis >= 0)
    shape_error(op, {x},
                "axis " + std::to_string(axis) + " given; help: axes are counted from the right, -1 is the last");
  if (axis < -rank)
    shape_error(op, {x}, "axis " + std::to_string(axis) + " given, the value has " + std::to_string(rank));
  return int(rank + axis);
}

void require_values(std::string_view op, std::span<const Var> in) {
  for (std::size_t i = 0; i < in.size(); ++i)
    if (!in[i].graph || in[i].id < 0)
      empty_handle(op, " as value " + std::to_string(i + 1) + " of " + std::to_string(in.size()));
  for (Var v : in)
    if (v.graph != in[0].graph) throw ShapeError(std::string(op) + ": its inputs belong to different graphs");
}

Shape broadcast_shape(std::string_view op, Var a, Var b) {
  const std::optional<Shape> out = broadcast(a.shape(), b.shape());
  if (!out) shape_error(op, {a, b}, "their lengths do not broadcast");
  return *out;
}

void require_last_axis(std::string_view op, std::initializer_list<Var> in) {
  require_values(op, in);
  const Shape& x = in.begin()->shape();
  if (x.rank() == 0 || x.back() == 0) shape_error(op, in, "wanted a last axis that is not empty");
}

void require_seed_axes(std::string_view op, Var x, int seeds) {
  if (const int axes = seeds + x.shape().rank(); axes > Shape::max_rank)
    shape_error(op, {x},
                "its derivative would have " + std::to_string(axes) + " axes, " + std::to_string(seeds) +
                    " of them for seeds; at most " + std::to_string(Shape::max_rank) + " are possible");
}

Var unary(const Op& op, Var x) {
  require_values(op.name, {x});
  return x.graph->emit(op, {x}, x.shape());
}

// Sums d over the axes that the input was broadcast along, keeping the seed axes in front.
void Rule::accumulate(int i, Var d) {
  const Shape& target = in(i).shape();
  const Shape lead = ct_.shape().first(seeds());
  Shape ones = lead;
  for (int axis = lead.rank() + target.rank(); axis < d.shape().rank(); ++axis) ones.push_back(1);
  ones.append(target);
  Var& sum = cotangents_[in(i).id];
  Var part = reshape(sum_to(d, ones), lead + target);
  sum = sum ? sum + part : part;
}

Loop broadcast_loop(const Graph& graph, const Node& node) {
  const Strides out = contiguous_strides(node.shape);
  auto in = [&](int i) { return broadcast_strides(graph.node(node.in[i]).shape, node.shape); };
  switch (node.arity()) {
    case 1: return make_loop(node.shape, {out, in(0)});
    case 2: return make_loop(node.shape, {out, in(0), in(1)});
    default: return make_loop(node.shape, {out, in(0), in(1), in(2)});
  }
}

Var with_last_axis(Var x) {
  Shape shape = x.shape();
  shape.push_back(1);
  return reshape(x, shape);
}

std::vector<const Op*> all_ops() {
  std::vector<const Op*> all;
  for (const Op* op = newest_op; op; op = op->listed.next())
    if (const Node node{.op = op, .shape = {}, .attr = {}}; !is_input(node) && !is_constant(node) && !is_array(node))
      all.push_back(op);
  return all;
}

}  // namespace basin
