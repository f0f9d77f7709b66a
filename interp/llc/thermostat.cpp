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
      thermostat_(chains.count, friction_) {
  for (std::int64_t c = 0; c < energy_.chains(); ++c) this->draw_noise(c, momentum_);
  energy_.run();
}

template <class T>
void Thermostat<T>::push() {
  const T by = T(step_ / 2);
  for (std::int64_t c = 0; c < energy_.chains(); ++c)
    energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
      for (std::size_t i = at; i < at + n; ++i) momentum_[i] -= by * energy_.gradient()[i];
    });
}

template <class T>
void Thermostat<T>::glide() {
  const std::span<T> w = energy_.positions();
  const T by = T(step_ / 2);
  for (std::int64_t c = 0; c < energy_.chains(); ++c)
    energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
      for (std::size_t i = at; i < at + n; ++i) w[i] += by * momentum_[i];
    });
}

template <class T>
double Thermostat<T>::kinetic(std::int64_t c) const {
  double sum = 0;
  energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
    for (std::size_t i = at; i < at + n; ++i) sum += double(momentum_[i]) * double(momentum_[i]);
  });
  return sum / double(energy_.dimension());
}

template <class T>
void Thermostat<T>::regulate(std::int64_t c) {
  thermostat_[c] += step_ / 2 * (kinetic(c) - 1);
}

// The Ornstein-Uhlenbeck process of p at ξ, exactly over a step.
template <class T>
void Thermostat<T>::rub(std::int64_t c) {
  const double x = thermostat_[c] * step_;
  const double spread = std::abs(x) < 1e-8 ? step_ : -std::expm1(-2 * x) / (2 * thermostat_[c]);
  const T keep = T(std::exp(-x)), noise = T(std::sqrt(2 * friction_ * spread));
  energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
    for (std::size_t i = at; i < at + n; ++i) momentum_[i] = keep * momentum_[i] + noise * noise_now_[i];
  });
}

template <class T>
void Thermostat<T>::step(bool) {
  push();
  glide();
  for (std::int64_t c = 0; c < energy_.chains(); ++c) {
    this->draw_noise(c, noise_now_);
    regulate(c);
    rub(c);
    regulate(c);
  }
  glide();
  energy_.run();
  push();
  for (std::int64_t c = 0; c < energy_.chains(); ++c) {
    this->u_[c] = energy_.u(c);
    this->distances_[c] = energy_.distance(c);
  }
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
