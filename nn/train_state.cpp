#include "nn/train_state.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "nn/checkpoint.h"

namespace basin::nn {
namespace {

template <class T>
constexpr const char* type_name = std::is_same_v<T, float> ? "f32" : "f64";

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
void load_numbers(std::vector<T>& to, const SafeTensors& file, const std::string& name, const std::string& path) {
  if (to.empty()) return;
  const auto it = file.tensors.find(name);
  if (it == file.tensors.end() || it->second.size() != std::int64_t(to.size()))
    throw DataError(path + ": tensor '" + name + "' is missing or has another length than " +
                    std::to_string(to.size()));
  std::copy(it->second.data.begin(), it->second.data.end(), to.begin());
}

template <class T>
void add_numbers(SafeTensorsWriter& file, const std::string& name, const std::vector<T>& numbers) {
  if (!numbers.empty()) file.add(name, Tensor<T>{Shape{std::int64_t(numbers.size())}, numbers});
}

template <class T>
SafeTensorsWriter network_file(const Parameters<T>& parameters, const Model& model, std::int64_t epoch) {
  SafeTensorsWriter file;
  add_parameters(file, parameters);
  for (const auto& [key, value] : model.config) file.metadata(key, value);
  file.metadata("epoch", std::to_string(epoch));
  return file;
}

// Another model's file is refused by what rebuilds the model. Files of earlier versions hold less of it.
void expect_config(const SafeTensors& file, const std::map<std::string, std::string>& config, const std::string& path) {
  const bool older = file.metadata.count("model") == 0;
  if (const auto model = config.find("model"); !older && model != config.end())
    expect(file, "model", model->second, path);
  for (const auto& [key, value] : config)
    if (!older || file.metadata.count(key)) expect(file, key, value, path);
}

}  // namespace

template <class T>
void save_network(const std::string& path, const Parameters<T>& parameters, const Model& model, std::int64_t epoch) {
  network_file(parameters, model, epoch).save(path);
}

template <class T>
void save_state(const std::string& path, const TrainState<T>& state, const Trainee& network) {
  SafeTensorsWriter file = network_file(state.parameters, network.model, state.epoch);
  add_numbers(file, "optimizer.first", state.first);
  add_numbers(file, "optimizer.second", state.second);
  file.metadata("dtype", type_name<T>)
      .metadata("seed", std::to_string(network.seed))
      .metadata("batch", std::to_string(network.batch))
      .metadata("step_in_epoch", std::to_string(state.step_in_epoch))
      .metadata("steps", std::to_string(state.steps))
      .metadata("loss_sum_bits", std::to_string(std::bit_cast<std::uint64_t>(state.loss_sum)))
      .save(path);
}

template <class T>
TrainState<T> read_state(const std::string& path, TrainState<T> state, const Trainee& network) {
  const SafeTensors file = read_safetensors(path);
  expect_config(file, network.model.config, path);
  expect(file, "dtype", type_name<T>, path);
  expect(file, "seed", std::to_string(network.seed), path);
  expect(file, "batch", std::to_string(network.batch), path);
  load_parameters(state.parameters, file, path);
  load_numbers(state.first, file, "optimizer.first", path);
  load_numbers(state.second, file, "optimizer.second", path);
  state.steps = count(file, "steps", path);
  state.epoch = count(file, "epoch", path);
  state.step_in_epoch = count(file, "step_in_epoch", path);
  state.loss_sum = std::bit_cast<double>(whole(file, "loss_sum_bits", path));
  return state;
}

template void save_network(const std::string&, const Parameters<float>&, const Model&, std::int64_t);
template void save_network(const std::string&, const Parameters<double>&, const Model&, std::int64_t);
template void save_state(const std::string&, const TrainState<float>&, const Trainee&);
template void save_state(const std::string&, const TrainState<double>&, const Trainee&);
template TrainState<float> read_state(const std::string&, TrainState<float>, const Trainee&);
template TrainState<double> read_state(const std::string&, TrainState<double>, const Trainee&);

}  // namespace basin::nn
