#include "interp/llc/thermostat.h"

#include <cmath>

namespace basin::interp {
namespace {

constexpr double share = 0.15;  // of 2 / sqrt(stiffness), at which a leapfrog step would not be stable

}  // namespace

template <class T>
Thermostat<T>::Thermostat(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains,
                          double stiffness)
    : Sampler<T>(posterior, sampler, chains),
      step_(sampler.step > 0 ? sampler.step : share * 2 / std::sqrt(stiffness)),
      friction_(sampler.friction * std::sqrt(stiffness)),
      momentum_(energy_.positions().size()),
      noise_now_(energy_.positions().size()),
      thermostat_(energy_.layout().places(), friction_),
      kinetic_(thermostat_.size()),
      keep_(thermostat_.size()),
      spread_(thermostat_.size()) {
  this->draw_noise(momentum_);
  energy_.run();
}

template <class T>
void Thermostat<T>::push() {
  const T by = T(step_ / 2), *g = energy_.gradient().data();
  T* p = momentum_.data();
  for (std::size_t i = 0; i < momentum_.size(); ++i) p[i] -= by * g[i];
}

template <class T>
void Thermostat<T>::glide() {
  const T by = T(step_ / 2), *p = momentum_.data();
  T* w = energy_.positions().data();
  for (std::size_t i = 0; i < momentum_.size(); ++i) w[i] += by * p[i];
}

template <class T>
void Thermostat<T>::regulate() {
  energy_.layout().sum([p = momentum_.data()](std::size_t at, std::size_t) { return double(p[at]) * double(p[at]); },
                       kinetic_);
  for (std::size_t c = 0; c < thermostat_.size(); ++c)
    thermostat_[c] += step_ / 2 * (kinetic_[c] / double(energy_.dimension()) - 1);
}

// The Ornstein-Uhlenbeck process of p at ξ, exactly over a step.
template <class T>
void Thermostat<T>::rub() {
  for (std::size_t c = 0; c < thermostat_.size(); ++c) {
    const double x = thermostat_[c] * step_;
    const double spread = std::abs(x) < 1e-8 ? step_ : -std::expm1(-2 * x) / (2 * thermostat_[c]);
    keep_[c] = T(std::exp(-x)), spread_[c] = T(std::sqrt(2 * friction_ * spread));
  }
  energy_.layout().for_all([p = momentum_.data(), noise = noise_now_.data()](
                               std::size_t at, std::size_t, T keep, T by) { p[at] = keep * p[at] + by * noise[at]; },
                           keep_, spread_);
}

template <class T>
void Thermostat<T>::step(bool) {
  push();
  glide();
  this->draw_noise(noise_now_);
  regulate();
  rub();
  regulate();
  glide();
  energy_.run();
  push();
  energy_.distances(this->distances_);
  for (std::int64_t c = 0; c < energy_.chains(); ++c) this->u_[c] = energy_.u(c);
}

template <class T>
void Thermostat<T>::visit(ChainState& state) {
  Sampler<T>::visit(state);
  state.visit(std::span<T>(momentum_));
  state.visit(std::span<double>(thermostat_));
}

template class Thermostat<float>;
template class Thermostat<double>;

}  // namespace basin::interp
