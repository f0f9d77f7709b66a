#include "autodiff/program.h"

#include <algorithm>
#include <cmath>

#include "autodiff/plan.h"
#include "core/fp.h"

namespace basin {

template <class T>
Program<T>::Program(Graph& graph, const ProgramSpec& spec, const std::vector<Binding<T>>& bindings)
    : plan_(std::make_unique<Plan<T>>(make_plan(graph, spec, bindings))) {}
template <class T>
Program<T>::Program(Program&&) noexcept = default;
template <class T>
Program<T>& Program<T>::operator=(Program&&) noexcept = default;
template <class T>
Program<T>::~Program() = default;

template <class T>
Graph& Program<T>::graph() const {
  return *plan_->graph;
}

template <class T>
Var Program<T>::var(std::string_view name) const {
  return graph()[name];
}

template <class T>
std::span<T> Program<T>::input(Var v) {
  Plan<T>& p = *plan_;
  graph().require_own(v, "program");
  const bool takes = v.id < Id(p.at.size()) && std::find(p.given.begin(), p.given.end(), v.id) != p.given.end();
  if (!takes)
    throw NameError(
        "program: " + graph().describe(v.id) + " cannot be fed: " +
        (has(v) ? "it is computed or bound; help: list it under feed" : "nothing that is fetched depends on it"));
  p.waiting -= std::exchange(p.unfed[v.id], 0);
  return {p.at[v.id], std::size_t(v.shape().numel())};
}

template <class T>
void Program<T>::feed(Var v, std::span<const T> values) {
  graph().require_own(v, "program");
  const std::int64_t wanted = v.shape().numel();
  if (std::int64_t(values.size()) != wanted)
    throw ShapeError("program: " + std::to_string(values.size()) + " numbers given for " + graph().describe(v.id) +
                     ", wanted " + std::to_string(wanted));
  std::copy(values.begin(), values.end(), input(v).begin());
}

template <class T>
void Program<T>::run() {
  if (plan_->waiting > 0) {
    std::string names;
    for (Id i : plan_->given)
      if (plan_->unfed[i]) names += (names.empty() ? "" : ", ") + graph().describe(i);
    throw NameError("program: run before these values were fed: " + names);
  }
  FlushDenormals guard;
  for (const Call<T>& c : plan_->calls) c.run(c);
}

template <class T>
bool Program<T>::has(Var v) const {
  return v.graph == plan_->graph && v.id < Id(plan_->at.size()) && plan_->held[v.id];
}

template <class T>
std::span<const T> Program<T>::view(Var v) const {
  graph().require_own(v, "program");
  if (!has(v))
    throw NameError("program: " + graph().describe(v.id) + " is not held by this program; help: list it under fetch");
  return {plan_->at[v.id], std::size_t(v.shape().numel())};
}

template <class T>
Tensor<T> Program<T>::copy(Var v) const {
  std::span<const T> numbers = view(v);
  return {v.shape(), std::vector<T>(numbers.begin(), numbers.end())};
}

template <class T>
std::span<const T> Program<T>::flat() const {
  return plan_->flat;
}

namespace {

template <class T>
bool is_finite(T v) {
  return std::isfinite(v);
}
template <class T>
bool is_number(T v) {
  return !std::isnan(v);
}

// Whether an infinity of a value is meant: it, or what it is computed from, is that constant, as for masked scores.
bool is_meant(const Graph& graph, Id id, double v) {
  if (!std::isinf(v)) return false;
  const Node& node = graph.node(id);
  const auto is_same = [&](Id in) { return in >= 0 && is_constant(graph.node(in), v); };
  return is_constant(node, v) || std::any_of(node.in.begin(), node.in.end(), is_same);
}

// The first number of a value for which `good` does not hold and that is not meant, or null.
template <class T>
const ScalarOf<T>* first_not(const Graph& graph, Id id, std::span<const T> numbers, bool (*good)(ScalarOf<T>)) {
  const ScalarOf<T>*first = scalars(numbers.data()), *end = first + numbers.size() * lanes_of<T>;
  const auto* bad =
      std::find_if_not(first, end, [&](ScalarOf<T> v) { return good(v) || is_meant(graph, id, double(v)); });
  return bad == end ? nullptr : bad;
}

}  // namespace

// "'logs' = log [3] (element 1 is -inf), computed from 'fine' = square [3]" for the first held value with a bad
// element.
template <class T>
std::string Program<T>::first_with(bool (*good)(ScalarOf<T>)) const {
  for (Id i : plan_->needed) {
    if (!plan_->held[i]) continue;
    const std::span<const T> numbers = view({plan_->graph, i});
    const ScalarOf<T>* bad = first_not(graph(), i, numbers, good);
    if (!bad) continue;
    const std::ptrdiff_t place = bad - scalars(numbers.data());
    std::string text = graph().describe(i) + " (element " + std::to_string(place / lanes_of<T>) +
                       (lanes_of<T> > 1 ? " of lane " + std::to_string(place % lanes_of<T>) : "") + " is " +
                       (std::isnan(*bad) ? "nan"
                        : *bad > 0       ? "inf"
                                         : "-inf") +
                       ")";
    const char* separator = ", computed from ";
    for (Id in : graph().node(i).in)
      if (in >= 0) text += separator + graph().describe(in), separator = " and ";
    return text;
  }
  return {};
}

// The same values once more, each with memory of its own and none hidden in a fused chain.
template <class T>
std::string Program<T>::first_bad() const {
  const Plan<T>& p = *plan_;
  ProgramSpec spec{.fetch = p.spec.fetch, .feed = p.spec.feed, .memory = Memory::keep, .fuse = false};
  spec.fetch.insert(spec.fetch.end(), p.spec.flat.begin(), p.spec.flat.end());
  Program look(graph(), spec, p.bindings);
  for (Id i : p.given) look.feed({p.graph, i}, {p.at[i], std::size_t(p.graph->node(i).shape.numel())});
  look.run();
  std::string message = look.first_with(is_finite<ScalarOf<T>>);
  if (message.empty()) return first_with(is_finite<ScalarOf<T>>);  // bound numbers have changed since the run
  if (const std::string nan = look.first_with(is_number<ScalarOf<T>>); !nan.empty() && nan != message)
    message += "; NaN first appears in " + nan;
  return message;
}

template <class T>
void Program<T>::require_finite(std::string_view help) const {
  const auto finite = [&](Id i) { return !first_not(graph(), i, view({plan_->graph, i}), is_finite<ScalarOf<T>>); };
  if (std::all_of(plan_->fetched.begin(), plan_->fetched.end(), finite)) return;
  throw NumericalError("program: NaN or Inf first appears in " + first_bad() + "; help: " + std::string(help));
}

template class Program<float>;
template class Program<double>;
template class Program<Pack<float>>;
template class Program<Pack<double>>;

}  // namespace basin
