// The rules of interp/degeneracy/traced_walk.h for attention, ReLUs and layer norms.
#include <cmath>
#include <numeric>

#include "autodiff/op.h"
#include "interp/degeneracy/traced_walk.h"

namespace basin::interp {

void TracedWalk::visit_scores(Id id) {
  const Node& n = node(id);
  const Place &q = at(n.in[0]), &k = at(n.in[1]);
  const int last = n.shape.rank() - 1;
  const bool batched = std::ranges::all_of(q.axes, [&](int a) { return a == last || a < last - 1; });
  const bool by_head = batched && q.axes == k.axes && spaces_.at(q.space).width == spaces_.at(k.space).width;
  const bool held = holds(q.axes, last) || shape(n.in[0]).back() == 1;
  if (!by_head || !held || spaces_.root(q.space) == spaces_.root(k.space) || spaces_.at(q.space).dual >= 0)
    return unknown(id);
  const std::vector<std::int64_t> heads = coordinates(shape(n.in[0]), q.axes, last, true);
  for (const int s : {q.space, k.space}) {
    spaces_.restrict(s, heads);
    spaces_.set_kind(s, ValueSpace::scores, heads);
  }
  spaces_.at(q.space).dual = k.space;
  spaces_.notice(q.shift);
  if (!only_to_softmax(id)) spaces_.notice(k.shift);
}

void TracedWalk::visit_pattern(Id id) {
  const Node& n = node(id);
  const Place& v = at(n.in[1]);
  const int rank = shape(n.in[1]).rank(), head_axis = rank - 3;
  const auto softmax = softmax_of_.find(n.in[0]);
  if (holds(v.axes, rank - 2) || shape(n.in[0]).rank() != rank) return unknown(id);
  const std::vector<std::int64_t> heads = coordinates(shape(n.in[1]), v.axes, rank - 1, true);
  std::vector<std::int64_t> groups = heads;
  const bool one_axis = holds(v.axes, head_axis) && v.axes.size() <= 2;
  if (softmax != softmax_of_.end() && one_axis)
    for (std::int64_t& group : groups) group = seen_.softmaxes[softmax->second].group[group];
  spaces_.restrict(v.space, groups);
  spaces_.set_kind(v.space, ValueSpace::values, heads);
  if (softmax == softmax_of_.end()) spaces_.notice(v.shift);
  at(id) = {.space = v.space,
            .axes = v.axes,
            .shift = softmax == softmax_of_.end() ? Matrix({0, v.shift.shape[1]}) : v.shift};
}

// Whether scores pass to softmaxes and nowhere else, but for a constant factor and masks.
bool TracedWalk::only_to_softmax(Id id) const {
  for (const Id reader : nodes_) {
    const Node& n = node(reader);
    if (std::ranges::find(n.in, id) == n.in.end()) continue;
    const std::string_view op = n.op->name;
    const bool scaled = op == "mul" && constant_of({&graph_, n.in[0]}), masked = op == "where" && n.in[0] != id;
    if (op == "softmax") continue;
    if (!(scaled || masked || op == "alias") || !only_to_softmax(reader)) return false;
  }
  return true;
}

void TracedWalk::visit_relu(Id id, const FiringRelations& firing) {
  const Place& x = at(node(id).in[0]);
  const int last = shape(id).rank() - 1;
  if (x.axes != std::vector{last} && !x.axes.empty()) return unknown(id);
  spaces_.restrict(x.space, firing.block);
  std::vector<std::int64_t> neurons(firing.block.size());
  std::iota(neurons.begin(), neurons.end(), 0);
  spaces_.set_kind(x.space, ValueSpace::neurons, neurons);
  std::vector<double> passes(firing.always.begin(), firing.always.end()), stays = passes;
  for (double& v : stays) v = 1 - v;
  spaces_.notice(times(x.shift, stays));
  at(id) = {.space = x.space, .axes = x.axes, .shift = times(x.shift, passes)};
}

// x / w sums to one number wherever there is data: weights (1 / w) u add it times u.
void TracedWalk::add_constant_of_norm(const Place& x, Place& y) {
  const std::vector<double>& gain = spaces_.at(x.space).gain;
  double sum = 0, largest = 0;
  for (std::size_t i = 0; i < gain.size(); ++i)
    sum += x.offset[i] / gain[i], largest = std::max(largest, std::abs(x.offset[i] / gain[i]));
  if (!(std::abs(sum) > 1e-6 * largest)) return;
  std::vector<double> rows(gain);
  for (double& v : rows) v = 1 / (v * sum);
  y.shift = spaces_.with_unknowns(std::move(y.shift), y.shift.shape[1], std::move(rows));
}

// Of its input's A only rotations pass; of its constants none are followed.
void TracedWalk::visit_norm(Id id, Id x) {
  if (!at(x)) return;
  const int last = shape(id).rank() - 1;
  if (at(x).axes != std::vector{last}) return fix(x);
  spaces_.at(at(x).space).rotates = true;
  spaces_.notice(at(x).shift);
  at(id) = {.space = at(x).space, .axes = at(x).axes, .shift = Matrix({0, shape(id).back()})};
}

void TracedWalk::visit_gain(Id id, Id x, Id w) {
  const std::int64_t width = shape(id).back();
  const int last = shape(id).rank() - 1;
  const std::vector<int> axes = width > 1 ? std::vector{last} : std::vector<int>{};
  if (!(shape(w) == Shape{width}) || at(x).axes != axes || !(shape(x) == shape(id))) return unknown(id);
  const std::vector<double> gain = spaces_.numbers(*view(w), width).data;
  Place z = spaces_.made(width, last, times(at(x).shift, gain));
  std::vector<std::int64_t> alone(static_cast<std::size_t>(width));
  std::iota(alone.begin(), alone.end(), 0);
  spaces_.restrict(z.space, alone);
  spaces_.set_kind(z.space, ValueSpace::gains, alone);
  spaces_.at(z.space).normed = at(x).space;
  spaces_.at(z.space).gain = gain;
  if (std::ranges::count(gain, 0.0)) spaces_.at(at(x).space).fixed = true;
  spaces_.absorb(*view(w), width, -1, z, true);
  z.offset.assign(static_cast<std::size_t>(width), 0.0);
  z.written = -1;  // a shift behind a gain meets other activations
  at(id) = std::move(z);
}

}  // namespace basin::interp
