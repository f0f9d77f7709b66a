#include "nn/optim.h"

#include <cmath>
#include <string>

#include "core/error.h"
#include "core/pack.h"

namespace basin::nn {
namespace {

template <class T>
struct Flat {  // the arrays of one update, n numbers each
  std::int64_t n;
  T* __restrict w;
  const T* __restrict g;
  T* __restrict m;
  T* __restrict v;
};

template <class T>
void sgd(Flat<T> f, T rate, T decay) {
  for (std::int64_t i = 0; i < f.n; ++i) f.w[i] -= rate * (f.g[i] + decay * f.w[i]);
}

template <class T>
void sgd_momentum(Flat<T> f, T rate, T decay, T momentum) {
  for (std::int64_t i = 0; i < f.n; ++i) {
    f.m[i] = momentum * f.m[i] + (f.g[i] + decay * f.w[i]);
    f.w[i] -= rate * f.m[i];
  }
}

// w <- keep w - scale m / (sqrt(v) correction + epsilon). rest = 1 - beta is rounded once, from double: 1 - T(0.999) is
// off by 1e-5 in float.
template <class T>
struct AdamFactors {
  T keep, add_decay, beta1, rest1, beta2, rest2, scale, correction, epsilon;
};

template <class T>
void adam(Flat<T> f, AdamFactors<T> a) {
  for (std::int64_t i = 0; i < f.n; ++i) {
    const T g = f.g[i] + a.add_decay * f.w[i];
    const T m = f.m[i] = a.beta1 * f.m[i] + a.rest1 * g;
    const T v = f.v[i] = a.beta2 * f.v[i] + a.rest2 * g * g;
    f.w[i] = a.keep * f.w[i] - a.scale * m / (std::sqrt(v) * a.correction + a.epsilon);
  }
}

void need(bool ok, const char* what, double given, const char* wanted) {
  if (!ok)
    throw UsageError(std::string("optimizer: ") + what + " " + std::to_string(given) + " given; wanted " + wanted);
}

}  // namespace

OptimizerKind optimizer_from(std::string_view name) {
  if (name == "sgd") return OptimizerKind::sgd;
  if (name == "adam") return OptimizerKind::adam;
  if (name == "adamw") return OptimizerKind::adamw;
  throw UsageError("optimizer: '" + std::string(name) + "' given; wanted sgd, adam or adamw");
}

void OptimizerSpec::validate() const {
  need(momentum >= 0 && momentum < 1, "momentum", momentum, "0 <= momentum < 1");
  need(weight_decay >= 0 && std::isfinite(weight_decay), "weight decay", weight_decay, "0 or more");
  need(beta1 >= 0 && beta1 < 1, "beta1", beta1, "0 <= beta1 < 1");
  need(beta2 >= 0 && beta2 < 1, "beta2", beta2, "0 <= beta2 < 1");
  need(epsilon > 0 && std::isfinite(epsilon), "epsilon", epsilon, "more than 0");
}

template <class T>
Optimizer<T>::Optimizer(const OptimizerSpec& spec, std::int64_t parameters, const std::vector<Span>& undecayed)
    : spec_(spec) {
  spec.validate();
  const bool adaptive = spec.kind != OptimizerKind::sgd;
  if (adaptive || spec.momentum > 0) first_ = Slab<T>(std::size_t(parameters));
  if (adaptive) second_ = Slab<T>(std::size_t(parameters));
  std::int64_t at = 0;
  for (const Span& s : undecayed) {
    if (s.first > at) parts_.push_back({{at, s.first}, spec.weight_decay});
    parts_.push_back({s, 0});
    at = s.end;
  }
  if (at < parameters) parts_.push_back({{at, parameters}, spec.weight_decay});
  parameters_ = parameters;
}

template <class T>
void Optimizer<T>::update(std::span<T> params, std::span<const T> gradient, double rate) {
  if (std::int64_t(params.size()) != parameters_ || params.size() != gradient.size())
    throw ShapeError("optimizer: " + std::to_string(params.size()) + " parameters and " +
                     std::to_string(gradient.size()) + " gradients given, wanted " + std::to_string(parameters_) +
                     " of each");
  ++steps;
  for (const auto& [part, decay] : parts_) update_part(part, params, gradient, rate, decay);
}

template <class T>
void Optimizer<T>::update_part(Span part, std::span<T> params, std::span<const T> gradient, double rate, double decay) {
  using Number = ScalarOf<T>;
  const auto state = [&](Slab<T>& s) { return s.size() ? scalars(s.data() + part.first) : nullptr; };
  const Flat<Number> f{(part.end - part.first) * lanes_of<T>, scalars(params.data() + part.first),
                       scalars(gradient.data() + part.first), state(first_), state(second_)};
  const Number step = Number(rate), shrink = Number(decay);
  if (spec_.kind == OptimizerKind::sgd)
    return spec_.momentum > 0 ? sgd_momentum(f, step, shrink, Number(spec_.momentum)) : sgd(f, step, shrink);
  const bool decoupled = spec_.kind == OptimizerKind::adamw;
  const double bias1 = 1 - std::pow(spec_.beta1, double(steps)), bias2 = 1 - std::pow(spec_.beta2, double(steps));
  adam(f, AdamFactors<Number>{.keep = Number(decoupled ? 1 - rate * decay : 1),
                              .add_decay = decoupled ? Number(0) : shrink,
                              .beta1 = Number(spec_.beta1),
                              .rest1 = Number(1 - spec_.beta1),
                              .beta2 = Number(spec_.beta2),
                              .rest2 = Number(1 - spec_.beta2),
                              .scale = Number(rate / bias1),
                              .correction = Number(1 / std::sqrt(bias2)),
                              .epsilon = Number(spec_.epsilon)});
}

template class Optimizer<float>;
template class Optimizer<double>;
template class Optimizer<Pack<float>>;
template class Optimizer<Pack<double>>;

}  // namespace basin::nn
