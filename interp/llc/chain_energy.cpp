#include "interp/llc/chain_energy.h"

#include <algorithm>
#include <cmath>

namespace basin::interp {
namespace {

std::int64_t copies(const SamplerSpec& sampler, std::int64_t chains) {
  if (sampler.batch == 0 || !sampler.paired) return chains;
  return chains + (sampler.share_batches ? 1 : chains);
}

}  // namespace

template <class T>
ChainEnergy<T>::ChainEnergy(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& group)
    : n_beta_(posterior.n_beta),
      gamma_(posterior.gamma),
      chains_(group.count),
      n_(posterior.data.empty() ? 1 : rows_of(posterior.data, "chains")),
      sampler_(sampler),
      batches_(sampler.batch > 0),
      twins_(batches_ && sampler.paired),
      program_(posterior, copies(sampler, group.count), sampler.batch, sampler.share_batches),
      base_(group.count),
      heats_(group.count, 1.0),
      gradient_(program_.positions().flat().size()),
      batch_(sampler.batch) {
  ChainProgram<T> all(posterior, 1);
  all.run();
  full_.assign(all.gradient().begin(), all.gradient().end());
  if (!batches_) program_.run();
  for (std::int64_t c = 0; c < chains_; ++c) base_[c] = double(batches_ ? all.losses()[0] : program_.losses()[c]);
  const Parameters<T> mean = cast<T>(posterior.prior_mean.value_or(posterior.model.parameters));
  for (const auto& slice : program_.center().slices()) {
    const std::span<const T> numbers = mean[slice.name];
    prior_mean_.insert(prior_mean_.end(), numbers.begin(), numbers.end());
  }
  if (sampler.share_batches)
    rows_.emplace_back(group.seed, "rows");
  else
    for (std::int64_t c = 0; c < chains_; ++c)
      rows_.emplace_back(group.seed, "chain/" + std::to_string(group.first + c) + "/rows");
}

template <class T>
void ChainEnergy<T>::draw_rows() {
  for (std::size_t c = 0; c < rows_.size(); ++c) {
    for (std::int64_t& row : batch_) row = std::int64_t(rows_[c].below(std::uint64_t(n_)));
    program_.feed_rows(std::int64_t(c), batch_);
    if (twins_ && !sampler_.share_batches) program_.feed_rows(chains_ + std::int64_t(c), batch_);
  }
}

template <class T>
void ChainEnergy<T>::run() {
  if (batches_) draw_rows();
  program_.run();
  add_up();
}

template <class T>
void ChainEnergy<T>::add_up() {
  const std::span<const T> g = program_.gradient(), w = positions();
  const bool control = twins_ && sampler_.control_variate;
  for (std::int64_t c = 0; c < chains_; ++c) {
    const T n_beta = T(heats_[c] * n_beta_), gamma = T(gamma_);
    const std::int64_t twin = sampler_.share_batches ? chains_ - c : chains_;  // copies from this one
    program_.for_slices(c, [&](std::size_t at, std::size_t own, std::size_t n) {
      const std::size_t other = at + std::size_t(twin) * n;
      for (std::size_t i = 0; i < n; ++i) {
        T slope = g[at + i];
        if (control) slope += full_[own + i] - g[other + i];
        gradient_[at + i] = n_beta * slope + gamma * (w[at + i] - prior_mean_[own + i]);
      }
    });
  }
}

template <class T>
double ChainEnergy<T>::u(std::int64_t c) const {
  const std::int64_t twin = sampler_.share_batches ? chains_ : chains_ + c;
  const double base = twins_ ? double(program_.losses()[twin]) : base_[c];
  return n_beta_ * (double(program_.losses()[c]) - base);
}

template <class T>
double ChainEnergy<T>::away(std::int64_t c, std::span<const T> from) const {
  double sum = 0;
  program_.for_slices(c, [&](std::size_t at, std::size_t own, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const double d = double(positions()[at + i]) - double(from[own + i]);
      sum += d * d;
    }
  });
  return sum;
}

template <class T>
double ChainEnergy<T>::energy(std::int64_t c) const {
  return heats_[c] * u(c) + gamma_ / 2 * away(c, prior_mean_);
}

template <class T>
double ChainEnergy<T>::distance(std::int64_t c) const {
  return std::sqrt(away(c, program_.center().flat()));
}

template <class T>
double ChainEnergy<T>::gradient_variance() {
  if (!batches_) return 0;
  constexpr int batches = 16;
  std::vector<double> sum(gradient_.size()), squares(gradient_.size());
  for (int b = 0; b < batches; ++b) {
    run();
    for (std::size_t i = 0; i < gradient_.size(); ++i) {
      sum[i] += double(gradient_[i]);
      squares[i] += double(gradient_[i]) * double(gradient_[i]);
    }
  }
  double variance = 0;
  for (std::int64_t c = 0; c < chains_; ++c)
    for_slices(c, [&](std::size_t at, std::size_t, std::size_t n) {
      for (std::size_t i = at; i < at + n; ++i)
        variance += (squares[i] - sum[i] * sum[i] / batches) / (batches - 1) / (n_beta_ * n_beta_);
    });
  return variance / double(chains_ * dimension());
}

template <class T>
void ChainEnergy<T>::visit(ChainState& state) {
  state.visit(positions());
  state.visit(std::span<T>(gradient_));
  for (Rng& rng : rows_) state.visit(rng);
  for (double& h : heats_) state.visit(h);
}

template class ChainEnergy<float>;
template class ChainEnergy<double>;

}  // namespace basin::interp
