#include "interp/sweep/precision.h"

#include <algorithm>
#include <map>

namespace basin::interp {
namespace {

class DoubleProgram final : public NumericProgram {
 public:
  DoubleProgram(Graph& graph, const ProgramSpec& spec, const Parameters<double>& parameters)
      : program_(graph, spec, parameters.bindings(graph)) {}
  std::span<double> input(Var v) override { return program_.input(v); }
  void run() override { program_.run(); }
  std::span<const double> view(Var v) override { return program_.view(v); }

 private:
  Program<double> program_;
};

class FloatProgram final : public NumericProgram {
 public:
  FloatProgram(Graph& graph, const ProgramSpec& spec, const Parameters<double>& parameters)
      : parameters_(cast<float>(parameters)), program_(graph, spec, parameters_.bindings(graph)) {}

  std::span<double> input(Var v) override {
    std::vector<double>& buffer = inputs_[v.id];
    buffer.resize(std::size_t(v.shape().numel()));
    return buffer;
  }
  void run() override {
    for (const auto& [id, buffer] : inputs_) std::ranges::copy(buffer, program_.input({&program_.graph(), id}).begin());
    program_.run();
  }
  std::span<const double> view(Var v) override {
    const std::span<const float> held = program_.view(v);
    std::vector<double>& buffer = outputs_[v.id];
    buffer.assign(held.begin(), held.end());
    return buffer;
  }

 private:
  Parameters<float> parameters_;
  Program<float> program_;
  std::map<Id, std::vector<double>> inputs_, outputs_;
};

}  // namespace

Precision precision_from(std::string_view name) {
  if (name == "f64") return Precision::f64;
  if (name == "f32") return Precision::f32;
  throw UsageError("precision: '" + std::string(name) + "' given, wanted f64 or f32");
}

std::unique_ptr<NumericProgram> numeric_program(Graph& graph, const ProgramSpec& spec,
                                                const Parameters<double>& parameters, Precision precision) {
  if (precision == Precision::f32) return std::make_unique<FloatProgram>(graph, spec, parameters);
  return std::make_unique<DoubleProgram>(graph, spec, parameters);
}

}  // namespace basin::interp
