#include "interp/llc/chain_group.h"

#include <algorithm>
#include <cmath>

namespace basin::interp {
namespace {

constexpr double hmc_target = 0.8;
// Of the step size that is found. Flat sets are narrow in some places and wide in others, and a chain whose steps fit
// the wide ones alone never sees the narrow: (xy)² at nβ = 1e4 comes out at 0.37 for 0.41.
constexpr double shortest = 0.05, longest = 1.2;
constexpr double sgld_share = 0.1;  // of the step at which a quadratic of the top curvature would not be stable

double first_step(const SamplerSpec& sampler, double top) {
  if (sampler.step > 0) return sampler.step;
  const double stiffness = top > 0 ? top : 1;
  return sampler.kind == SamplerKind::sgld ? sgld_share * 4 / stiffness : 1 / std::sqrt(stiffness);
}

}  // namespace

template <class T>
ChainGroup<T>::ChainGroup(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains,
                          double top_curvature)
    : n_beta_(posterior.n_beta),
      gamma_(posterior.gamma),
      sampler_(sampler),
      count_(chains.count),
      n_(posterior.data.empty() ? 1 : rows_of(posterior.data, "chains")),
      paired_(sampler.batch > 0),
      program_(posterior, (1 + paired_) * chains.count, sampler.batch),
      u_(chains.count),
      step_(chains.count),
      before_(chains.count),
      batch_(sampler.batch) {
  const std::size_t size = program_.positions().flat().size();
  momentum_.resize(size), kept_.resize(size), kept_gradient_.resize(size), gradient_.resize(size);
  noise_.resize(program_.dimension());
  for (std::int64_t c = 0; c < count_; ++c) {
    const Rng rng = Rng(chains.seed, "chain").stream(std::to_string(chains.first + c));
    chains_.push_back({rng.stream("noise"), rng.stream("choice"), rng.stream("rows")});
    sizes_.emplace_back(first_step(sampler, n_beta_ * top_curvature + gamma_), hmc_target);
  }
  ChainProgram<T> all(posterior, 1);
  all.run();
  full_.assign(all.gradient().begin(), all.gradient().end());
  base_.assign(program_.chains(), double(all.losses()[0]));
  if (!paired_) {
    program_.run();
    for (std::int64_t c = 0; c < count_; ++c) base_[c] = double(program_.losses()[c]);
    run();
    for (std::int64_t c = 0; c < count_; ++c) keep(c);
  }
}

template <class T>
std::span<const double> ChainGroup<T>::warm_up() {
  step(true);
  return u_;
}

template <class T>
std::span<const double> ChainGroup<T>::draw() {
  for (StepSize& size : sizes_)
    if (!size.is_frozen()) size.freeze();
  ++draws_;
  step(false);
  return u_;
}

template <class T>
double ChainGroup<T>::acceptance(std::int64_t chain) const {
  if (sampler_.kind == SamplerKind::sgld) return 1;
  return draws_ ? chains_[chain].accepted / double(draws_) : 0;
}

template <class T>
void ChainGroup<T>::step(bool warming_up) {
  sampler_.kind == SamplerKind::sgld ? langevin() : trajectory(warming_up);
}

// Gradients of the energy nβ (L - L(w*)) + γ/2 |w - w*|² where the chains are.
template <class T>
void ChainGroup<T>::run() {
  program_.run();
  const std::span<const T> g = program_.gradient(), w = program_.positions().flat(), to = program_.center().flat();
  const std::int64_t half = paired_ ? count_ : 0;
  for (std::int64_t c = 0; c < count_; ++c) {
    program_.for_slices(c, [&](std::size_t at, std::size_t own, std::size_t n) {
      const std::size_t other = at + std::size_t(half) * n;
      for (std::size_t i = 0; i < n; ++i) {
        T slope = g[at + i];
        if (paired_ && sampler_.control_variate) slope += full_[own + i] - g[other + i];
        gradient_[at + i] = T(n_beta_) * slope + T(gamma_) * (w[at + i] - to[own + i]);
      }
    });
  }
}

template <class T>
double ChainGroup<T>::nbeta_loss(std::int64_t c) const {
  const double base = paired_ ? double(program_.losses()[count_ + c]) : base_[c];
  return n_beta_ * (double(program_.losses()[c]) - base);
}

template <class T>
double ChainGroup<T>::energy(std::int64_t c) const {
  double away = 0;
  program_.for_slices(c, [&](std::size_t at, std::size_t own, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const double d = double(program_.positions().flat()[at + i]) - double(program_.center().flat()[own + i]);
      away += d * d;
    }
  });
  return nbeta_loss(c) + gamma_ / 2 * away;
}

// w <- w - ε/2 ∇U + sqrt(ε) ξ. The loss that counts is that at the old place, on the rows of the step.
template <class T>
void ChainGroup<T>::langevin() {
  if (paired_)
    for (std::int64_t c = 0; c < count_; ++c) {
      for (std::int64_t& row : batch_) row = std::int64_t(chains_[c].rows.below(std::uint64_t(n_)));
      program_.feed_rows(c, batch_);
      program_.feed_rows(count_ + c, batch_);
    }
  run();
  const std::span<T> w = program_.positions().flat();
  for (std::int64_t c = 0; c < count_; ++c) {
    u_[c] = nbeta_loss(c);
    const double size = sizes_[c].size();
    const T drift = T(-size / 2), spread = T(std::sqrt(size));
    chains_[c].noise.fill_normal(std::span<T>(noise_));
    program_.for_slices(c, [&](std::size_t at, std::size_t own, std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) w[at + i] += drift * gradient_[at + i] + spread * noise_[own + i];
    });
  }
}

template <class T>
void ChainGroup<T>::keep(std::int64_t c) {
  chains_[c].energy = energy(c);
  chains_[c].loss = nbeta_loss(c);
  program_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
    std::copy_n(program_.positions().flat().begin() + at, n, kept_.begin() + at);
    std::copy_n(gradient_.begin() + at, n, kept_gradient_.begin() + at);
  });
}

template <class T>
void ChainGroup<T>::restore(std::int64_t c) {
  program_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
    std::copy_n(kept_.begin() + at, n, program_.positions().flat().begin() + at);
    std::copy_n(kept_gradient_.begin() + at, n, gradient_.begin() + at);
  });
}

template <class T>
double ChainGroup<T>::kinetic(std::int64_t c) const {
  double sum = 0;
  program_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) sum += double(momentum_[at + i]) * double(momentum_[at + i]);
  });
  return sum / 2;
}

// Momenta go by `force` steps down the gradient.
template <class T>
void ChainGroup<T>::leap(double force) {
  for (std::int64_t c = 0; c < count_; ++c)
    program_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
      const T by = T(step_[c] * force);
      for (std::size_t i = 0; i < n; ++i) momentum_[at + i] -= by * gradient_[at + i];
    });
}

template <class T>
void ChainGroup<T>::trajectory(bool warming_up) {
  for (std::int64_t c = 0; c < count_; ++c) {
    Chain& chain = chains_[c];
    chain.noise.fill_normal(std::span<T>(noise_));
    program_.for_slices(c, [&](std::size_t at, std::size_t own, std::size_t n) {
      std::copy_n(noise_.begin() + own, n, momentum_.begin() + at);
    });
    before_[c] = chain.energy + kinetic(c);
    const double size = warming_up && !(sampler_.step > 0) ? sizes_[c].now() : sizes_[c].size();
    step_[c] = size * std::exp(chain.choice.uniform(std::log(shortest), std::log(longest)));
  }
  leap(0.5);
  const std::span<T> w = program_.positions().flat();
  for (int l = 0; l < sampler_.leapfrogs; ++l) {
    for (std::int64_t c = 0; c < count_; ++c)
      program_.for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) w[at + i] += T(step_[c]) * momentum_[at + i];
      });
    run();
    leap(l + 1 < sampler_.leapfrogs ? 1 : 0.5);
  }
  for (std::int64_t c = 0; c < count_; ++c) {
    Chain& chain = chains_[c];
    const double gained = before_[c] - energy(c) - kinetic(c);
    const double probability = std::isfinite(gained) ? std::min(1.0, std::exp(gained)) : 0;
    const bool accepted = chain.choice.uniform() < probability;
    accepted ? keep(c) : restore(c);
    if (warming_up && !(sampler_.step > 0)) sizes_[c].report(probability);
    if (!warming_up) chain.accepted += probability;
    u_[c] = chain.loss;
  }
}

template class ChainGroup<float>;
template class ChainGroup<double>;

}  // namespace basin::interp
