#include "nn/train_seeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/interrupt.h"

namespace basin::nn {
namespace {

// The rows of all data, which must be as many.
std::int64_t common_rows(const std::vector<Inputs>& train, std::size_t networks) {
  if (train.size() != 1 && train.size() != networks)
    throw UsageError(
        fmt::format("seeds: {} data sets for {} networks; wanted one for all or one for each", train.size(), networks));
  const std::int64_t rows = rows_of(train[0], "seeds");
  for (std::size_t i = 1; i < train.size(); ++i)
    if (const std::int64_t own = rows_of(train[i], "seeds"); own != rows)
      throw UsageError(fmt::format("seeds: data set {} has {} rows, the first has {}; wanted as many", i, own, rows));
  return rows;
}

void require_plain(const TrainSpec& spec, std::size_t networks, int lanes) {
  spec.validate();
  if (networks < 1 || networks > std::size_t(lanes))
    throw UsageError(fmt::format("seeds: {} networks given; wanted 1 to {}", networks, lanes));
  if (spec.micro_batch > 0 || spec.clip > 0)
    throw UsageError("seeds: micro_batch and clip must be 0; help: train each network by a Trainer");
}

template <class T>
void copy_lane(std::span<const Pack<T>> from, int lane, std::vector<T>& to) {
  for (const Pack<T>& numbers : from) to.push_back(numbers.lane[lane]);
}

template <class T>
void set_lane(const std::vector<T>& from, int lane, std::span<Pack<T>> to) {
  for (std::size_t i = 0; i < from.size(); ++i) to[i].lane[lane] = from[i];
}

}  // namespace

// Measured with AVX-512 on MLPs in batches of 16 and 32, as many networks as lanes: 2.2 times as fast at 93 parameters,
// 1.4 at 700, 1.2 at 1210.
bool lanes_pay(const Model& model) {
  std::int64_t count = 0;
  for (const ParameterInfo& info : parameters_of(model)) count += info.shape.numel();
  return count <= 1000;
}

template <class T>
SeedTrainer<T>::SeedTrainer(Model model, const TrainSpec& spec, std::vector<std::uint64_t> seeds,
                            std::vector<Inputs> train)
    : model_(std::move(model)),
      spec_((require_plain(spec, seeds.size(), lanes), spec)),
      seeds_(std::move(seeds)),
      train_(std::move(train)),
      rows_(common_rows(train_, seeds_.size())),
      params_(parameters_of(model_)),
      optimizer_(spec.optimizer, params_.size(), undecayed(parameters_of(model_))),
      runner_(model_, params_, loss_and_gradient) {
  Parameters<T> one(parameters_of(model_));
  for (int i = lanes; i-- > 0;) {
    const bool is_network = i < networks();
    one.start(seeds_[is_network ? std::size_t(i) : 0]);
    put_lane(one, i, params_);
    by_lane_[std::size_t(i)] = &data(i);
  }
  for (const std::uint64_t seed : seeds_) minibatches_.emplace_back(rows_, spec.batch, seed);
  begin_epoch(0);
}

template <class T>
void SeedTrainer<T>::begin_epoch(std::int64_t epoch) {
  orders_.clear();
  for (const Minibatches& own : minibatches_) orders_.push_back(own.epoch(epoch));
  epoch_ = epoch, at_ = 0;
  loss_sums_.fill(0);
}

template <class T>
Parameters<T> SeedTrainer<T>::parameters(int network) const {
  Parameters<T> one(parameters_of(model_));
  take_lane(params_, network, one);
  return one;
}

// Lanes behind the last network do what the first does, so that no lane computes what nobody asked for.
template <class T>
void SeedTrainer<T>::start(int network, const Parameters<T>& from) {
  put_lane(from, network, params_);
  for (int lane = networks(); network == 0 && lane < lanes; ++lane) put_lane(from, lane, params_);
}

template <class T>
void SeedTrainer<T>::require_finite(const Program<Pack<T>>& program) {
  for (int i = 0; i < networks(); ++i)
    if (!std::isfinite(last_losses_[std::size_t(i)]))
      program.require_finite(fmt::format("look at the inputs of seed {}, lower the learning rate or scale the data",
                                         seeds_[std::size_t(i)]));
}

template <class T>
void SeedTrainer<T>::step() {
  if (epoch_ended()) throw UsageError("trainer: a step behind the epoch's last; help: call end_epoch first");
  std::array<std::span<const std::int64_t>, std::size_t(lanes)> rows;
  for (int l = 0; l < lanes; ++l) rows[std::size_t(l)] = orders_[l < networks() ? std::size_t(l) : 0][at_];
  const auto& batch = runner_.run(by_lane_, rows);
  const Pack<T>& losses = batch.program->view(batch.spec.fetch[0])[0];
  std::copy_n(losses.lane, lanes, last_losses_.begin());
  require_finite(*batch.program);
  for (std::size_t i = 0; i < loss_sums_.size(); ++i) loss_sums_[i] += last_losses_[i] * double(rows[0].size());
  optimizer_.update(params_.flat(), batch.program->flat(), spec_.schedule.at(optimizer_.steps));
  ++at_;
}

template <class T>
std::vector<EpochMetrics> SeedTrainer<T>::end_epoch() {
  std::vector<EpochMetrics> all;
  for (int i = 0; i < networks(); ++i)
    all.push_back({epoch_ + 1, optimizer_.steps, loss_sums_[std::size_t(i)] / double(rows_),
                   spec_.schedule.at(optimizer_.steps - 1)});
  begin_epoch(epoch_ + 1);
  return all;
}

template <class T>
void SeedTrainer<T>::run_to(std::int64_t epoch) {
  for (; epoch_ < epoch; end_epoch())
    while (!epoch_ended()) {
      if (interrupted()) throw Interrupted("training: stopped by a signal between two steps");
      step();
    }
}

template <class T>
TrainState<T> SeedTrainer<T>::state(int network) const {
  TrainState<T> s{.parameters = parameters(network),
                  .steps = optimizer_.steps,
                  .epoch = epoch_,
                  .step_in_epoch = at_,
                  .loss_sum = loss_sums_[std::size_t(network)]};
  copy_lane(optimizer_.first(), network, s.first);
  copy_lane(optimizer_.second(), network, s.second);
  return s;
}

template <class T>
void SeedTrainer<T>::take(int lane, const TrainState<T>& from) {
  put_lane(from.parameters, lane, params_);
  set_lane(from.first, lane, optimizer_.first());
  set_lane(from.second, lane, optimizer_.second());
  loss_sums_[std::size_t(lane)] = from.loss_sum;
}

template <class T>
void SeedTrainer<T>::save_network(int network, const std::string& path) const {
  nn::save_network(path, parameters(network), model_, epoch_);
}

template <class T>
void SeedTrainer<T>::save(int network, const std::string& path) const {
  save_state(path, state(network), trainee(network));
}

template <class T>
void SeedTrainer<T>::resume(const std::vector<std::string>& paths) {
  if (int(paths.size()) != networks())
    throw UsageError(fmt::format("seeds: {} states given for {} networks", paths.size(), networks()));
  std::vector<TrainState<T>> states;
  for (int i = 0; i < networks(); ++i) {
    const TrainState<T>& s = states.emplace_back(read_state(paths[std::size_t(i)], state(i), trainee(i)));
    const TrainState<T>& first = states[0];
    if (s.steps != first.steps || s.epoch != first.epoch || s.step_in_epoch != first.step_in_epoch)
      throw DataError(fmt::format("{}: step {} of epoch {}, but {} is at step {} of epoch {}; wanted all as far",
                                  paths[std::size_t(i)], s.step_in_epoch, s.epoch, paths[0], first.step_in_epoch,
                                  first.epoch));
  }
  if (states[0].step_in_epoch > steps_per_epoch())
    throw DataError(fmt::format("{}: step_in_epoch {} is past the epoch's end", paths[0], states[0].step_in_epoch));
  begin_epoch(states[0].epoch);
  at_ = states[0].step_in_epoch, optimizer_.steps = states[0].steps;
  for (int l = 0; l < lanes; ++l) take(l, states[l < networks() ? std::size_t(l) : 0]);
}

template class SeedTrainer<float>;
template class SeedTrainer<double>;

}  // namespace basin::nn
