#include "interp/sweep/sweep_worker.h"

#include <algorithm>

namespace basin::interp {
namespace {

ProgramSpec wanted_of(const SweepSpec& spec, Graph& graph) {
  ProgramSpec wanted;
  wanted.memory = Memory::reuse;
  for (const std::string& name : spec.fetch) wanted.fetch.push_back(graph[name]);
  if (spec.derive)
    for (Var v : spec.derive(graph)) wanted.fetch.push_back(v);
  if (wanted.fetch.empty())
    throw UsageError("sweep: nothing to fetch; help: name values under fetch or add them under derive");
  return wanted;
}

// θ as programs read it, and how numbers go to and fro: in double all in place.
class InDouble {
 public:
  explicit InDouble(const ModelPoint& model) : theta_(model.parameters) {}
  const Parameters<double>& theta() const { return theta_; }
  void read(const Parameters<double>&) {}
  template <class Fill>
  void fill(std::span<double> to, const Fill& fill) {
    fill(to);
  }
  std::span<const double> read(std::size_t, std::span<const double> value) { return value; }

 private:
  const Parameters<double>& theta_;
};

class InFloat {
 public:
  explicit InFloat(const ModelPoint& model) : theta_(cast<float>(model.parameters)) {}
  const Parameters<float>& theta() const { return theta_; }
  void read(const Parameters<double>& now) {
    std::ranges::transform(now.flat(), theta_.flat().begin(), [](double v) { return float(v); });
  }
  template <class Fill>
  void fill(std::span<float> to, const Fill& fill) {
    made_.resize(to.size());
    fill(std::span<double>(made_));
    std::ranges::transform(made_, to.begin(), [](double v) { return float(v); });
  }
  std::span<const double> read(std::size_t place, std::span<const float> value) {
    if (values_.size() <= place) values_.resize(place + 1);
    values_[place].assign(value.begin(), value.end());
    return values_[place];
  }

 private:
  Parameters<float> theta_;
  std::vector<double> made_;
  std::vector<std::vector<double>> values_;
};

template <class T, class Numbers>
class WorkerIn final : public SweepWorker {
 public:
  WorkerIn(const ModelPoint& model, const SweepSpec& spec)
      : model_(model),
        spec_(spec),
        numbers_(model),
        runner_(model, numbers_.theta(), [&spec](Graph& graph, const Ends&) { return wanted_of(spec, graph); }) {}

  void read_parameters() override { numbers_.read(model_.parameters); }

  Chunk run(const Inputs& inputs, Chunk chunk) override {
    for (const auto& [name, fill] : spec_.made)
      numbers_.fill(runner_.at(chunk.rows).program->input(name), [&](std::span<double> to) { fill(chunk.first, to); });
    const auto& batch = runner_.run(inputs, chunk.first, chunk.rows);
    batch.program->require_finite();
    for (const Var v : batch.spec.fetch) {
      chunk.values.push_back(numbers_.read(chunk.values.size(), batch.program->view(v)));
      chunk.shapes.push_back(v.shape());
    }
    return chunk;
  }

 private:
  const ModelPoint& model_;
  const SweepSpec& spec_;
  Numbers numbers_;
  Runner<T> runner_;
};

}  // namespace

std::unique_ptr<SweepWorker> sweep_worker(const ModelPoint& model, const SweepSpec& spec, Precision precision) {
  if (precision == Precision::f32) return std::make_unique<WorkerIn<float, InFloat>>(model, spec);
  return std::make_unique<WorkerIn<double, InDouble>>(model, spec);
}

}  // namespace basin::interp
