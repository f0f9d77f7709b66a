#include "autodiff/lift.h"

#include <algorithm>

#include "autodiff/kernels.h"

namespace basin {
namespace {

class Lifter {
 public:
  Lifter(Graph& graph, std::int64_t copies, Id last) : graph_(graph), copies_(copies), lifted_(last + 1) {}

  void replace(Id id, Var by) {
    if (id < Id(lifted_.size())) lifted_[id] = by;
  }

  void run() {
    for (Id id = 0; id < Id(lifted_.size()); ++id)
      if (!lifted_[id] && depends(id)) lifted_[id] = lift(id);
  }

  Var of(Var v) { return has(v.id) ? lifted_[v.id] : expand(v, with_copies(v.shape())); }

 private:
  bool has(Id id) const { return bool(lifted_[id]); }
  bool depends(Id id) const {
    const Node& n = graph_.node(id);
    return std::any_of(n.in.begin(), n.in.begin() + n.arity(), [&](Id in) { return has(in); });
  }
  Var value(Id id) { return {&graph_, id}; }

  Shape with_copies(const Shape& own) const {
    if (own.rank() == Shape::max_rank)
      throw ShapeError("lift: a value of shape " + own.str() + " would have more than " +
                       std::to_string(Shape::max_rank) + " axes");
    return Shape{copies_} + own;
  }

  // An operand of a value of so many axes: ones behind the copies, or as it is if it has none.
  Var aligned(Id in, int rank) {
    if (!has(in)) return value(in);
    Shape shape{copies_};
    for (int i = graph_.node(in).shape.rank(); i < rank; ++i) shape.push_back(1);
    with_copies(shape.last(shape.rank() - 1) + graph_.node(in).shape);
    return reshape(lifted_[in], shape + graph_.node(in).shape);
  }

  Var lift(Id id) {
    const Node& n = graph_.node(id);
    with_copies(n.shape);
    if (is_view(n) || is_pad(n)) return view_behind(n, graph_.node(n.in[0]).shape, lifted_[n.in[0]]);
    if (n.op->name == "matmul") return product(n);
    if (n.op->name == "dense") return dense_of(n);
    if (n.op->name == "take_rows") return taken_rows(n);
    if (n.op->name == "add_rows" && has(n.in[1])) return added_rows(n);
    std::vector<Var> in;
    for (int i = 0; i < n.arity(); ++i) in.push_back(operand(n, i));
    return graph_.emit(*n.op, in, with_copies(n.shape), n.attr);
  }

  Var operand(const Node& n, int i) {
    const bool index = i == 1 && (n.op->name == "add_rows" || n.op->name == "pick" || n.op->name == "place");
    if (n.op->loop == broadcast_loop) return aligned(n.in[i], n.shape.rank());
    if (!index) return of(value(n.in[i]));
    if (!has(n.in[i])) return value(n.in[i]);  // leading axes of the values are free
    const Shape& lead = n.op->name == "pick" ? n.shape : graph_.node(n.in[0]).shape;
    return expand(aligned(n.in[i], lead.rank()), with_copies(lead));
  }

  Var product(const Node& n) {
    return matmul(aligned(n.in[0], n.shape.rank()), aligned(n.in[1], n.shape.rank()), n.attr.ints[0] != 0,
                  n.attr.ints[1] != 0);
  }

  Var dense_of(const Node& n) {
    if (!has(n.in[1]) && !has(n.in[2])) return dense(of(value(n.in[0])), value(n.in[1]), value(n.in[2]));
    return matmul(aligned(n.in[0], n.shape.rank()), aligned(n.in[1], n.shape.rank())) +
           aligned(n.in[2], n.shape.rank());
  }

  // Tables one below the other where each copy looks into its own: index + c V.
  Var taken_rows(const Node& n) {
    const Shape table = graph_.node(n.in[0]).shape, index = graph_.node(n.in[1]).shape;
    if (!has(n.in[1])) return take_rows(of(value(n.in[0])), value(n.in[1]));
    require_plain(table.rank() == 2, n.in[0]);
    if (!has(n.in[0])) return take_rows(value(n.in[0]), lifted_[n.in[1]]);
    return take_rows(reshape(lifted_[n.in[0]], {copies_ * table[0], table[1]}),
                     lifted_[n.in[1]] + first_rows(index.rank(), table[0]));
  }

  Var added_rows(const Node& n) {
    const int axes = graph_.node(n.in[1]).shape.rank();
    require_plain(n.shape.rank() == 2, n.in[0]);
    const Var index = lifted_[n.in[1]] + first_rows(axes, n.shape[0]);
    return reshape(add_rows(of(value(n.in[0])), index, copies_ * n.shape[0]), with_copies(n.shape));
  }

  // c V for copy c, to be added to an index of so many axes.
  Var first_rows(int axes, std::int64_t V) {
    Tensor<double> column({copies_});
    for (int i = 0; i < axes; ++i) column.shape.push_back(1);
    for (std::int64_t c = 0; c < copies_; ++c) column[c] = double(c * V);
    return graph_.constant(std::move(column));
  }

  void require_plain(bool plain, Id id) const {
    if (!plain) throw ShapeError("lift: lifted indices go into a table with leading axes, " + graph_.describe(id));
  }

  Graph& graph_;
  std::int64_t copies_;
  std::vector<Var> lifted_;  // by id: [C, own shape], or empty
};

void check(const std::vector<Var>& inputs, const std::vector<Var>& copies) {
  if (inputs.empty() || inputs.size() != copies.size())
    throw ShapeError("lift: " + std::to_string(inputs.size()) + " inputs and " + std::to_string(copies.size()) +
                     " copies given, wanted as many of each and at least one");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    require_values("lift", {inputs[i], copies[i]});
    const Shape& c = copies[i].shape();
    if (c.rank() < 1 || !(c.last(c.rank() - 1) == inputs[i].shape()) || c[0] != copies[0].shape()[0])
      shape_error("lift", {inputs[i], copies[i]}, "wanted [copies, own shape], as many copies of each input");
  }
}

}  // namespace

std::vector<Var> lift(const std::vector<Var>& outputs, const std::vector<Var>& inputs, const std::vector<Var>& copies) {
  check(inputs, copies);
  Graph& graph = *inputs[0].graph;
  Id last = 0;
  for (const auto* list : {&outputs, &inputs, &copies})
    for (Var v : *list) graph.require_own(v, "lift");
  for (Var v : outputs) last = std::max(last, v.id);
  Lifter lifter(graph, copies[0].shape()[0], last);
  for (std::size_t i = 0; i < inputs.size(); ++i) lifter.replace(inputs[i].id, copies[i]);
  lifter.run();
  std::vector<Var> all;
  for (Var v : outputs) all.push_back(lifter.of(v));
  return all;
}

}  // namespace basin
