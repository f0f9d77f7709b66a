#include "nn/train.h"

#include <bit>
#include <charconv>
#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/parallel.h"

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

// Another model's file is refused by what rebuilds the model. Files of earlier versions hold less of it.
void expect_config(const SafeTensors& file, const std::map<std::string, std::string>& config, const std::string& path) {
  const bool older = file.metadata.count("model") == 0;
  if (const auto model = config.find("model"); !older && model != config.end())
    expect(file, "model", model->second, path);
  for (const auto& [key, value] : config)
    if (!older || file.metadata.count(key)) expect(file, key, value, path);
}

template <class Slices>
std::vector<Span> undecayed(const Slices& slices) {
  std::vector<Span> spans;
  for (const auto& s : slices)
    if (!s.traits.decays) spans.push_back({s.offset, s.offset + s.size});
  return spans;
}

ProgramSpec loss_and_gradient(Graph& graph, const Ends& ends) {
  if (!ends.loss) throw UsageError("trainer: the model has no loss; help: let its trace return one in Ends");
  const Var loss = mean(ends.loss);
  return {.fetch = {loss}, .flat = grad(loss, graph.parameter_values())};
}

}  // namespace

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
      optimizer_(spec.optimizer, params_.size(), undecayed(params_.slices())),
      minibatches_(rows_, spec.batch, spec.seed),
      order_(minibatches_.epoch(0)) {
  if (params_.size() == 0)
    throw UsageError("trainer: the model has no parameters; help: make them by Graph::parameter");
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
    while (!epoch_ended()) step();
}

template <class T>
std::vector<double> Trainer<T>::means_over(const Inputs& data, const Values& values) const {
  return Evaluator<T>(model_, params_, values).means(data);
}

template <class T>
SafeTensorsWriter Trainer<T>::network_file() const {
  SafeTensorsWriter file;
  add_parameters(file, params_);
  for (const auto& [key, value] : model_.config) file.metadata(key, value);
  file.metadata("epoch", std::to_string(epoch_));
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
  expect_config(file, model_.config, path);
  expect(file, "dtype", type_name<T>, path);
  expect(file, "seed", std::to_string(spec_.seed), path);
  expect(file, "batch", std::to_string(spec_.batch), path);
  load_parameters(params_, file, path);
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
