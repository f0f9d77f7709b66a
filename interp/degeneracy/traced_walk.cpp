#include "interp/degeneracy/traced_walk.h"

#include <set>

#include "autodiff/op.h"

namespace basin::interp {

Matrix plus(Matrix a, const Matrix& b, double sign) {
  if (a.shape[0] < b.shape[0]) a.data.resize(b.data.size()), a.shape = b.shape;
  for (std::int64_t i = 0; i < b.size(); ++i) a[i] += sign * b[i];
  return a;
}

Matrix times(Matrix a, const std::vector<double>& columns) {
  for (std::int64_t i = 0; i < a.size(); ++i) a[i] *= columns[i % a.shape[1]];
  return a;
}

std::vector<std::int64_t> coordinates(const Shape& shape, const std::vector<int>& axes, int axis, bool others) {
  std::int64_t width = 1;
  for (const int a : axes) width *= shape[a];
  std::vector<std::int64_t> numbers(width);
  for (std::int64_t f = 0; f < width; ++f) {
    std::int64_t rest = f, stride = 1;
    for (auto a = axes.rbegin(); a != axes.rend(); ++a) {
      const std::int64_t at = rest % shape[*a];
      rest /= shape[*a];
      if ((*a == axis) == others) continue;
      numbers[f] += at * stride;
      stride *= shape[*a];
    }
  }
  return numbers;
}

std::vector<std::int64_t> by_features(const std::vector<std::int64_t>& numbers, const Shape& shape,
                                      const std::vector<int>& axes, std::int64_t width) {
  std::vector<std::int64_t> rows(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::int64_t rest = std::int64_t(i), row = 0, feature = 0, rows_before = 1, features_before = 1;
    for (int a = shape.rank(); a-- > 0; rest /= shape[a]) {
      std::int64_t& before = holds(axes, a) ? features_before : rows_before;
      (holds(axes, a) ? feature : row) += rest % shape[a] * before;
      before *= shape[a];
    }
    rows[row * width + feature] = numbers[i];
  }
  return rows;
}

TracedWalk::TracedWalk(Graph& graph, Var output, const ModelPoint& model, const DataRelations& seen)
    : graph_(graph),
      seen_(seen),
      nodes_(nodes_behind(graph, output)),
      views_(parameter_views(graph, nodes_, model.parameters)),
      norms_(norm_nodes(graph, nodes_)),
      places_(graph.size()),
      spaces_(model.parameters.flat()) {
  for (const Id id : nodes_)
    if (!views_.contains(id) && !norms_.inside.contains(id)) visit(id);
  fix(output.id);
}

const ParameterView* TracedWalk::view(Id id) const {
  const auto found = views_.find(id);
  return found != views_.end() && !found->second.shared ? &found->second : nullptr;
}

void TracedWalk::fix(Id id) {
  if (!at(id)) return;
  spaces_.at(at(id).space).fixed = true;
  spaces_.notice(at(id).shift);
}

void TracedWalk::unknown(Id id) {
  for (const Id in : node(id).in)
    if (in >= 0) fix(in);
}

void TracedWalk::visit(Id id) {
  const Node& n = node(id);
  const std::string_view op = n.op->name;
  if (op == "softmax") softmax_of_.try_emplace(id, softmax_of_.size());
  const std::size_t relu = op == "relu" ? relus_++ : 0;
  if (const auto norm = norms_.input.find(id); norm != norms_.input.end()) return visit_norm(id, norm->second);
  if (op == "take_rows") return visit_table(id);
  if (op == "dense") return visit_dense(id);
  if (op == "matmul") return visit_matmul(id);
  if (op == "add" || op == "sub") return visit_add(id, op == "add" ? 1 : -1);
  if (op == "mul") return visit_mul(id);
  if (op == "relu" && at(n.in[0])) return visit_relu(id, seen_.relus[relu]);
  if (op == "alias")
    at(id) = at(n.in[0]);
  else if (op == "reshape")
    visit_reshape(id);
  else if (is_view(n))
    visit_view(id);
  else
    unknown(id);
}

void TracedWalk::visit_table(Id id) {
  const Node& n = node(id);
  if (!view(n.in[0]) || shape(n.in[0]).rank() != 2) return unknown(id);
  const std::int64_t width = n.shape.back();
  at(id) = spaces_.made(width, n.shape.rank() - 1, Matrix({0, width}));
  spaces_.absorb(*view(n.in[0]), width, -1, at(id));
  at(id).shift = spaces_.with_unknowns(at(id).shift, width);
}

// x W + b; x may be data, which do not change.
void TracedWalk::visit_dense(Id id) {
  const Node& n = node(id);
  const ParameterView *W = view(n.in[1]), *b = n.in[2] >= 0 ? view(n.in[2]) : nullptr;
  const Place& x = at(n.in[0]);
  const int last = shape(n.in[0]).rank() - 1;
  if (!W || shape(n.in[1]).rank() != 2 || (n.in[2] >= 0 && !b) || (x && x.axes != std::vector{last} && x.axes.size()))
    return unknown(id);
  const std::int64_t width = n.shape.back();
  Place y =
      spaces_.made(width, n.shape.rank() - 1, x ? matmul(x.shift, spaces_.numbers(*W, width)) : Matrix({0, width}));
  spaces_.absorb(*W, width, x.space, y);
  if (!x.offset.empty()) add_constant_of_norm(x, y);
  if (b) {
    spaces_.absorb(*b, width, -1, y);
    y.shift = spaces_.with_unknowns(std::move(y.shift), width);
  }
  at(id) = std::move(y);
}

void TracedWalk::visit_matmul(Id id) {
  const Node& n = node(id);
  const bool tx = n.attr.ints[0], ty = n.attr.ints[1], x = bool(at(n.in[0])), y = bool(at(n.in[1]));
  if (views_.contains(n.in[0])) return unknown(id);
  if (views_.contains(n.in[1])) return tx || ty ? unknown(id) : visit_dense(id);
  if (x && y && !tx && ty) return visit_scores(id);
  if (!x && y && !tx && !ty) return visit_pattern(id);
  unknown(id);
}

void TracedWalk::visit_add(Id id, double sign) {
  const Node& n = node(id);
  const auto [a, b, none] = n.in;
  if (sign > 0 && view(b) && at(a)) return visit_bias(id, a, b);
  if (sign > 0 && view(a) && at(b)) return visit_bias(id, b, a);
  const Place &x = at(a), &y = at(b);
  const bool alike = x && y && x.axes == y.axes && shape(a) == shape(b);
  if (!alike || spaces_.at(x.space).width != spaces_.at(y.space).width) return unknown(id);
  spaces_.unite(x.space, y.space);
  at(id) = {.space = x.space, .axes = x.axes, .shift = plus(x.shift, y.shift, sign)};
}

// A parameter added to x along the axes of its features, the same for all others or not.
void TracedWalk::visit_bias(Id id, Id x, Id b) {
  const Shape &whole = shape(id), &own = shape(b);
  const Place& place = at(x);
  const int missing = whole.rank() - own.rank();
  std::vector<int> axes;
  for (const int a : place.axes) {
    if (a < missing || own[a - missing] != whole[a]) return unknown(id);
    axes.push_back(a - missing);
  }
  const std::int64_t width = spaces_.at(place.space).width;
  const ParameterView rows{.places = by_features(views_.at(b).places, own, axes, width)};
  const bool repeated = std::set(rows.places.begin(), rows.places.end()).size() < rows.places.size();
  if (!(shape(x) == whole) || repeated) return unknown(id);
  at(id) = place;
  if (!place.offset.empty())
    for (std::int64_t i = 0; i < width; ++i) at(id).offset[i] += spaces_.numbers(rows, width)[i];
  spaces_.absorb(rows, width, -1, at(id));
  at(id).shift = spaces_.with_unknowns(at(id).shift, width);
}

void TracedWalk::visit_mul(Id id) {
  const Node& n = node(id);
  const auto [a, b, none] = n.in;
  if (view(b) && at(a)) return visit_gain(id, a, b);
  if (view(a) && at(b)) return visit_gain(id, b, a);
  const Var c = constant_of({&graph_, a});
  if (!c || !at(b) || !(shape(b) == n.shape)) return unknown(id);
  at(id) = at(b);
  for (double& v : at(id).shift.data) v *= node(c.id).attr.real;
}

// Features are the last axes, and stay so.
void TracedWalk::visit_reshape(Id id) {
  const Id in = node(id).in[0];
  const Place& x = at(in);
  if (!x) return;
  const auto trailing = [](const Shape& s, std::int64_t width) {
    std::vector<int> axes;
    for (int a = s.rank(); a-- > 0 && width > 1; width /= s[a]) {
      if (width % s[a]) return std::vector{-1};
      if (s[a] > 1) axes.insert(axes.begin(), a);
    }
    return width == 1 ? axes : std::vector{-1};
  };
  const std::int64_t width = spaces_.at(x.space).width;
  const std::vector<int> to = trailing(shape(id), width);
  if (x.axes != trailing(shape(in), width) || to == std::vector{-1}) return unknown(id);
  at(id) = x;
  at(id).axes = to;
}

// Axes are told apart by their strides.
void TracedWalk::visit_view(Id id) {
  const Node& n = node(id);
  const Place& x = at(n.in[0]);
  if (!x) return;
  const Shape& from = shape(n.in[0]);
  std::vector<int> axes;
  std::int64_t stride = 1;
  for (int a = from.rank(); a-- > 0; stride *= from[a]) {
    if (!holds(x.axes, a)) continue;
    for (int to = 0; to < n.shape.rank(); ++to)
      if (n.attr.ints[to] == stride && n.shape[to] == from[a]) axes.insert(axes.begin(), to);
  }
  if (axes.size() != x.axes.size() || !std::ranges::is_sorted(axes)) return unknown(id);
  at(id) = x;
  at(id).axes = axes;
}

}  // namespace basin::interp
