#include "nn/train.h"

#include <bit>
#include <charconv>

namespace basin::nn {
namespace {

template <class T>
constexpr const char* type_name = std::is_same_v<T, float> ? "f32" : "f64";

std::string widths_text(const MlpSpec& spec) {
  std::string text;
  for (std::int64_t w : spec.widths) text += (text.empty() ? "" : ",") + std::to_string(w);
  return text;
}

const std::string& metadata(const SafeTensors& file, const std::string& key, const std::string& path) {
  const auto it = file.metadata.find(key);
  if (it == file.metadata.end())
    throw DataError(path + ": no '" + key + "' in the metadata; help: this is not a training checkpoint");
  return it->second;
}

std::uint64_t whole(const SafeTensors& file, const std::string& key, const std::string& path) {
  const std::string& text = metadata(file, key, path);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw DataError(path + ": metadata '" + key + "' is '" + text + "', wanted a whole number");
  return value;
}

std::int64_t count(const SafeTensors& file, const std::string& key, const std::string& path) {
  const std::uint64_t value = whole(file, key, path);
  if (value > std::uint64_t(1) << 53)
    throw DataError(path + ": metadata '" + key + "' is " + std::to_string(value) + ", more than a run can have");
  return std::int64_t(value);
}

void expect(const SafeTensors& file, const std::string& key, const std::string& wanted, const std::string& path) {
  const std::string& given = metadata(file, key, path);
  if (given != wanted) throw DataError(path + ": " + key + " is " + given + ", wanted " + wanted);
}

template <class T>
void load_state(std::span<T> to, const SafeTensors& file, const std::string& name, const std::string& path) {
  if (to.empty()) return;
  const auto it = file.tensors.find(name);
  if (it == file.tensors.end() || it->second.size() != std::int64_t(to.size()))
    throw DataError(path + ": tensor '" + name + "' is missing or has another length than " +
                    std::to_string(to.size()));
  std::copy(it->second.data.begin(), it->second.data.end(), to.begin());
}

template <class T>
Tensor<T> as_tensor(std::span<const T> from) {
  return {Shape{std::int64_t(from.size())}, std::vector<T>(from.begin(), from.end())};
}

}  // namespace

void TrainSpec::validate(const Dataset& train) const {
  mlp.validate();
  optimizer.validate();
  schedule.validate();
  if (epochs < 0 || batch < 1) throw UsageError("train: epochs must be 0 or more and batch 1 or more");
  if (mlp.widths.front() != train.inputs() || mlp.widths.back() != train.outputs())
    throw UsageError("train: the network has widths " + widths_text(mlp) + " but data set '" + train.name + "' has " +
                     std::to_string(train.inputs()) + " inputs and " + std::to_string(train.outputs()) + " outputs");
}

template <class T>
Trainer<T>::Trainer(const TrainSpec& spec, const Dataset& train, const Dataset& test)
    : spec_((spec.validate(train), spec)),
      train_(train),
      test_(test),
      params_(spec.mlp),
      optimizer_(spec.optimizer, params_.values.size()),
      backward_(spec.mlp, loss_of(train), true),
      forward_(spec.mlp, loss_of(train), false),
      minibatches_(train.size(), spec.batch, spec.seed),
      order_(minibatches_.epoch(0)) {
  initialize(params_.values, spec.init, spec.seed);
}

template <class T>
void Trainer<T>::step() {
  if (epoch_ended()) throw UsageError("trainer: a step behind the epoch's last; help: call end_epoch first");
  const std::span<const std::int64_t> rows = order_[at_];
  const auto& batch = backward_.run(params_.values, train_, rows);
  optimizer_.update(params_.values.flat(), batch.program->flat(), spec_.schedule.at(optimizer_.steps));
  last_loss_ = double(batch.loss());
  loss_sum_ += last_loss_ * double(rows.size());
  ++at_;
}

template <class T>
EpochMetrics Trainer<T>::end_epoch() {
  const double loss = loss_sum_ / double(train_.size());
  const EpochMetrics m{++epoch_, optimizer_.steps, loss, evaluate_on(test_), spec_.schedule.at(optimizer_.steps - 1)};
  order_ = minibatches_.epoch(epoch_);
  at_ = 0;
  loss_sum_ = 0;
  return m;
}

template <class T>
SafeTensorsWriter Trainer<T>::network_file() const {
  SafeTensorsWriter file;
  add_parameters(file, params_.values);
  file.metadata("activation", std::string(name_of(spec_.mlp.activation)))
      .metadata("widths", widths_text(spec_.mlp))
      .metadata("epoch", std::to_string(epoch_));
  return file;
}

template <class T>
void Trainer<T>::save_network(const std::string& path) const {
  network_file().save(path);
}

template <class T>
void Trainer<T>::save(const std::string& path) const {
  SafeTensorsWriter file = network_file();
  if (!optimizer_.first().empty()) file.add("optimizer.first", as_tensor(optimizer_.first()));
  if (!optimizer_.second().empty()) file.add("optimizer.second", as_tensor(optimizer_.second()));
  file.metadata("dtype", type_name<T>)
      .metadata("seed", std::to_string(spec_.seed))
      .metadata("batch", std::to_string(spec_.batch))
      .metadata("step_in_epoch", std::to_string(at_))
      .metadata("steps", std::to_string(optimizer_.steps))
      .metadata("loss_sum_bits", std::to_string(std::bit_cast<std::uint64_t>(loss_sum_)))
      .save(path);
}

template <class T>
void Trainer<T>::resume(const std::string& path) {
  const SafeTensors file = read_safetensors(path);
  expect(file, "activation", std::string(name_of(spec_.mlp.activation)), path);
  expect(file, "widths", widths_text(spec_.mlp), path);
  expect(file, "dtype", type_name<T>, path);
  expect(file, "seed", std::to_string(spec_.seed), path);
  expect(file, "batch", std::to_string(spec_.batch), path);
  load_parameters(params_.values, file, path);
  load_state(optimizer_.first(), file, "optimizer.first", path);
  load_state(optimizer_.second(), file, "optimizer.second", path);
  optimizer_.steps = count(file, "steps", path);
  epoch_ = count(file, "epoch", path);
  at_ = count(file, "step_in_epoch", path);
  loss_sum_ = std::bit_cast<double>(whole(file, "loss_sum_bits", path));
  order_ = minibatches_.epoch(epoch_);
  if (at_ > order_.size())
    throw DataError(path + ": step_in_epoch " + std::to_string(at_) + " is past the epoch's end");
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace basin::nn
