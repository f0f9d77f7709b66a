// Programs that read several directions of parameter space at once, for interp/spectra/operators.h.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "interp/sweep/sweep.h"

namespace basin::interp {

// The name of the input that stands beside a parameter.
std::string direction_of(const std::string& parameter);
std::vector<std::string> names_of(const Parameters<double>& parameters);

// `count` directions stand beside every parameter, [count, own shape], as one more input that does not vary over the
// data: a program reads both alike. Parameters come first, then their directions.
ModelPoint with_directions(const ModelPoint& model, std::int64_t count);
std::span<double> directions_in(Sweeper& sweeper, std::size_t numbers);

struct Traced {
  std::vector<Var> parameters, directions;
};
Traced traced(Graph& graph, const std::vector<std::string>& names);

// Vectors lie one behind the other, [count, N]; programs have the parameters one behind the other, [count, own shape].
class Layout {
 public:
  explicit Layout(const Parameters<double>& parameters);
  void to_program(std::span<const double> vectors, std::int64_t count, double* packed) const;
  void from_program(const double* packed, std::int64_t count, std::span<double> vectors) const;

 private:
  template <class F>
  void visit(std::int64_t numbers, std::int64_t count, const F& f) const;
  std::vector<std::int64_t> sizes_;
};

// Programs for so many vectors at once. A product takes a set that is free, or makes one: so several products may run
// at the same time, and none traces what another has traced.
class Programs {
 public:
  using Make = std::function<std::unique_ptr<Sweeper>(std::int64_t count)>;

  explicit Programs(Make make) : make_(std::move(make)) {}

  void with(std::int64_t count, const std::function<void(Sweeper&)>& use);

 private:
  std::unique_ptr<Sweeper> take(std::int64_t count);

  Make make_;
  std::mutex mutex_;
  std::multimap<std::int64_t, std::unique_ptr<Sweeper>> free_;
};

}  // namespace basin::interp
