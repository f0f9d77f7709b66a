#include "interp/llc/chain_energy.h"

#include <algorithm>
#include <cmath>

namespace basin::interp {

template <class T>
ChainEnergy<T>::ChainEnergy(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& group)
    : n_beta_(posterior.n_beta),
      gamma_(posterior.gamma),
      chains_(group.count),
      n_(posterior.data.empty() ? 1 : rows_of(posterior.data, "chains")),
      sampler_(sampler),
      batches_(sampler.batch > 0),
      control_variate_(batches_ && sampler.paired && sampler.control_variate),
      program_(ChainProgram<T>::make(posterior, {.chains = group.count,
                                                 .rows = sampler.batch,
                                                 .share_batches = sampler.share_batches,
                                                 .in_lanes = in_lanes(posterior, sampler)})),
      base_(layout().places()),
      heats_(layout().places(), 1.0),
      n_betas_(layout().places(), T(n_beta_)),
      gradient_(layout().size()),
      squares_(layout().places()),
      where_(sampler.batch),
      batch_(sampler.batch) {
  const Parameters<T> mean = cast<T>(posterior.prior_mean.value_or(posterior.model.parameters));
  for (const auto& slice : program_->center().slices()) {
    const std::span<const T> numbers = mean[slice.name];
    prior_mean_.insert(prior_mean_.end(), numbers.begin(), numbers.end());
  }
  if (sampler.share_batches)
    rows_.emplace_back(group.seed, "rows");
  else
    for (std::int64_t c = 0; c < chains_; ++c)
      rows_.emplace_back(group.seed, "chain/" + std::to_string(group.first + c) + "/rows");
  prepare_center(posterior);
}

template <class T>
void ChainEnergy<T>::prepare_center(const LocalPosterior& posterior) {
  if (!batches_) {
    program_->run();
    for (std::int64_t c = 0; c < chains_; ++c) base_[c] = program_->loss(c);
    return;
  }
  const auto all = ChainProgram<T>::make(posterior, {});
  all->run();
  std::ranges::fill(base_, all->loss(0));
  if (!sampler_.paired) return;
  full_.assign(all->gradient().begin(), all->gradient().end());
  const bool share = sampler_.share_batches;
  control_.resize(share ? full_.size() : layout().size());
  of_rows_.resize(full_.size());
  if (CenterRows<T>::fit(posterior))
    center_rows_.emplace(posterior);
  else
    twins_ = ChainProgram<T>::make(posterior, {.chains = share ? 1 : chains_,
                                               .rows = sampler_.batch,
                                               .share_batches = share,
                                               .in_lanes = !share && in_lanes(posterior, sampler_)});
}

template <class T>
void ChainEnergy<T>::heat(std::int64_t chain, double h) {
  heats_[std::size_t(chain)] = h;
  n_betas_[std::size_t(chain)] = T(h * n_beta_);
}

template <class T>
void ChainEnergy<T>::draw_rows() {
  for (std::size_t c = 0; c < rows_.size(); ++c) {
    rows_[c].fill_uniform(std::span<double>(where_), 0, double(n_));
    for (std::size_t i = 0; i < where_.size(); ++i) batch_[i] = std::min(std::int64_t(where_[i]), n_ - 1);
    program_->feed_rows(std::int64_t(c), batch_);
    if (center_rows_) see_center(c);
    if (twins_) twins_->feed_rows(std::int64_t(c), batch_);
  }
  if (twins_) see_twins();
}

template <class T>
void ChainEnergy<T>::see_center(std::size_t c) {
  const double loss = center_rows_->loss(batch_);
  if (sampler_.share_batches)
    std::ranges::fill(base_, loss);
  else
    base_[c] = loss;
  if (!control_variate_) return;
  center_rows_->gradient(batch_, of_rows_);
  for (std::size_t i = 0; i < of_rows_.size(); ++i) of_rows_[i] = full_[i] - of_rows_[i];
  if (sampler_.share_batches)
    std::ranges::copy(of_rows_, control_.begin());
  else
    layout().for_chain(std::int64_t(c), [&](std::size_t at, std::size_t own) { control_[at] = of_rows_[own]; });
}

template <class T>
void ChainEnergy<T>::see_twins() {
  twins_->run();
  for (std::int64_t c = 0; c < chains_; ++c) base_[c] = twins_->loss(sampler_.share_batches ? 0 : c);
  const T *twin = twins_->gradient().data(), *full = full_.data();
  T* control = control_.data();
  twins_->layout().for_all([=](std::size_t at, std::size_t own) { control[at] = full[own] - twin[at]; });
}

template <class T>
void ChainEnergy<T>::run() {
  if (batches_) draw_rows();
  program_->run();
  const T* control = control_.data();
  if (!control_variate_)
    add_up([](std::size_t, std::size_t) { return T(0); });
  else if (sampler_.share_batches)
    add_up([=](std::size_t, std::size_t own) { return control[own]; });
  else
    add_up([=](std::size_t at, std::size_t) { return control[at]; });
}

template <class T>
template <class Control>
void ChainEnergy<T>::add_up(Control control) {
  const T *g = program_->gradient().data(), *w = positions().data(), *mean = prior_mean_.data();
  T* gradient = gradient_.data();
  layout().for_all(
      [=, gamma = T(gamma_)](std::size_t at, std::size_t own, T n_beta) {
        gradient[at] = n_beta * (g[at] + control(at, own)) + gamma * (w[at] - mean[own]);
      },
      n_betas_);
}

template <class T>
double ChainEnergy<T>::u(std::int64_t c) const {
  return n_beta_ * (program_->loss(c) - base_[c]);
}

template <class T>
std::span<const double> ChainEnergy<T>::away(std::span<const T> from) const {
  const T* w = positions().data();
  layout().sum(
      [=, to = from.data()](std::size_t at, std::size_t own) {
        const double d = double(w[at]) - double(to[own]);
        return d * d;
      },
      squares_);
  return squares_;
}

template <class T>
void ChainEnergy<T>::energies(std::span<double> out) const {
  const std::span<const double> from_mean = away(prior_mean_);
  for (std::int64_t c = 0; c < chains_; ++c) out[c] = heats_[c] * u(c) + gamma_ / 2 * from_mean[c];
}

template <class T>
void ChainEnergy<T>::distances(std::span<double> out) const {
  const std::span<const double> from_center = away(program_->center().flat());
  for (std::int64_t c = 0; c < chains_; ++c) out[c] = std::sqrt(from_center[c]);
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
    layout().for_chain(c, [&](std::size_t i, std::size_t) {
      variance += (squares[i] - sum[i] * sum[i] / batches) / (batches - 1) / (n_beta_ * n_beta_);
    });
  return variance / double(chains_ * dimension());
}

template <class T>
void ChainEnergy<T>::visit(ChainState& state) {
  state.visit(positions());
  state.visit(std::span<T>(gradient_));
  for (Rng& rng : rows_) state.visit(rng);
  for (std::int64_t c = 0; c < chains_; ++c) {
    state.visit(heats_[c]);
    heat(c, heats_[c]);
  }
}

template class ChainEnergy<float>;
template class ChainEnergy<double>;

}  // namespace basin::interp
