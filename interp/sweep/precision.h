// In which precision programs compute. What analyses feed to them, read of them and add up is double all the same.
#pragma once
#include <memory>
#include <string_view>

#include "autodiff/program.h"

namespace basin::interp {

enum class Precision { f64, f32 };
Precision precision_from(std::string_view name);  // f64 or f32; UsageError

// A program in either precision whose numbers come and go as doubles.
class NumericProgram {
 public:
  virtual ~NumericProgram() = default;
  virtual std::span<double> input(Var v) = 0;  // to write in place before a run
  virtual void run() = 0;
  virtual std::span<const double> view(Var v) = 0;  // of a fetched value, valid until the next run
};

// The parameters are read when it is made in f32, by every run in f64: there they must outlive the program.
std::unique_ptr<NumericProgram> numeric_program(Graph& graph, const ProgramSpec& spec,
                                                const Parameters<double>& parameters, Precision precision);

}  // namespace basin::interp
