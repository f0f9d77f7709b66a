#include "interp/llc/chains.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/interrupt.h"
#include "core/parallel.h"
#include "interp/llc/local_curvature.h"
#include "interp/llc/sampler.h"
#include "interp/spectra/lanczos.h"

namespace basin::interp {
namespace {

void validate_counts(const ChainSpec& spec) {
  if (spec.chains < 1 || spec.draws < 1 || spec.warm_up < 0 || spec.keep_every < 0)
    throw UsageError(
        fmt::format("chains: {} chains of {} draws behind {} steps of warm-up, one of {} kept; wanted 1, 1, "
                    "0 and 0 or more",
                    spec.chains, spec.draws, spec.warm_up, spec.keep_every));
}

Matrix rows_of_one_length(std::int64_t rows, std::int64_t columns, const auto& row) {
  Matrix all({rows, columns});
  for (std::int64_t r = 0; r < rows; ++r) std::copy_n(row(r).begin(), columns, all.row(r).begin());
  return all;
}

}  // namespace

// As many as there are lanes, which cost the same in any number. Lifted ones cost less each while the numbers stay in
// the caches; no fewer than two groups, so that two threads have work.
template <class T>
std::int64_t chains_together(const LocalPosterior& posterior, const SamplerSpec& sampler, std::int64_t chains) {
  if (ChainEnergy<T>::in_lanes(posterior, sampler))
    return std::min(chains, std::int64_t(ChainLayout<T>::lanes) / sampler.copies());
  const std::int64_t cached = std::clamp<std::int64_t>(16384 / std::max<std::int64_t>(posterior.dimension(), 1), 1, 32);
  return std::min(cached, (chains + 1) / 2);
}

template <class T>
struct ChainRun<T>::Group {
  std::int64_t first, count, steps = 0;
  std::unique_ptr<Sampler<T>> sampler;
};

template <class T>
struct ChainRun<T>::Trace {
  std::vector<double> u, distance, places;
};

template <class T>
ChainRun<T>::ChainRun(const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec)
    : spec_(spec), traces_(spec.chains > 0 ? spec.chains : 0) {
  posterior.validate();
  validate(sampler);
  validate_counts(spec);
  const auto center = ChainProgram<double>::make(posterior, {});
  center->run();
  dimension_ = center->dimension();
  base_loss_ = center->loss(0);
  if (!std::isfinite(base_loss_)) throw NumericalError(fmt::format("chains: the loss at w* is {}", base_loss_));
  top_curvature_ = largest_eigenvalues(local_hessian(posterior), 1, {.tolerance = 1e-3, .max_steps = 60}).values[0];
  const double stiffness = posterior.n_beta * std::max(top_curvature_, 0.0) + posterior.gamma;
  const std::int64_t size = chains_together<T>(posterior, sampler, spec.chains);
  for (std::int64_t first = 0; first < spec.chains; first += size) {
    const std::int64_t count = std::min(size, spec.chains - first);
    groups_.push_back(std::make_unique<Group>(Group{first, count, 0, {}}));
    groups_.back()->sampler =
        make_sampler<T>(posterior, sampler, {first, count, spec.seed}, stiffness > 0 ? stiffness : 1);
  }
}

template <class T>
ChainRun<T>::~ChainRun() = default;

template <class T>
std::int64_t ChainRun<T>::draws() const {
  constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
  std::int64_t least = none;
  for (std::int64_t g = 0; g < groups(); ++g)
    if (advances(g)) least = std::min(least, std::max<std::int64_t>(groups_[g]->steps - spec_.warm_up, 0));
  return least == none ? 0 : least;
}

template <class T>
void ChainRun<T>::advance(std::int64_t draws) {
  std::vector<Group*> own;
  for (std::int64_t g = 0; g < groups(); ++g)
    if (advances(g)) own.push_back(groups_[g].get());
  if (own.empty()) return;
  const std::int64_t last = spec_.warm_up + this->draws() + draws;
  std::int64_t done = 0, all = 0;
  for (const Group* group : own) all += (last - group->steps) * group->count;
  std::mutex mutex;
  const auto say = [&](std::int64_t steps) {
    if (!spec_.progress) return;
    const std::lock_guard lock(mutex);
    spec_.progress(done += steps, all);
  };
  parallel_for(spec_.threads, std::ssize(own), [&](std::int64_t g, int) { advance_group(*own[g], last, say); });
}

template <class T>
void ChainRun<T>::advance_group(Group& group, std::int64_t last, const std::function<void(std::int64_t)>& done) {
  const std::size_t draws = std::size_t(last - spec_.warm_up);
  for (std::int64_t c = 0; c < group.count; ++c) {
    Trace& trace = traces_[group.first + c];
    trace.u.reserve(draws), trace.distance.reserve(draws);
    if (spec_.keep_every) trace.places.reserve(draws / std::size_t(spec_.keep_every) * std::size_t(dimension_));
  }
  std::int64_t said = group.steps;
  while (group.steps < last && !interrupted()) {
    const bool warming_up = group.steps < spec_.warm_up;
    group.sampler->step(warming_up);
    ++group.steps;
    if (!warming_up) record(group);
    if (group.steps % 64 && group.steps < last) continue;
    done((group.steps - said) * group.count);
    said = group.steps;
  }
}

template <class T>
void ChainRun<T>::record(const Group& group) {
  const std::int64_t draw = group.steps - spec_.warm_up;
  for (std::int64_t c = 0; c < group.count; ++c) {
    Trace& trace = traces_[group.first + c];
    trace.u.push_back(group.sampler->u()[c]);
    trace.distance.push_back(group.sampler->distances()[c]);
    if (!spec_.keep_every || draw % spec_.keep_every) continue;
    trace.places.resize(trace.places.size() + std::size_t(dimension_));
    group.sampler->position(c, std::span(trace.places).last(std::size_t(dimension_)));
  }
}

template <class T>
Chains ChainRun<T>::chains() const {
  const std::int64_t count = spec_.chains, draws = this->draws();
  Chains all{.base_loss = base_loss_, .top_curvature = top_curvature_};
  all.u = rows_of_one_length(
      count, draws, [&](std::int64_t c) -> const auto& { return traces_[c].u; });
  all.distance = rows_of_one_length(
      count, draws, [&](std::int64_t c) -> const auto& { return traces_[c].distance; });
  const std::int64_t kept = spec_.keep_every ? draws / spec_.keep_every : 0;
  all.places = rows_of_one_length(
      count, kept * dimension_, [&](std::int64_t c) -> const auto& { return traces_[c].places; });
  all.places.shape = Shape{count * kept, dimension_};
  for (const auto& group : groups_)
    for (std::int64_t c = 0; c < group->count; ++c) {
      all.step.push_back(group->sampler->step_size(c));
      all.acceptance.push_back(group->sampler->acceptance(c));
    }
  return all;
}

template <class T>
double ChainRun<T>::gradient_variance() {
  double sum = 0;
  for (const auto& group : groups_) sum += group->sampler->gradient_variance() * double(group->count);
  return sum / double(spec_.chains);
}

template <class T>
void ChainRun<T>::visit(Group& group, ChainState& state) {
  state.visit(group.steps);
  group.sampler->visit(state);
  for (Trace& trace : std::span(traces_).subspan(std::size_t(group.first), std::size_t(group.count)))
    for (auto* numbers : {&trace.u, &trace.distance, &trace.places}) {
      std::size_t size = numbers->size();
      state.visit(size);
      numbers->resize(size);
      state.visit(std::span<double>(*numbers));
    }
  state.finish();
}

template <class T>
std::vector<double> ChainRun<T>::state(std::int64_t group) {
  ChainState state;
  visit(*groups_.at(std::size_t(group)), state);
  return state.numbers();
}

template <class T>
void ChainRun<T>::restore(std::int64_t group, std::vector<double> numbers) {
  ChainState state(std::move(numbers));
  visit(*groups_.at(std::size_t(group)), state);
}

template <class T>
Chains sample(const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec) {
  ChainRun<T> run(posterior, sampler, spec);
  run.advance(spec.draws);
  if (interrupted()) throw Interrupted("chains: stopped by a signal");
  Chains chains = run.chains();
  chains.gradient_variance = run.gradient_variance();
  return chains;
}

template class ChainRun<float>;
template class ChainRun<double>;
template std::int64_t chains_together<float>(const LocalPosterior&, const SamplerSpec&, std::int64_t);
template std::int64_t chains_together<double>(const LocalPosterior&, const SamplerSpec&, std::int64_t);
template Chains sample<float>(const LocalPosterior&, const SamplerSpec&, const ChainSpec&);
template Chains sample<double>(const LocalPosterior&, const SamplerSpec&, const ChainSpec&);

}  // namespace basin::interp
