// The expression graph. A model is traced once into it; a derivative is more graph.
//
// Values are nodes; nodes are immutable and their ids are topologically ordered. The graph knows shapes and names and
// nothing of numbers, precision or memory: that is a Program (autodiff/program.h). Equal nodes are one node.
// Axes are counted from the right (-1 is the last); leading axes are free for batches, samples and seeds.
#pragma once
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "autodiff/parameter_info.h"
#include "core/tensor.h"

namespace basin {

struct Op;
class Graph;
using Id = std::int32_t;

// A handle on a value. It holds no data, so nothing can branch on a number while tracing.
struct Var {
  Graph* graph = nullptr;
  Id id = -1;

  const Shape& shape() const;  // NameError of an empty handle, as from everything that takes a value
  explicit operator bool() const { return graph != nullptr; }
  friend bool operator==(Var a, Var b) { return a.graph == b.graph && a.id == b.id; }
};

// What an op needs beside its inputs: axes, flags, lengths, strides, one real number. The op says what each means.
struct Attributes {
  std::array<std::int64_t, Shape::max_rank> ints{};
  double real = 0;
  std::int64_t offset = 0;
  friend bool operator==(const Attributes&, const Attributes&) = default;
};

struct Node {
  static constexpr int max_inputs = 3;
  const Op* op = nullptr;
  std::array<Id, max_inputs> in{-1, -1, -1};  // unused ones are -1, at the end
  Shape shape;
  Attributes attr;

  int arity() const {
    int n = 0;
    while (n < max_inputs && in[n] >= 0) ++n;
    return n;
  }
  friend bool operator==(const Node&, const Node&) = default;
};

class Graph {
 public:
  Graph() = default;
  Graph(const Graph&) = delete;  // Vars point at their graph
  Graph& operator=(const Graph&) = delete;

  Var input(std::string name, Shape shape);  // NameError if the name is taken
  Var anonymous_input(Shape shape);          // a seed that only its maker holds
  // An input that stands for a part of θ: what it starts as and how files hold it is said here and nowhere else.
  Var parameter(std::string name, Shape shape, Start start = {}, ParameterTraits traits = {});
  Var constant(double value);           // a scalar
  Var constant(Tensor<double> values);  // an array: a mask, positions, an identity; rounded to T when planned

  Var name(Var v, std::string name);      // gives v a name (a value may have several) and returns it
  Var operator[](std::string_view name);  // NameError with the nearest names if there is none
  bool has(std::string_view name) const;
  const std::map<std::string, Id, std::less<>>& names() const { return names_; }
  const std::vector<ParameterInfo>& parameters() const { return parameters_; }  // in the order they were made
  std::vector<Var> parameter_values();                                          // the same as values
  std::string name_of(Id id) const;                                             // the first name given, or "%12"
  std::string describe(Id id) const;                    // "'layers.0.pre' = dense [32,16]", for messages
  void require_own(Var v, std::string_view who) const;  // NameError if v is empty or belongs to another graph

  // For ops: adds the node, or finds its equal.
  Var emit(const Op& op, std::span<const Var> in, Shape shape, const Attributes& attr = {});
  Var emit(const Op& op, std::initializer_list<Var> in, Shape shape, const Attributes& attr = {}) {
    return emit(op, std::span(in.begin(), in.size()), shape, attr);
  }

  const Node& node(Id id) const { return nodes_[id]; }
  std::span<const double> array(const Node& node) const { return arrays_[node.attr.ints[0]]; }  // of an array constant
  Id size() const { return Id(nodes_.size()); }

 private:
  Var push(Node node);
  std::deque<Node> nodes_;  // references stay valid while rules emit
  std::deque<std::vector<double>> arrays_;
  std::unordered_multimap<std::size_t, Id> seen_;
  std::map<std::string, Id, std::less<>> names_;
  std::unordered_map<Id, std::string> first_name_;
  std::vector<ParameterInfo> parameters_;
};

// NameError: an empty handle was given to `who`, at the place that `where` says.
[[noreturn]] void empty_handle(std::string_view who, const std::string& where = {});

}  // namespace basin
