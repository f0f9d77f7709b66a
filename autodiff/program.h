// Program: a set of values to fetch and a set of values to feed, planned once and run many times. The graph knows
// shapes and names; the program knows precision and memory. One graph serves Program<float> and Program<double>, and
// Program<Pack<float>> and Program<Pack<double>>, which compute it for several copies at once, one in each lane
// (core/pack.h): the way for graphs of small values, whose kernel calls would cost more than their arithmetic. (lift,
// autodiff/lift.h, makes copies of some values in a graph; here all values are copies.)
//
//   Program<double> p(graph, {.fetch = {loss, graph["layers.0.post"]}});
//   p.feed("x", images);  p.run();  p.view("layers.0.post")
//
// Invariants: a run allocates nothing; what was fetched can be read until the next run; subnormal numbers are flushed
// to zero inside runs; the result does not depend on anything but the inputs. The graph must outlive the program. A
// program may be moved, not copied; each thread needs its own.
#pragma once
#include <memory>

#include "autodiff/graph.h"
#include "autodiff/parameters.h"
#include "core/pack.h"
#include "core/tensor.h"

namespace basin {

// Which values stay after a run, beside the inputs and what is listed under fetch and flat.
enum class Memory {
  automatic,  // reuse if something is listed under flat, as in training and in products with a Hessian; else keep
  keep,       // all that are computed (but for inner values of fused chains)
  reuse       // none: values that nobody reads any more give their memory to later ones
};

struct ProgramSpec {
  std::vector<Var> fetch;   // values to compute and keep readable
  std::vector<Var> flat{};  // values to compute into one flat vector, in this order, without gaps (gradients)
  std::vector<Var> feed{};  // inner values that are given, not computed: what lies only behind them is not computed
  Memory memory = Memory::automatic;
  bool fuse = true;  // run known chains as one kernel; their inner values are then not readable
};

template <class T>
struct Plan;  // autodiff/plan.h

template <class T>
class Program {
 public:
  // NameError if a fed value is needed by nothing that is fetched, if a binding's value is not an input, or if a value
  // belongs to another graph (so too from the functions below).
  Program(Graph& graph, const ProgramSpec& spec, const std::vector<Binding<T>>& bindings = {});
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // Inputs that are not bound must be fed before the first run (NameError from run otherwise) and keep their numbers.
  void feed(Var v, std::span<const T> values);  // ShapeError if the length is wrong
  void feed(std::string_view name, std::span<const T> values) { feed(var(name), values); }
  std::span<T> input(Var v);  // the memory of a fed value, to write in place; counts as fed
  std::span<T> input(std::string_view name) { return input(var(name)); }

  void run();

  // Numbers of the last run. A view is valid until the next run; a copy is yours. NameError if not held.
  std::span<const T> view(Var v) const;
  std::span<const T> view(std::string_view name) const { return view(var(name)); }
  Tensor<T> copy(Var v) const;
  Tensor<T> copy(std::string_view name) const { return copy(var(name)); }
  T scalar(Var v) const { return view(v)[0]; }
  std::span<const T> flat() const;
  bool has(Var v) const;

  // NumericalError if a fetched value holds NaN or Inf. It names the first value (in order of computation) that does,
  // by name, op and shape, with the element and what it was computed from; and the first with NaN where that is
  // another. All values are looked at, held or not: those of this run are computed again, from the same inputs, and
  // kept. (Bound numbers must be those of the run still.) An infinite constant of the graph, as the score of a masked
  // key, is meant, and so are its copies in what is computed from it at once. `help` is the message's last word: what
  // can be done about it, which the caller knows.
  void require_finite(std::string_view help = "look at its inputs, in the data and in the parameters") const;

  const Plan<T>& plan() const { return *plan_; }  // for printing and tests
  Graph& graph() const;

 private:
  Var var(std::string_view name) const;
  std::string first_bad() const;
  std::string first_with(bool (*good)(ScalarOf<T>)) const;
  std::unique_ptr<Plan<T>> plan_;
};

}  // namespace basin
