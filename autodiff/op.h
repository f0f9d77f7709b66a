// How an op is written: its derivative rule, its kernel, and the loop that the kernel walks. Only op files and the
// planner include this. One op is one paragraph: shape (the function that emits it), rule, kernel.
#pragma once
#include <span>
#include <tuple>

#include "autodiff/graph.h"
#include "autodiff/loop.h"
#include "autodiff/ops.h"
#include "core/pack.h"

namespace basin {

// Matrices of a product: op(x) [m,k] times op(y) [k,n], for each step of the loop. ld is the distance between rows.
struct Product {
  bool tx = false, ty = false;
  std::int64_t m = 0, n = 0, k = 0, ld_x = 0, ld_y = 0;
};

// What a kernel call has to do, fixed when the program is planned.
struct Task {
  const Graph* graph = nullptr;
  const Node* node = nullptr;  // whose value is written
  Id at = -1;
  std::array<Id, Node::max_inputs> node_in{};        // whose values are read: the node's inputs, unless fused
  std::array<const Node*, Node::max_inputs> view{};  // an operand that is a view and is read where its input lies
  std::int64_t n = 0, n2 = 0;                        // elements of the value, and of a second one
  Loop loop;                                         // how operands are walked
  Product product;
};

// One kernel call of a program.
template <class T>
struct Call : Task {
  void (*run)(const Call&) = nullptr;
  T* out = nullptr;
  T* out2 = nullptr;  // fused kernels that fill two values
  std::array<const T*, Node::max_inputs> in{};
  ScalarOf<T>* scratch = nullptr;  // of packs: room for one lane of all operands
};

// A generic lambda without capture becomes a kernel for each type of number: float, double and packs of them. Loops of
// autodiff/kernels.h go over lanes by themselves; a kernel that looks at single numbers is given as one_lane(lambda).
struct Kernels {
  template <class T>
  using Run = void (*)(const Call<T>&);

  constexpr Kernels() = default;
  template <class F>
  constexpr Kernels(F f) : runs(f, f, f, f) {}
  template <class T>
  Run<T> get() const {
    return std::get<Run<T>>(runs);
  }
  explicit operator bool() const { return get<double>(); }

  std::tuple<Run<float>, Run<double>, Run<Pack<float>>, Run<Pack<double>>> runs{};
};

class Rule;
using LoopMaker = Loop (*)(const Graph&, const Node&);

struct Op;

// An op's place on the list of all ops: it is put there when it is made.
class Listed {
 public:
  explicit Listed(const Op& op);
  Listed(const Listed&) = delete;  // an op is known by its address
  const Op* next() const { return next_; }

 private:
  const Op* next_;
};

struct Op {
  std::string_view name;
  void (*vjp)(Rule&) = nullptr;  // none: the derivative is zero everywhere
  Kernels run{};                 // none: a leaf, or an alias
  LoopMaker loop = nullptr;
  void (*plan)(Task&) = nullptr;  // instead of `loop`, where a kernel needs more
  Listed listed{*this};
};

bool is_input(const Node& node);
bool is_constant(const Node& node);  // a scalar
bool is_array(const Node& node);     // an array constant
inline bool is_constant(const Node& node, double value) { return is_constant(node) && node.attr.real == value; }
bool is_view(const Node& node);               // a choice, order or repetition of its input's axes
bool is_pad(const Node& node);                // the other way round: zeros, and the input's axes among them
bool is_alias(const Node& node);              // shows memory of its input: no kernel, or a view of one stretch
bool is_view_for_products(const Node& node);  // a view that BLAS can read in place
Node view_through(const Node& outer, const Node& inner);    // a view of a view, as a view of what lies behind both
Var view_behind(const Node& node, const Shape& in, Var x);  // a view or pad of `in`, of x behind more leading axes
bool is_cross_entropy(const Node& node);
bool is_cross_entropy_slope(const Node& node);

// Every op that computes something, for the test that walks them all.
std::vector<const Op*> all_ops();

// Shared by the functions that emit ops. require_values comes before anything else touches a value: NameError for an
// empty handle, ShapeError for values of two graphs.
void require_values(std::string_view op, std::span<const Var> in);
inline void require_values(std::string_view op, std::initializer_list<Var> in) {
  require_values(op, std::span(in.begin(), in.size()));
}
[[noreturn]] void shape_error(std::string_view op, std::initializer_list<Var> in, const std::string& why);
void require_last_axis(std::string_view op, std::initializer_list<Var> in);  // of the first value, not empty
// ShapeError if x behind so many seed axes would have more axes than a shape may.
void require_seed_axes(std::string_view op, Var x, int seeds);
Var unary(const Op& op, Var x);                                   // emits an op of one value that keeps its shape
int checked_axis(std::string_view op, Var x, std::int64_t axis);  // -rank..-1 to 0..rank-1, else ShapeError
Shape broadcast_shape(std::string_view op, Var a, Var b);
// x held within ±40: beyond, e^(-x^2 / 2) and its like are 0 in T, and an infinite x would make 0 * inf of their
// products. What rules multiply by such a factor goes through this, so that derivatives of every order end in 0, not
// NaN.
Var tame(Var x);
Var sum_to(Var x, const Shape& ones);  // sums the axes that have length 1 in `ones` (same rank as x)
Var with_last_axis(Var x);             // [...] -> [..., 1]
// The constant that fills all of x, as a scalar; an empty handle if x is no constant, or not known to be one.
Var constant_of(Var x);

// What a derivative rule sees. ct() is the cotangent of the node: the node's shape behind `seeds` leading seed axes.
// What a rule gives `to` an input may be broadcast against it; it is summed back to the input's shape behind the seeds.
class Rule {
 public:
  Rule(Graph& graph, Id id, Var ct, std::vector<Var>& cotangents, const std::vector<char>& live)
      : graph_(graph), id_(id), ct_(ct), cotangents_(cotangents), live_(live) {}
  Graph& graph() { return graph_; }
  const Attributes& attr() const { return graph_.node(id_).attr; }
  Var y() const { return {&graph_, id_}; }
  Var in(int i) const { return {&graph_, graph_.node(id_).in[i]}; }
  Var ct() const { return ct_; }
  int seeds() const { return ct_.shape().rank() - y().shape().rank(); }
  Shape lead(const Shape& tail) const { return ct_.shape().first(seeds()) + tail; }  // tail behind the seed axes
  template <class Make>
  void to(int i, Make make) {  // make() is called only if the derivative is wanted
    if (!live_[in(i).id]) return;
    require_seed_axes(graph_.node(id_).op->name, in(i), seeds());
    accumulate(i, make());
  }

 private:
  void accumulate(int i, Var d);
  Graph& graph_;
  Id id_;
  Var ct_;
  std::vector<Var>& cotangents_;
  const std::vector<char>& live_;
};

}  // namespace basin
