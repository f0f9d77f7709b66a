#include "interp/llc/hamiltonian.h"

#include <algorithm>
#include <cmath>

namespace basin::interp {
namespace {

constexpr double hmc_target = 0.8, mala_target = 0.65;
// Of the step size that is found. Flat sets are narrow in some places and wide in others, and a chain whose steps fit
// the wide ones alone never sees the narrow: (xy)² at nβ = 1e4 comes out at 0.37 for 0.41.
constexpr double shortest = 0.05, longest = 1.2;

}  // namespace

template <class T>
Hamiltonian<T>::Hamiltonian(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains,
                            double stiffness, std::int64_t copies)
    : Sampler<T>(posterior, sampler, chains, copies),
      chains_(energy_.chains()),
      momentum_(energy_.positions().size()),
      kept_(momentum_.size()),
      kept_gradient_(momentum_.size()),
      step_(chains_.size()),
      before_(chains_.size()) {
  if (sampler.kind == SamplerKind::mala) sampler_.leapfrogs = 1;
  const double first = sampler.step > 0 ? sampler.step : 1 / std::sqrt(stiffness);
  energy_.run();
  for (std::size_t c = 0; c < chains_.size(); ++c) {
    sizes_.emplace_back(first, sampler.kind == SamplerKind::mala ? mala_target : hmc_target);
    chains_[c].size = c;
    keep(std::int64_t(c));
  }
}

template <class T>
double Hamiltonian<T>::acceptance(std::int64_t chain) const {
  return draws_ ? chains_[chain].accepted / double(draws_) : 0;
}

template <class T>
void Hamiltonian<T>::keep(std::int64_t c) {
  chains_[c].loss = energy_.u(c);
  chains_[c].prior = energy_.energy(c) - energy_.heat(c) * chains_[c].loss;
  energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
    std::copy_n(energy_.positions().begin() + at, n, kept_.begin() + at);
    std::copy_n(energy_.gradient().begin() + at, n, kept_gradient_.begin() + at);
  });
}

template <class T>
void Hamiltonian<T>::restore(std::int64_t c) {
  energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
    std::copy_n(kept_.begin() + at, n, energy_.positions().begin() + at);
  });
}

template <class T>
double Hamiltonian<T>::kinetic(std::int64_t c) const {
  double sum = 0;
  energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
    for (std::size_t i = at; i < at + n; ++i) sum += double(momentum_[i]) * double(momentum_[i]);
  });
  return sum / 2;
}

template <class T>
void Hamiltonian<T>::begin(std::int64_t c, bool warming_up) {
  this->draw_noise(c, momentum_);
  before_[c] = energy_.heat(c) * chains_[c].loss + chains_[c].prior + kinetic(c);
  const StepSize& size = sizes_[chains_[c].size];
  step_[c] = (warming_up && !(sampler_.step > 0) ? size.now() : size.size()) *
             std::exp(this->choice_[c].uniform(std::log(shortest), std::log(longest)));
  const T by = T(step_[c] / 2);  // the first half step of the gradient where the chain is
  energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
    for (std::size_t i = at; i < at + n; ++i) momentum_[i] -= by * kept_gradient_[i];
  });
}

// Momenta go by `force` steps down the gradient.
template <class T>
void Hamiltonian<T>::leap(double force) {
  for (std::int64_t c = 0; c < energy_.chains(); ++c)
    energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
      const T by = T(step_[c] * force);
      for (std::size_t i = at; i < at + n; ++i) momentum_[i] -= by * energy_.gradient()[i];
    });
}

template <class T>
void Hamiltonian<T>::glide() {
  const std::span<T> w = energy_.positions();
  for (std::int64_t c = 0; c < energy_.chains(); ++c)
    energy_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
      for (std::size_t i = at; i < at + n; ++i) w[i] += T(step_[c]) * momentum_[i];
    });
}

template <class T>
void Hamiltonian<T>::end(std::int64_t c, bool warming_up) {
  const double gained = before_[c] - energy_.energy(c) - kinetic(c);
  const double probability = std::isfinite(gained) ? std::min(1.0, std::exp(gained)) : 0;
  this->choice_[c].uniform() < probability ? keep(c) : restore(c);
  if (warming_up && !(sampler_.step > 0)) sizes_[chains_[c].size].report(probability);
  if (!warming_up) chains_[c].accepted += probability;
}

template <class T>
void Hamiltonian<T>::trajectory(bool warming_up) {
  if (!warming_up) {
    for (StepSize& size : sizes_)
      if (!size.is_frozen()) size.freeze();
    ++draws_;
  }
  for (std::int64_t c = 0; c < energy_.chains(); ++c) begin(c, warming_up);
  for (int l = 0; l < sampler_.leapfrogs; ++l) {
    glide();
    energy_.run();
    leap(l + 1 < sampler_.leapfrogs ? 1 : 0.5);
  }
  for (std::int64_t c = 0; c < energy_.chains(); ++c) end(c, warming_up);
}

template <class T>
void Hamiltonian<T>::step(bool warming_up) {
  trajectory(warming_up);
  for (std::int64_t c = 0; c < energy_.chains(); ++c) {
    this->u_[c] = chains_[c].loss;
    this->distances_[c] = energy_.distance(c);
  }
}

template <class T>
void Hamiltonian<T>::visit(ChainState& state) {
  Sampler<T>::visit(state);
  state.visit(draws_);
  state.visit(std::span<T>(kept_));
  state.visit(std::span<T>(kept_gradient_));
  for (Chain& c : chains_) state.visit(c.loss), state.visit(c.prior), state.visit(c.accepted), state.visit(c.size);
  for (StepSize& size : sizes_) size.visit(state);
}

template class Hamiltonian<float>;
template class Hamiltonian<double>;

}  // namespace basin::interp
