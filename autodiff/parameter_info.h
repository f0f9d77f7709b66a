// What a graph knows of a parameter beside its name: said once, where the parameter is made.
#pragma once
#include <string>

#include "core/shape.h"

namespace basin {

// How the numbers are drawn before training (Parameters::start).
struct Start {
  enum Kind { zeros, ones, normal, uniform };
  Kind kind = zeros;
  double scale = 0;  // normal: the standard deviation; uniform: numbers lie within ±scale
};

struct ParameterTraits {
  bool decays = true;                // whether weight decay shrinks it
  bool transposed_in_files = false;  // [in, out] here, [out, in] in files: the last two axes of a torch.nn.Linear
};

struct ParameterInfo {
  std::string name;
  Shape shape;
  Start start{};
  ParameterTraits traits{};
};

}  // namespace basin
