#include "interp/look/copied_graph.h"

#include <algorithm>

#include "autodiff/op.h"

namespace basin::interp {

Var CopiedGraph::copy(Id id, const std::function<Var(Id)>& input) {
  const Node& n = from_.node(id);
  if (is_input(n)) return input(id);
  if (is_constant(n)) return to_.constant(n.attr.real);
  if (is_array(n)) {
    const auto numbers = from_.array(n);
    return to_.constant(Tensor<double>(n.shape, {numbers.begin(), numbers.end()}));
  }
  std::vector<Var> in;
  for (int i = 0; i < n.arity(); ++i) in.push_back(of(n.in[std::size_t(i)]));
  return to_.emit(*n.op, in, n.shape, n.attr);
}

Var CopiedGraph::parameter_or_input(Id id) {
  const std::string name = from_.name_of(id);
  if (!from_.has(name)) return to_.anonymous_input(from_.node(id).shape);
  const auto known = std::ranges::find(from_.parameters(), name, &ParameterInfo::name);
  if (known == from_.parameters().end()) return to_.input(name, from_.node(id).shape);
  return to_.parameter(name, known->shape, known->start, known->traits);
}

void CopiedGraph::copy_with_names(const Change& change) {
  std::vector<std::vector<std::string>> names(std::size_t(from_.size()));
  for (const auto& [name, id] : from_.names()) names[std::size_t(id)].push_back(name);
  for (Id id = 0; id < from_.size(); ++id) {
    const Var own = copy(id, [this](Id in) { return parameter_or_input(in); });
    copies_[std::size_t(id)] = change(id, own);
    for (const std::string& name : names[std::size_t(id)])
      if (!is_input(from_.node(id))) to_.name(of(id), name);
  }
}

void CopiedGraph::copy_beside(const std::string& prefix, Id last) {
  const auto input = [&](Id id) {
    const std::string name = from_.name_of(id);
    if (!from_.has(name)) return to_.anonymous_input(from_.node(id).shape);
    if (std::ranges::count(from_.parameters(), name, &ParameterInfo::name)) return to_[name];
    return to_.input(prefix + "/" + name, from_.node(id).shape);
  };
  for (; next_ <= last; ++next_) copies_[std::size_t(next_)] = copy(next_, input);
}

}  // namespace basin::interp
