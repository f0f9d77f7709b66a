// Optimizers with PyTorch's semantics (torch.optim.SGD, Adam, AdamW): one pass over the flat parameter vector.
// State (momentum, moments, step count) can be read and written back, so that training resumes exactly. Numbers may be
// packs (core/pack.h): each lane is then a network with moments of its own, and takes the steps that it would take
// alone.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/slab.h"

namespace basin::nn {

enum class OptimizerKind { sgd, adam, adamw };

OptimizerKind optimizer_from(std::string_view name);  // UsageError listing the names

struct OptimizerSpec {
  OptimizerKind kind = OptimizerKind::adam;
  double momentum = 0;      // sgd: v <- momentum v + g, w <- w - rate v (first step: v = g)
  double weight_decay = 0;  // sgd, adam: added to the gradient; adamw: w <- w (1 - rate decay) first
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

  void validate() const;  // UsageError for a value outside its range
};

struct Span {
  std::int64_t first, end;
};

template <class T>
class Optimizer {
 public:
  // `undecayed`: ascending parts of the parameters that weight decay leaves alone.
  Optimizer(const OptimizerSpec& spec, std::int64_t parameters, const std::vector<Span>& undecayed = {});

  // One step. Allocates nothing. ShapeError if a length is not that of the constructor.
  void update(std::span<T> params, std::span<const T> gradient, double learning_rate);

  std::int64_t steps = 0;                         // updates done
  std::span<T> first() { return first_.span(); }  // momentum, or Adam's mean; empty if the method has none
  std::span<const T> first() const { return first_.span(); }
  std::span<T> second() { return second_.span(); }  // Adam's mean of squares
  std::span<const T> second() const { return second_.span(); }

 private:
  void update_part(Span part, std::span<T> params, std::span<const T> gradient, double rate, double decay);
  OptimizerSpec spec_;
  std::int64_t parameters_ = 0;
  std::vector<std::pair<Span, double>> parts_;  // and the decay of each
  Slab<T> first_, second_;
};

}  // namespace basin::nn
