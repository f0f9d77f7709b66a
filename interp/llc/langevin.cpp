#include "interp/llc/langevin.h"

#include <algorithm>
#include <cmath>

namespace basin::interp {
namespace {

constexpr double share = 0.1;           // of the step at which a quadratic of the top curvature would not be stable
constexpr double memory = 200;          // gradients in the running mean of squares, where it goes on behind the warm-up
constexpr double largest_metric = 1e4;  // P at most, where gradients vanish

}  // namespace

template <class T>
Langevin<T>::Langevin(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains,
                      double stiffness)
    : Sampler<T>(posterior, sampler, chains),
      step_(sampler.step > 0 ? sampler.step : share * 4 / stiffness),
      noise_now_(energy_.positions().size()) {
  if (sampler.kind != SamplerKind::preconditioned_sgld) return;
  squares_.assign(energy_.positions().size(), T(0));
  factors_.assign(energy_.positions().size(), T(1));
}

template <class T>
void Langevin<T>::precondition(std::int64_t c) {
  const double keep = 1 - 1 / (sampler_.freeze ? double(seen_) : std::min(double(seen_), memory));
  T largest = 0;
  energy_.layout().for_chain(c, [&](std::size_t i, std::size_t) {
    const T g = energy_.gradient()[i];
    squares_[i] = T(keep) * squares_[i] + T(1 - keep) * g * g;
    largest = std::max(largest, squares_[i]);
  });
  if (seen_ < 20) return;  // the first gradients say little
  energy_.layout().for_chain(c, [&](std::size_t i, std::size_t) {
    factors_[i] = T(std::min(std::sqrt(double(largest) / std::max(double(squares_[i]), 1e-300)), largest_metric));
  });
}

template <class T>
void Langevin<T>::step(bool warming_up) {
  energy_.run();
  const bool adapts = !squares_.empty() && (warming_up || !sampler_.freeze);
  seen_ += adapts;
  energy_.distances(this->distances_);
  for (std::int64_t c = 0; c < energy_.chains(); ++c) {
    this->u_[c] = energy_.u(c);
    if (adapts) precondition(c);
  }
  this->draw_noise(noise_now_);
  go();
}

// Idle places of the layout move too, to no effect: they are nobody's.
template <class T>
void Langevin<T>::go() {
  T* w = energy_.positions().data();
  const T *g = energy_.gradient().data(), *noise = noise_now_.data(), *factors = factors_.data();
  const T drift = T(-step_ / 2), spread = T(std::sqrt(step_));
  const std::size_t size = energy_.layout().size();
  if (factors_.empty())
    for (std::size_t i = 0; i < size; ++i) w[i] += drift * g[i] + spread * noise[i];
  else
    for (std::size_t i = 0; i < size; ++i)
      w[i] += factors[i] * drift * g[i] + std::sqrt(factors[i]) * spread * noise[i];
}

template <class T>
void Langevin<T>::visit(ChainState& state) {
  Sampler<T>::visit(state);
  state.visit(seen_);
  for (auto* numbers : {&squares_, &factors_}) state.visit(std::span<T>(*numbers));
}

template class Langevin<float>;
template class Langevin<double>;

}  // namespace basin::interp
