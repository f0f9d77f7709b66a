#include "nn/train.h"

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/interrupt.h"
#include "core/parallel.h"

namespace basin::nn {
ProgramSpec loss_and_gradient(Graph& graph, const Ends& ends) {
  if (!ends.loss) throw UsageError("trainer: the model has no loss; help: let its trace return one in Ends");
  const Var loss = mean(ends.loss);
  return {.fetch = {loss}, .flat = grad(loss, graph.parameter_values())};
}

std::vector<Span> undecayed(const std::vector<ParameterInfo>& parameters) {
  std::vector<Span> spans;
  std::int64_t at = 0;
  for (const ParameterInfo& info : parameters) {
    const std::int64_t end = at + info.shape.numel();
    if (!info.traits.decays) spans.push_back({at, end});
    at = end;
  }
  if (at == 0) throw UsageError("trainer: the model has no parameters; help: make them by Graph::parameter");
  return spans;
}

void TrainSpec::validate() const {
  optimizer.validate();
  schedule.validate();
  if (epochs < 0 || batch < 1) throw UsageError("train: epochs must be 0 or more and batch 1 or more");
  if (micro_batch < 0 || !(clip >= 0)) throw UsageError("train: micro_batch and clip must be 0 (none) or more");
  if (threads < 1) throw UsageError("train: threads must be 1 or more");
}

template <class T>
Trainer<T>::Trainer(Model model, const TrainSpec& spec, Inputs train)
    : model_(std::move(model)),
      spec_((spec.validate(), spec)),
      train_(std::move(train)),
      rows_(rows_of(train_, "trainer")),
      params_(parameters_of(model_)),
      optimizer_(spec.optimizer, params_.size(), undecayed(parameters_of(model_))),
      minibatches_(rows_, spec.batch, spec.seed),
      order_(minibatches_.epoch(0)) {
  if (spec.micro_batch > 0 || spec.clip > 0) sum_ = Slab<T>(std::size_t(params_.size()));
  const std::int64_t useful = std::min<std::int64_t>(spec.threads, parts_of(std::min(rows_, spec.batch)));
  for (std::int64_t i = 0; i < useful; ++i) runners_.emplace_back(model_, params_, loss_and_gradient);
  params_.start(spec.seed);
}

template <class T>
std::int64_t Trainer<T>::parts_of(std::int64_t rows) const {
  return spec_.micro_batch > 0 ? (rows + spec_.micro_batch - 1) / spec_.micro_batch : 1;
}

template <class T>
typename Trainer<T>::Rows Trainer<T>::part(Rows batch, std::int64_t index) const {
  if (spec_.micro_batch == 0) return batch;
  const auto rows = std::size_t(spec_.micro_batch), first = std::size_t(index) * rows;
  return batch.subspan(first, std::min(rows, batch.size() - first));
}

// The mean loss of some rows and its gradient, left in the runner's program.
template <class T>
void Trainer<T>::run_part(Rows rows, Runner<T>& runner) const {
  const auto& batch = runner.run(train_, rows);
  if (!std::isfinite(batch.program->scalar(batch.spec.fetch[0])))
    batch.program->require_finite("look at its inputs, lower the learning rate or scale the data");
}

// Counts the loss of rows that were run and are that share of the batch; gives their gradient.
template <class T>
std::span<const T> Trainer<T>::take_part(Rows rows, Runner<T>& runner, double share) {
  const auto& batch = runner.at(std::int64_t(rows.size()));
  const double loss = double(batch.program->scalar(batch.spec.fetch[0]));
  last_loss_ += share * loss;
  loss_sum_ += loss * double(rows.size());
  return batch.program->flat();
}

template <class T>
void Trainer<T>::clip_sum() {
  double square = 0;
  for (const T g : sum_.span()) square += double(g) * double(g);
  if (const double length = std::sqrt(square); length > spec_.clip)
    for (T& g : sum_.span()) g = T(double(g) * (spec_.clip / length));
}

// Parts are added in their order, whoever ran them. All programs are planned before threads ask for them.
template <class T>
std::span<const T> Trainer<T>::gradient(Rows rows) {
  if (sum_.size() == 0) {
    run_part(rows, runners_[0]);
    return take_part(rows, runners_[0], 1);
  }
  const std::int64_t parts = parts_of(std::int64_t(rows.size()));
  for (auto& runner : runners_)
    for (const std::int64_t index : {std::int64_t(0), parts - 1}) runner.at(std::int64_t(part(rows, index).size()));
  std::ranges::fill(sum_.span(), T(0));
  parallel_in_order(
      int(runners_.size()), parts,
      [this, &rows](std::int64_t index, int worker) { run_part(part(rows, index), runners_[std::size_t(worker)]); },
      [this, &rows](std::int64_t index, int worker) {
        const Rows some = part(rows, index);
        const double share = double(some.size()) / double(rows.size());
        const std::span<const T> from = take_part(some, runners_[std::size_t(worker)], share);
        for (std::size_t i = 0; i < from.size(); ++i) sum_.data()[i] += T(share) * from[i];
      });
  if (spec_.clip > 0) clip_sum();
  return sum_.span();
}

template <class T>
void Trainer<T>::step() {
  if (epoch_ended()) throw UsageError("trainer: a step behind the epoch's last; help: call end_epoch first");
  const std::span<const std::int64_t> rows = order_[at_];
  last_loss_ = 0;
  optimizer_.update(params_.flat(), gradient(rows), spec_.schedule.at(optimizer_.steps));
  ++at_;
}

template <class T>
EpochMetrics Trainer<T>::end_epoch() {
  const EpochMetrics m{++epoch_, optimizer_.steps, loss_sum_ / double(rows_), spec_.schedule.at(optimizer_.steps - 1)};
  order_ = minibatches_.epoch(epoch_);
  at_ = 0;
  loss_sum_ = 0;
  return m;
}

template <class T>
void Trainer<T>::run_to(std::int64_t epoch) {
  for (; epoch_ < epoch; end_epoch())
    while (!epoch_ended()) {
      if (interrupted()) throw Interrupted("training: stopped by a signal between two steps");
      step();
    }
}

template <class T>
std::vector<double> Trainer<T>::means_over(const Inputs& data, const Values& values) const {
  return Evaluator<T>(model_, params_, values).means(data);
}

template <class T>
TrainState<T> Trainer<T>::state() const {
  return {params_,
          {optimizer_.first().begin(), optimizer_.first().end()},
          {optimizer_.second().begin(), optimizer_.second().end()},
          optimizer_.steps,
          epoch_,
          at_,
          loss_sum_};
}

template <class T>
void Trainer<T>::save_network(const std::string& path) const {
  nn::save_network(path, params_, model_, epoch_);
}

template <class T>
void Trainer<T>::save(const std::string& path) const {
  save_state(path, state(), {model_, spec_.seed, spec_.batch});
}

template <class T>
void Trainer<T>::resume(const std::string& path) {
  const TrainState<T> from = read_state(path, state(), {model_, spec_.seed, spec_.batch});
  Epoch order = minibatches_.epoch(from.epoch);
  if (from.step_in_epoch > order.size())
    throw DataError(path + ": step_in_epoch " + std::to_string(from.step_in_epoch) + " is past the epoch's end");
  std::ranges::copy(from.parameters.flat(), params_.flat().begin());
  std::ranges::copy(from.first, optimizer_.first().begin());
  std::ranges::copy(from.second, optimizer_.second().begin());
  optimizer_.steps = from.steps;
  epoch_ = from.epoch, at_ = from.step_in_epoch, loss_sum_ = from.loss_sum;
  order_ = std::move(order);
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace basin::nn
