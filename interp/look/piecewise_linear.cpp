#include "interp/look/piecewise_linear.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "autodiff/op.h"
#include "interp/look/path.h"

namespace basin::interp {
namespace {

constexpr std::string_view linear[] = {"add",   "sub",     "neg",    "view", "pad",
                                       "alias", "reshape", "concat", "sum",  "cumsum"};
constexpr std::string_view products[] = {"mul", "matmul", "dense"};
constexpr std::string_view indexed[] = {"take_rows", "add_rows", "pick", "place"};
constexpr std::string_view choices[] = {"greater", "step", "sign", "argmax"};

bool among(std::span<const std::string_view> names, const Node& n) { return std::ranges::count(names, n.op->name) > 0; }

class Walk {
 public:
  Walk(Var from, Var to) : graph_(*from.graph), from_(from.id), moves_(values_between(from, to)) {
    for (Id id = from.id + 1; id <= to.id; ++id)
      if (moves_[id]) look_at(id);
    if (to.id != from.id && among(choices, graph_.node(to.id))) refuse(to.id, "jumps");
  }
  std::vector<Var> kinks() { return std::move(kinks_); }

 private:
  Var value(Id id) { return {&graph_, id}; }
  bool moves(Id id) const { return id >= 0 && moves_[id]; }

  [[noreturn]] void refuse(Id id, const std::string& why) const {
    throw UsageError(fmt::format("exact path integral: {} {} while {} moves; help: use a quadrature",
                                 graph_.describe(id), why, graph_.describe(from_)));
  }

  void look_at(Id id) {
    const Node& n = graph_.node(id);
    const int chooser = n.op->name == "where" ? 0 : n.op->name == "pick" ? 1 : -1;  // the operand that may jump
    for (int i = 0; i < n.arity(); ++i)
      if (i != chooser && moves(n.in[i]) && among(choices, graph_.node(n.in[i]))) refuse(n.in[i], "jumps");
    if (among(choices, n)) return;
    if (chooser == 0 && moves(n.in[0])) return add_condition(id);
    if (chooser == 1 && moves(n.in[1])) return add_largest(id);
    if (among(linear, n) || n.op->name == "where") return;
    if (among(products, n)) return require(!(moves(n.in[0]) && moves(n.in[1])), id, "multiplies two values that move");
    if (n.op->name == "div") return require(!moves(n.in[1]), id, "divides by a value that moves");
    if (among(indexed, n)) return require(!moves(n.in[1]), id, "looks up an index that moves");
    add_bend(id);
  }

  void require(bool good, Id id, const char* why) const {
    if (!good) refuse(id, why);
  }

  void add_bend(Id id) {
    const Node n = graph_.node(id);
    const Var x = value(n.in[0]);
    if (n.op->name == "relu" || n.op->name == "abs") {
      kinks_.push_back(x);
    } else if (n.op->name == "maximum" || n.op->name == "minimum") {
      kinks_.push_back(x - value(n.in[1]));
    } else if (n.op->name == "clamp") {
      kinks_.push_back(x - n.attr.real);
      kinks_.push_back(x - std::bit_cast<double>(n.attr.ints[0]));
    } else {
      refuse(id, n.op->name == "stop_gradient" ? "stops the gradient" : "is not piecewise linear");
    }
  }

  void add_condition(Id id) {
    const Node c = graph_.node(graph_.node(id).in[0]);
    if (c.op->name == "greater") {
      kinks_.push_back(value(c.in[0]) - value(c.in[1]));
    } else if (c.op->name == "step" || c.op->name == "sign") {
      kinks_.push_back(value(c.in[0]));
    } else {
      refuse(id, "chooses by no comparison");
    }
  }

  // max and min of ops.h: an entry of x at the argmax of x or of -x, the axis moved to the end in both.
  void add_largest(Id id) {
    const Node& n = graph_.node(id);
    const Node& index = graph_.node(n.in[1]);
    const bool of_its_own = index.op->name == "argmax" && same_or_negative(index.in[0], n.in[0]);
    require(of_its_own, id, "looks up an index that moves");
    kinks_.push_back(reshape(value(id), graph_.node(id).shape + Shape{1}) - value(graph_.node(id).in[0]));
  }

  bool same_or_negative(Id by, Id x) const {
    const Node &a = graph_.node(by), &b = graph_.node(x);
    if (by == x || (a.op->name == "neg" && a.in[0] == x)) return true;
    return is_view(a) && is_view(b) && a.shape == b.shape && a.attr == b.attr && same_or_negative(a.in[0], b.in[0]);
  }

  Graph& graph_;
  Id from_;
  std::vector<char> moves_;
  std::vector<Var> kinks_;
};

}  // namespace

std::vector<Var> kink_functions(Var from, Var to) { return Walk(from, to).kinks(); }

}  // namespace basin::interp
