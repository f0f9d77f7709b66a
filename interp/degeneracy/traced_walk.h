// The walk through a graph that interp/degeneracy/traced_spaces.h is made of: one function for each rule. Internal.
#pragma once
#include <algorithm>

#include "core/lapack.h"
#include "interp/degeneracy/norm_nodes.h"
#include "interp/degeneracy/parameter_views.h"
#include "interp/degeneracy/traced_spaces.h"

namespace basin::interp {

// Where a value's features lie: the axes that hold them, those of length 1 left out, and what constants each of them is
// given, [unknowns so far, width].
struct Place {
  int space = -1;  // none: the value never changes
  std::vector<int> axes{};
  Matrix shift{};
  std::vector<double> offset{};  // behind a gain: what has been added since, else none
  int written = -1;              // by which absorbers: a place in TracedSpaces::written; -1: a sum
  explicit operator bool() const { return space >= 0; }
};

Matrix plus(Matrix a, const Matrix& b, double sign = 1);  // b's rows, or a's, may be fewer
Matrix times(Matrix a, const std::vector<double>& columns);

// The number of each feature's place along one of the axes that hold them, or of all but that one.
std::vector<std::int64_t> coordinates(const Shape& shape, const std::vector<int>& axes, int axis, bool others);

// The numbers of a value [any shape] as rows of its features, [any, width].
std::vector<std::int64_t> by_features(const std::vector<std::int64_t>& numbers, const Shape& shape,
                                      const std::vector<int>& axes, std::int64_t width);

inline bool holds(const std::vector<int>& axes, int axis) { return std::ranges::find(axes, axis) != axes.end(); }

// The spaces as they are found, and what may be said of them.
class SpaceList {
 public:
  explicit SpaceList(std::span<const double> theta) : theta_(theta) {}

  ValueSpace& at(int space) { return found_.spaces[found_.root(space)]; }
  int root(int space) const { return found_.root(space); }
  Place made(std::int64_t width, int axis, Matrix shift);  // a value in a space of its own
  void unite(int a, int b);
  void restrict(int space, const std::vector<std::int64_t>& block);  // features mix only where these are equal too
  void set_kind(int space, ValueSpace::Kind kind, std::vector<std::int64_t> unit);
  void notice(const Matrix& shift);  // constants that somebody sees

  // The parameter writes y, alone or with what wrote it before.
  void absorb(const ParameterView& p, std::int64_t width, int in, Place& y, bool gain = false);
  // What the last absorber may add to a value that has been given this shift.
  Matrix with_unknowns(Matrix shift, std::int64_t width, std::vector<double> rows = {});
  Matrix numbers(const ParameterView& of, std::int64_t width) const;  // [any, width]

  TracedSpaces result();

 private:
  void resolve();

  std::span<const double> theta_;
  TracedSpaces found_{};
  std::int64_t unknowns_ = 0;
  std::vector<Matrix> noticed_{};
};

class TracedWalk {
 public:
  TracedWalk(Graph& graph, Var output, const ModelPoint& model, const DataRelations& seen);
  TracedSpaces result() { return spaces_.result(); }

 private:
  const Node& node(Id id) const { return graph_.node(id); }
  const Shape& shape(Id id) const { return node(id).shape; }
  Place& at(Id id) { return places_[id]; }
  const ParameterView* view(Id id) const;  // of a parameter that nothing else uses
  void fix(Id id);                         // nothing may happen to the value
  void unknown(Id id);                     // nor to all that the op reads

  void visit(Id id);
  void visit_table(Id id);
  void visit_dense(Id id);
  void add_constant_of_norm(const Place& x, Place& y);
  void visit_matmul(Id id);
  void visit_scores(Id id);
  void visit_pattern(Id id);
  void visit_add(Id id, double sign);
  void visit_bias(Id id, Id x, Id b);
  void visit_mul(Id id);
  void visit_gain(Id id, Id x, Id w);
  void visit_relu(Id id, const FiringRelations& firing);
  void visit_norm(Id id, Id x);
  void visit_reshape(Id id);
  void visit_view(Id id);
  bool only_to_softmax(Id id) const;

  Graph& graph_;
  const DataRelations& seen_;
  std::vector<Id> nodes_;
  std::map<Id, ParameterView> views_;
  NormNodes norms_;
  std::vector<Place> places_;
  SpaceList spaces_;
  std::size_t relus_ = 0;
  std::map<Id, std::size_t> softmax_of_{};  // by node
};

}  // namespace basin::interp
