#include "autodiff/transform.h"

#include "autodiff/op.h"

namespace basin {
namespace {

// Which of the nodes 0..last depend on one of `wrt`.
std::vector<char> dependents(const Graph& graph, const std::vector<Var>& wrt, Id last) {
  std::vector<char> live(last + 1, 0);
  Id first = last + 1;
  for (Var x : wrt) {
    if (x.id > last) continue;
    live[x.id] = 1;
    first = std::min(first, x.id);
  }
  for (Id i = first; i <= last; ++i)
    for (Id in : graph.node(i).in)
      if (in >= 0 && live[in]) live[i] = 1;
  return live;
}

Shape seed_axes(const std::vector<Var>& ys, const std::vector<Var>& seeds) {
  if (ys.empty() || ys.size() != seeds.size())
    throw ShapeError("vjp: " + std::to_string(ys.size()) + " values and " + std::to_string(seeds.size()) +
                     " seeds given");
  const int axes = seeds[0].shape().rank() - ys[0].shape().rank();
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (axes >= 0) require_seed_axes("vjp", ys[i], axes);
    const bool fits = axes >= 0 && seeds[i].shape().rank() >= axes &&
                      seeds[i].shape() == seeds[0].shape().first(axes) + ys[i].shape();
    if (!fits) shape_error("vjp", {ys[i], seeds[i]}, "wanted a seed of the value's shape behind leading seed axes");
  }
  return seeds[0].shape().first(axes);
}

// NameError for an empty handle and for a value of another graph than that of the first of `ys`.
void require_values_of(std::string_view who, const std::vector<Var>& ys, const std::vector<Var>& values) {
  for (Var v : values) {
    if (!ys.empty() && ys[0]) ys[0].graph->require_own(v, who);
    if (!v) empty_handle(who);
  }
}

}  // namespace

std::vector<Var> vjp(const std::vector<Var>& ys, const std::vector<Var>& seeds, const std::vector<Var>& wrt) {
  for (const auto* list : {&ys, &seeds, &wrt}) require_values_of("vjp", ys, *list);
  const Shape lead = seed_axes(ys, seeds);
  for (Var x : wrt) require_seed_axes("vjp", x, lead.rank());
  Graph& graph = *ys[0].graph;
  Id last = 0;
  for (Var y : ys) last = std::max(last, y.id);
  const std::vector<char> live = dependents(graph, wrt, last);
  std::vector<Var> ct(last + 1);
  for (std::size_t i = 0; i < ys.size(); ++i) {
    Var& sum = ct[ys[i].id];
    if (live[ys[i].id]) sum = sum ? sum + seeds[i] : seeds[i];
  }
  for (Id i = last; i >= 0; --i) {
    if (!live[i] || !ct[i]) continue;
    Rule rule(graph, i, ct[i], ct, live);
    if (const Op* op = graph.node(i).op; op->vjp) op->vjp(rule);
  }
  std::vector<Var> out;
  for (Var x : wrt) out.push_back(x.id <= last && ct[x.id] ? ct[x.id] : fill(graph, 0, lead + x.shape()));
  return out;
}

std::vector<Var> grad(Var loss, const std::vector<Var>& wrt) {
  for (const auto& list : {std::vector{loss}, wrt}) require_values_of("grad", {loss}, list);
  if (loss.shape().rank() != 0)
    shape_error("grad", {loss}, "wanted a scalar; help: use sum or mean first, or vjp with a seed");
  return vjp({loss}, {loss.graph->constant(1)}, wrt);
}

// The vjp is linear in its seeds, so its own vjp in those seeds is the jvp. The dummy seeds become dead code.
std::vector<Var> jvp(const std::vector<Var>& ys, const std::vector<Var>& wrt, const std::vector<Var>& tangents) {
  for (const auto* list : {&ys, &wrt, &tangents}) require_values_of("jvp", ys, *list);
  std::vector<Var> dummies;
  for (Var y : ys) dummies.push_back(y.graph->anonymous_input(y.shape()));
  return vjp(vjp(ys, dummies, wrt), tangents, dummies);
}

std::vector<Var> hvp(Var loss, const std::vector<Var>& wrt, const std::vector<Var>& directions) {
  for (const auto& list : {std::vector{loss}, wrt, directions}) require_values_of("hvp", {loss}, list);
  return jvp(grad(loss, wrt), wrt, directions);
}

}  // namespace basin
