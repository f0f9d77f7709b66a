#include "interp/look/mixed_runs.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "autodiff/kernels.h"
#include "autodiff/lift.h"
#include "autodiff/ops.h"

namespace basin::interp {
namespace {

constexpr std::string_view elementwise[] = {"neg",   "relu",   "tanh",     "gelu",          "gelu_tanh", "sigmoid",
                                            "silu",  "square", "sqrt",     "abs",           "exp",       "log",
                                            "erf",   "sin",    "cos",      "sign",          "step",      "rsqrt",
                                            "recip", "clamp",  "softplus", "stop_gradient", "alias"};
constexpr std::string_view over_last_axis[] = {"softmax", "log_softmax", "layer_norm"};

bool is_one_of(const Node& n, std::span<const std::string_view> names) {
  return std::ranges::count(names, n.op->name) > 0;
}

// A mixture: along an axis, counted from the right (0: along none), copy c has the other run at p if take[c][p].
struct Mixture {
  int axis = 0;
  std::vector<std::vector<char>> take{};

  std::int64_t length() const { return std::int64_t(take.front().size()); }
  friend bool operator==(const Mixture&, const Mixture&) = default;
};

Mixture mixture_of(const Tensor<double>& masks) {
  const int axes = masks.shape.rank();
  Mixture m;
  for (int axis = 1; axis < axes; ++axis)
    if (masks.shape[axis] > 1) m.axis = axes - axis;
  const std::int64_t length = masks.size() / masks.shape[0];
  for (std::int64_t c = 0; c < masks.shape[0]; ++c) {
    const auto first = masks.data.begin() + c * length;
    m.take.emplace_back(first, first + length);
  }
  return m;
}

// `count` places of the axis from `first` on; one place is no axis any more.
Mixture part_of(const Mixture& m, std::int64_t first, std::int64_t count, int axis) {
  Mixture part{.axis = count > 1 ? axis : 0};
  for (const auto& copy : m.take) part.take.emplace_back(copy.begin() + first, copy.begin() + first + count);
  return part;
}

class Mixer {
 public:
  Mixer(Graph& graph, Var value, const Mixture& mixture, const OtherRun& other)
      : graph_(graph), other_(other), follows_(std::size_t(graph.size())), states_(std::size_t(graph.size())) {
    follows_[std::size_t(value.id)] = 1;
    states_[std::size_t(value.id)] = mixture;
  }

  Var output(Var output) {
    for (Id id = 0; id <= output.id; ++id) visit(id);
    if (state(output.id)) return copies(output.id);
    std::vector<Var> mixed, as;
    for (Id id = 0; id <= output.id; ++id)
      if (state(id) && read_by_others(id, output.id)) mixed.push_back({&graph_, id}), as.push_back(copies(id));
    return lift({output}, mixed, as)[0];
  }

 private:
  const std::optional<Mixture>& state(Id id) const { return states_[std::size_t(id)]; }
  const Node& node(Id id) const { return graph_.node(id); }

  void visit(Id id) {
    const Node& n = node(id);
    for (int i = 0; i < n.arity(); ++i) follows_[std::size_t(id)] |= follows_[std::size_t(n.in[std::size_t(i)])];
    if (!state(id) && follows_[std::size_t(id)]) states_[std::size_t(id)] = through(n);
  }

  bool read_by_others(Id id, Id last) const {
    for (Id reader = id + 1; reader <= last; ++reader)
      for (int i = 0; i < node(reader).arity(); ++i)
        if (node(reader).in[std::size_t(i)] == id && !state(reader)) return true;
    return false;
  }

  // [C, own shape]: this run's and the other's by the mask.
  Var copies(Id id) {
    const Mixture& m = *state(id);
    const Var here{&graph_, id}, there = other_.values[std::size_t(id)];
    const auto all = [](const auto& copy) { return std::ranges::count(copy, 0) == 0; };
    if (m.take.size() == 1 && all(m.take.front())) return there;
    Shape shape{std::ssize(m.take)};
    for (int axis = here.shape().rank(); axis > 0; --axis) shape.push_back(axis == m.axis ? m.length() : 1);
    Tensor<double> mask(shape);
    auto to = mask.data.begin();
    for (const auto& copy : m.take) to = std::ranges::copy(copy, to).out;
    return where(graph_.constant(std::move(mask)), there, here);
  }

  // The mixture of inputs that follow from the value, if they are one and the others are the same in both runs.
  std::optional<Mixture> of_inputs(const Node& n) const {
    std::optional<Mixture> common;
    for (int i = 0; i < n.arity(); ++i) {
      const auto in = std::size_t(n.in[std::size_t(i)]);
      if (!follows_[in] && !other_.differs[in]) continue;
      if (!states_[in] || (common && *common != *states_[in])) return {};
      common = states_[in];
    }
    return common;
  }

  std::optional<Mixture> through(const Node& n) const {
    const std::optional<Mixture> in = of_inputs(n);
    if (!in || in->axis == 0) return in;  // whole runs stay whole, whatever is done with them
    const Shape& from = node(n.in[0]).shape;
    if (is_view(n)) return through_view(n, from, *in);
    if (n.op->name == "reshape") return through_reshape(n, from, *in);
    if (n.op->loop == broadcast_loop || is_one_of(n, elementwise)) return in;
    if (is_one_of(n, over_last_axis)) return in->axis > 1 ? in : std::nullopt;
    if (n.op->name == "sum" && n.shape.rank() == from.rank())
      return n.shape.back(in->axis) == in->length() ? in : std::nullopt;
    if (n.op->name == "take_rows" && !follows_[std::size_t(n.in[0])])
      return Mixture{.axis = in->axis + 1, .take = in->take};
    const bool product = n.op->name == "dense" || (n.op->name == "matmul" && n.attr.ints[0] == 0);
    const bool by_weights = product && !follows_[std::size_t(n.in[1])] && in->axis > 1;
    return by_weights ? in : std::nullopt;
  }

  static std::optional<Mixture> through_view(const Node& n, const Shape& from, const Mixture& in) {
    const std::int64_t stride = from.last(in.axis - 1).numel(), first = n.attr.offset / stride % in.length();
    for (int axis = 0; axis < n.shape.rank(); ++axis)
      if (n.attr.ints[std::size_t(axis)] == stride && n.shape[axis] > 1)
        return first + n.shape[axis] <= in.length()
                   ? std::optional(part_of(in, first, n.shape[axis], n.shape.rank() - axis))
                   : std::nullopt;
    return part_of(in, first, 1, 0);
  }

  static std::optional<Mixture> through_reshape(const Node& n, const Shape& from, const Mixture& in) {
    const std::int64_t stride = from.last(in.axis - 1).numel();
    for (int axis = 1; axis <= n.shape.rank(); ++axis)
      if (n.shape.last(axis - 1).numel() == stride && n.shape.back(axis) == in.length())
        return Mixture{.axis = axis, .take = in.take};
    return {};
  }

  Graph& graph_;
  const OtherRun& other_;
  std::vector<char> follows_;                   // by id: from the value
  std::vector<std::optional<Mixture>> states_;  // by id: of those that are mixtures
};

}  // namespace

bool mixes_along_one_axis(const Tensor<double>& masks) {
  return std::count_if(masks.shape.begin() + 1, masks.shape.end(), [](std::int64_t n) { return n > 1; }) <= 1;
}

Var mixed(Var output, Var value, const Tensor<double>& masks, const OtherRun& other) {
  return Mixer(*output.graph, value, mixture_of(masks), other).output(output);
}

}  // namespace basin::interp
