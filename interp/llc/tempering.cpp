#include <algorithm>
#include <cmath>

#include "interp/llc/hamiltonian.h"

namespace basin::interp {

template <class T>
Tempering<T>::Tempering(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains,
                        double stiffness)
    : Hamiltonian<T>(posterior, sampler, chains, stiffness, sampler.temperatures),
      at_(chains_.size()),
      by_copy_(chains_.size()) {
  const double ratio = std::pow(sampler.hottest, 1.0 / (sampler.temperatures - 1));
  for (std::size_t c = 0; c < at_.size(); ++c) {
    at_[c] = std::int64_t(c);
    energy_.heat(std::int64_t(c), std::pow(ratio, double(c % std::size_t(sampler.temperatures))));
  }
  energy_.run();  // gradients at their heats
  energy_.energies(this->energies_);
  for (std::size_t c = 0; c < at_.size(); ++c) this->keep(std::int64_t(c));
}

// Rung k and k + 1, in turn those with even and with odd k.
template <class T>
void Tempering<T>::trade(std::int64_t ladder) {
  const std::int64_t rungs = sampler_.temperatures, first = ladder * rungs;
  for (std::int64_t k = rounds_ % 2; k + 1 < rungs; k += 2) {
    std::int64_t &cold = at_[first + k], &hot = at_[first + k + 1];
    const double between = energy_.heat(cold) - energy_.heat(hot);
    const double gained = between * (chains_[cold].loss - chains_[hot].loss);
    if (!(this->choice_[first].uniform() < std::exp(std::min(gained, 0.0)))) continue;
    const double heat = energy_.heat(cold);
    energy_.heat(cold, energy_.heat(hot));
    energy_.heat(hot, heat);
    std::swap(chains_[cold].size, chains_[hot].size);
    std::swap(cold, hot);
  }
}

template <class T>
void Tempering<T>::step(bool warming_up) {
  this->trajectory(warming_up);
  const std::int64_t ladders = std::int64_t(this->u_.size());
  for (std::int64_t l = 0; l < ladders; ++l) trade(l);
  ++rounds_;
  energy_.run();
  energy_.energies(this->energies_);
  for (std::int64_t c = 0; c < energy_.chains(); ++c) this->keep(c);
  energy_.distances(by_copy_);
  for (std::int64_t l = 0; l < ladders; ++l) {
    const std::int64_t coldest = at_[l * sampler_.temperatures];
    this->u_[l] = chains_[coldest].loss;
    this->distances_[l] = by_copy_[coldest];
  }
}

template <class T>
void Tempering<T>::position(std::int64_t chain, std::span<double> out) const {
  Sampler<T>::position(at_[chain * sampler_.temperatures], out);
}

// Over all rungs.
template <class T>
double Tempering<T>::acceptance(std::int64_t chain) const {
  double sum = 0;
  for (std::int64_t k = 0; k < sampler_.temperatures; ++k)
    sum += Hamiltonian<T>::acceptance(chain * sampler_.temperatures + k);
  return sum / sampler_.temperatures;
}

template <class T>
void Tempering<T>::visit(ChainState& state) {
  Hamiltonian<T>::visit(state);
  state.visit(std::span<std::int64_t>(at_));
  state.visit(rounds_);
}

template class Tempering<float>;
template class Tempering<double>;

}  // namespace basin::interp
