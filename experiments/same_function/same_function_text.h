// What the same_function executable says on the terminal: experiments/same_function/report.md, filled in.
#pragma once
#include <string>

#include "interp/degeneracy/same_function.h"

namespace basin::experiments {

struct Compared {
  std::string first, second;  // names of the networks
  std::int64_t samples = 0;
  double tolerance = 0;
  bool single = false;  // a network of float32 numbers
};

std::string same_function_text(const interp::SameFunction& found, const Compared& compared);

}  // namespace basin::experiments
